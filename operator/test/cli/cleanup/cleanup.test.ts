/** `l7mesh cleanup`, on fake proxies over real HTTP: found in a cluster, in a folder, or by address. */
import { HARDENED, MARKER } from '@l7mesh/proxy-client'
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { POD } from '../../support/kinds.ts'
import { startCluster, type TestCluster } from '../support/cluster-server.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { l7mesh, type TestIOOptions } from '../support/process-io.ts'

let proxy: FakeServer
let address: string

beforeEach(async () => {
  proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  address = `127.0.0.1:${proxy.port}`
  const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echo(9000) })
  expect(await l7mesh(['run', '--source', folder, '--once', '--log', 'pretty'])).toMatchObject({ code: 0 })
  proxy.proxy.received.splice(0)
})

const CALLS = ['listener', 'rulelist', 'rule', 'route', 'cluster', 'marker']

/** What is left on the proxy. */
async function left(): Promise<readonly string[]> {
  const { out } = await l7mesh(['config', address, '--live', '--all', '-o', 'json'])
  const names = Object.values<{ name: string }[]>(JSON.parse(out)).flatMap(list => list.map(({ name }) => name))
  return names.filter(name => name !== HARDENED && !name.includes('controller'))
}

const changes = () => proxy.proxy.received.filter(({ method }) => method !== 'GET')

describe('a proxy by its address', () => {
  const argv = (...more: readonly string[]) => ['cleanup', '--proxy', address, ...more]

  it('is emptied, listeners first and the marker last', async () => {
    expect(await left()).toContain(MARKER)
    const { code, out } = await l7mesh(argv('--yes'))
    expect({ code, out }).toEqual({ code: 0, out: `${address} ${address}  clean after 6 calls\n` })
    expect(await left()).toEqual([])
    expect(changes().map(({ path }) => path.split('/')[3])).toEqual([
      'listeners',
      'rulelists',
      'rules',
      'routes',
      'clusters',
      'rulelists',
    ])
    expect(changes().at(-1)?.path).toContain('marker')
  })

  it('is only read with --dry-run', async () => {
    const { code, out } = await l7mesh(argv('--dry-run'))
    expect(code).toBe(1)
    for (const kind of CALLS) expect(out).toMatch(new RegExp(`- .*${kind}`))
    expect(changes()).toEqual([])
  })

  it('can be cleaned again', async () => {
    await l7mesh(argv('--yes'))
    expect(await l7mesh(argv('--yes'))).toEqual({ code: 0, err: '', out: 'No objects of l7mesh on 1 proxy.\n' })
    expect(await l7mesh(argv('--dry-run'))).toMatchObject({ code: 0 })
  })

  it('keeps objects of others', async () => {
    const others = { cluster: { name: 'theirs', spec: { protocol: 'Echo' } } }
    await fetch(`http://${address}/api/v1/clusters`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(others),
    })
    expect(await l7mesh(argv('--yes'))).toMatchObject({ code: 0 })
    expect(await left()).toEqual(['theirs'])
  })

  it('reports the objects that it does not delete', async () => {
    proxy.proxy.faults.add({
      on: ({ method, path }) => method === 'DELETE' && path.includes('/routes/'),
      fault: { kind: 'answer', done: false, status: 500, body: 'oh' },
    })
    const { code, out } = await l7mesh(argv('--yes'))
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('not clean after 3 calls: ') })
    expect(await left()).toContain(MARKER)
  })

  it('does not respond', async () => {
    proxy.proxy.faults.add({ on: () => true, fault: { kind: 'refuse' } })
    const { code, out } = await l7mesh(argv('--yes'))
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('not clean after 0 calls') })
  })
})

describe('the confirmation', () => {
  const ask = (options: TestIOOptions) => l7mesh(['cleanup', '--proxy', address], options)

  it('can be given', async () => {
    const { code, err } = await ask({ answer: 'y' })
    expect({ code, err }).toEqual({
      code: 0,
      err: `Remove the objects of l7mesh from ${address}, with 6 calls? [y/N] `,
    })
    expect(await left()).toEqual([])
  })

  it('can be refused', async () => {
    expect(await ask({ answer: '' })).toMatchObject({ code: 2 })
    expect(changes()).toEqual([])
  })

  it('requires a terminal, or --yes', async () => {
    expect(await ask({})).toEqual({
      code: 2,
      out: '',
      err:
        `l7mesh: 6 calls would remove the objects of l7mesh from ${address}, but there is no terminal for confirmation\n` +
        '        Use --yes, or see the calls with --dry-run.\n',
    })
    expect(changes()).toEqual([])
  })
})

describe('a folder', () => {
  it('provides the addresses of its proxies', async () => {
    const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echo(9000) })
    expect(await l7mesh(['cleanup', folder, '--yes'])).toMatchObject({ code: 0 })
    expect(await left()).toEqual([])
  })
})

describe('a cluster', () => {
  let cluster: TestCluster
  beforeEach(async () => {
    cluster = await startCluster()
    cluster.apply(proxyPod(proxy.port))
    hold('')
  })

  const clean = (...argv: readonly string[]) =>
    l7mesh(['cleanup', '--kubeconfig', cluster.kubeconfig, '--via', 'pods', '--yes', ...argv])

  function hold(holderIdentity: string): void {
    const spec = { holderIdentity, leaseDurationSeconds: 1, leaseTransitions: 0 }
    cluster.leases.set('mesh/l7mesh', { metadata: { resourceVersion: '1' }, spec })
  }

  const holder = () => Reflect.get(cluster.leases.get('mesh/l7mesh')?.spec ?? {}, 'holderIdentity')

  it('has its proxies cleaned while the lease is held, and then the lease is released', async () => {
    expect(await clean()).toMatchObject({ code: 0, err: '', out: expect.stringContaining('mesh/ingress') })
    expect(await left()).toEqual([])
    expect(holder()).toBe('')
    const written = cluster.requests.filter(({ method }) => method === 'PUT')
    expect(written.length).toBeGreaterThanOrEqual(2)
  })

  it('requests only pods and the lease from the API server', async () => {
    await clean()
    const asked = new Set(cluster.requests.map(({ method, path }) => `${method} ${path}`))
    expect([...asked].sort()).toEqual([
      'GET /api/v1/pods',
      'GET /apis/coordination.k8s.io/v1/namespaces/mesh/leases/l7mesh',
      'PUT /apis/coordination.k8s.io/v1/namespaces/mesh/leases/l7mesh',
    ])
  })

  it('is not touched while an operator leads', async () => {
    const [, renewing] = [hold('operator-1_x'), setInterval(renew, 20)]
    onTestFinished(() => clearInterval(renewing))
    const { code, err } = await clean('--wait', '1500ms')
    expect({ code, err }).toEqual({
      code: 2,
      err:
        'Waiting up to 1.5 s for operator-1_x to release Lease mesh/l7mesh …\n' +
        'l7mesh: operator-1_x leads (Lease mesh/l7mesh), and would recreate everything\n' +
        '        Uninstall the operator first, or scale it to 0; --force skips this check.\n',
    })
    expect(changes()).toEqual([])
    expect(await clean('--force')).toMatchObject({ code: 0 })
    expect(await left()).toEqual([])
  })

  function renew(): void {
    const held = cluster.leases.get('mesh/l7mesh')
    const version = Number(Reflect.get(held?.metadata ?? {}, 'resourceVersion')) + 1
    if (held) cluster.leases.set('mesh/l7mesh', { ...held, metadata: { resourceVersion: `${version}` } })
  }

  it('is cleaned after the lease of a killed operator has expired', async () => {
    hold('operator-1_x')
    expect(await clean()).toMatchObject({ code: 0, err: expect.stringContaining('for operator-1_x to release') })
    expect(await left()).toEqual([])
  })

  it('uses the given lease, or that of its operator', async () => {
    expect(await clean('--dry-run', '--lease', 'other')).toMatchObject({ code: 1 })
    cluster.forbid = ({ path }) => path.includes('/leases')
    expect((await clean('--lease', 'other', '--lease-namespace', 'l7mp')).err).toContain('Lease l7mp/other')
    cluster.apply(`
kind: Pod
metadata: { name: operator-1, namespace: l7mp, labels: { app.kubernetes.io/name: l7mp-operator } }
spec: { containers: [{ name: operator, args: [run, --source=kubernetes, --lease=mine] }] }
`)
    expect((await clean()).err).toContain('cannot take Lease l7mp/mine: ')
    expect(changes()).toEqual([])
  })

  it('is cleaned only in the given namespaces', async () => {
    expect((await clean('-n', 'games', '-n', 'l7mp')).out).toBe('No objects of l7mesh on 0 proxies.\n')
    expect(await clean('-n', 'games', '-n', 'mesh')).toMatchObject({ code: 0 })
    expect(await left()).toEqual([])
  })

  it('is not changed if its pods are unreachable', async () => {
    const dry = ['cleanup', '--kubeconfig', cluster.kubeconfig, '--dry-run']
    expect(await l7mesh(dry)).toMatchObject({ code: 1, out: expect.stringContaining('6 calls') })
    const { code, err } = await clean('--via', 'apiserver')
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('proxies can only be read') })
    expect(changes()).toEqual([])
  })
})

describe('the finalizers of the original operator', () => {
  const KOPF = 'operator.l7mp.io/kopf-finalizer'
  let cluster: TestCluster
  beforeEach(async () => {
    cluster = await startCluster()
    cluster.apply(marked('a', [KOPF]), marked('b', ['other', KOPF, 'third']), marked('c', ['other']))
  })

  const marked = (name: string, finalizers: readonly string[], namespace = 'shop') =>
    JSON.stringify({ kind: 'Pod', metadata: { name, namespace, finalizers }, spec: { containers: [] } })
  const strip = (...argv: readonly string[]) =>
    l7mesh(['cleanup', '--finalizers', '--kubeconfig', cluster.kubeconfig, ...argv])
  const finalizers = () => cluster.api.store.list(POD, undefined).map(({ metadata }) => metadata.finalizers)

  it('are removed, and no others', async () => {
    expect(await strip('--yes')).toEqual({ code: 0, err: '', out: `Removed ${KOPF} from 2 of 2 objects.\n` })
    expect(finalizers()).toEqual([[], ['other', 'third'], ['other']])
    expect(await strip('--yes')).toEqual({ code: 0, err: '', out: `No object has the finalizer ${KOPF}.\n` })
    expect(changes()).toEqual([])
  })

  it('are only shown with --dry-run, and only in the given namespace', async () => {
    expect(await strip('--dry-run')).toMatchObject({ code: 1, out: 'pods shop/a\npods shop/b\n' })
    expect((await strip('--yes', '-n', 'games')).out).toContain('No object has the finalizer')
    expect(finalizers()[0]).toEqual([KOPF])
  })

  it('are removed after confirmation', async () => {
    expect(await strip()).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no terminal for confirmation'),
    })
    const argv = ['cleanup', '--finalizers', '--kubeconfig', cluster.kubeconfig]
    expect(await l7mesh(argv, { answer: 'n' })).toMatchObject({ code: 2 })
    expect(finalizers()[0]).toEqual([KOPF])
    expect(await l7mesh(argv, { answer: 'yes' })).toMatchObject({ code: 0 })
    expect(finalizers()[0]).toEqual([])
  })

  it('are reported if removal fails', async () => {
    cluster.forbid = ({ method }) => method === 'PATCH'
    expect(await strip('--yes')).toMatchObject({ code: 1, out: expect.stringContaining('pods shop/a: PATCH ') })
  })
})
