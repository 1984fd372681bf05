/** `l7mesh cleanup`, on imitated proxies over real HTTP: found in a cluster, in a folder, or by address. */
import { HARDENED, MARKER } from '@l7mesh/proxy-client'
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { POD } from '../../support/kinds.ts'
import { startCluster, type TestCluster } from '../support/cluster-server.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { l7mesh, type TestWorldOptions } from '../support/process-io.ts'

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

describe('a proxy that is named by its address', () => {
  const argv = (...more: readonly string[]) => ['cleanup', '--proxy', address, ...more]

  it('is emptied, from the listeners on, the marker last', async () => {
    expect(await left()).toContain(MARKER)
    const { code, out } = await l7mesh(argv('--yes'))
    expect({ code, out }).toEqual({ code: 0, out: `${address} ${address}  clean, after 6 calls\n` })
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

  it('is only looked at with --dry-run', async () => {
    const { code, out } = await l7mesh(argv('--dry-run'))
    expect(code).toBe(1)
    for (const kind of CALLS) expect(out).toMatch(new RegExp(`- .*${kind}`))
    expect(changes()).toEqual([])
  })

  it('may be cleaned again', async () => {
    await l7mesh(argv('--yes'))
    expect(await l7mesh(argv('--yes'))).toEqual({ code: 0, err: '', out: 'Nothing of l7mesh is on 1 proxy.\n' })
    expect(await l7mesh(argv('--dry-run'))).toMatchObject({ code: 0 })
  })

  it('keeps what others made', async () => {
    const others = { cluster: { name: 'theirs', spec: { protocol: 'Echo' } } }
    await fetch(`http://${address}/api/v1/clusters`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(others),
    })
    expect(await l7mesh(argv('--yes'))).toMatchObject({ code: 0 })
    expect(await left()).toEqual(['theirs'])
  })

  it('says what it would not let go', async () => {
    proxy.proxy.faults.add({
      on: ({ method, path }) => method === 'DELETE' && path.includes('/routes/'),
      fault: { kind: 'answer', done: false, status: 500, body: 'oh' },
    })
    const { code, out } = await l7mesh(argv('--yes'))
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('not clean, after 3 calls: ') })
    expect(await left()).toContain(MARKER)
  })

  it('does not answer', async () => {
    proxy.proxy.faults.add({ on: () => true, fault: { kind: 'refuse' } })
    const { code, out } = await l7mesh(argv('--yes'))
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('not clean, after 0 calls') })
  })
})

describe('whoever is asked', () => {
  const ask = (options: TestWorldOptions) => l7mesh(['cleanup', '--proxy', address], options)

  it('may say yes', async () => {
    const { code, err } = await ask({ answer: 'y' })
    expect({ code, err }).toEqual({ code: 0, err: `Take what l7mesh made off ${address}, with 6 calls? [y/N] ` })
    expect(await left()).toEqual([])
  })

  it('may say no', async () => {
    expect(await ask({ answer: '' })).toMatchObject({ code: 2 })
    expect(changes()).toEqual([])
  })

  it('must be there, or --yes said', async () => {
    expect(await ask({})).toEqual({
      code: 2,
      out: '',
      err:
        `l7mesh: 6 calls would take what l7mesh made off ${address}; nobody can be asked\n` +
        '        Say --yes, or look first with --dry-run.\n',
    })
    expect(changes()).toEqual([])
  })
})

describe('a folder', () => {
  it('tells where its proxies are', async () => {
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

  it('has its proxies cleaned, by whoever leads, and then the lease is free again', async () => {
    expect(await clean()).toMatchObject({ code: 0, err: '', out: expect.stringContaining('mesh/ingress') })
    expect(await left()).toEqual([])
    expect(holder()).toBe('')
    const written = cluster.requests.filter(({ method }) => method === 'PUT')
    expect(written.length).toBeGreaterThanOrEqual(2)
  })

  it('asks the API server for nothing but pods and the lease', async () => {
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
        'Waiting up to 1.5 s for operator-1_x to let go of Lease mesh/l7mesh …\n' +
        'l7mesh: operator-1_x leads (Lease mesh/l7mesh), and would put everything back\n' +
        '        Uninstall the operator first, or scale it to 0; with --force it is not asked who leads.\n',
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

  it('is cleaned after an operator that is gone without a word', async () => {
    hold('operator-1_x')
    expect(await clean()).toMatchObject({ code: 0, err: expect.stringContaining('for operator-1_x to let go') })
    expect(await left()).toEqual([])
  })

  it('is asked for the lease that it is told, or that its operator has', async () => {
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

  it('is looked at in the namespaces that are named', async () => {
    expect((await clean('-n', 'games', '-n', 'l7mp')).out).toBe('Nothing of l7mesh is on 0 proxies.\n')
    expect(await clean('-n', 'games', '-n', 'mesh')).toMatchObject({ code: 0 })
    expect(await left()).toEqual([])
  })

  it('is only looked at where its pods cannot be reached', async () => {
    const dry = ['cleanup', '--kubeconfig', cluster.kubeconfig, '--dry-run']
    expect(await l7mesh(dry)).toMatchObject({ code: 1, out: expect.stringContaining('6 calls') })
    const { code, err } = await clean('--via', 'apiserver')
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('proxies are only read') })
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

  it('are taken off, and no others', async () => {
    expect(await strip('--yes')).toEqual({ code: 0, err: '', out: `${KOPF} is off 2 of 2 objects.\n` })
    expect(finalizers()).toEqual([[], ['other', 'third'], ['other']])
    expect(await strip('--yes')).toEqual({ code: 0, err: '', out: `Nothing has the finalizer ${KOPF}.\n` })
    expect(changes()).toEqual([])
  })

  it('are only shown with --dry-run, and in the namespace that is named', async () => {
    expect(await strip('--dry-run')).toMatchObject({ code: 1, out: 'pods shop/a\npods shop/b\n' })
    expect((await strip('--yes', '-n', 'games')).out).toContain('Nothing has the finalizer')
    expect(finalizers()[0]).toEqual([KOPF])
  })

  it('are taken off after a question', async () => {
    expect(await strip()).toMatchObject({ code: 2, err: expect.stringContaining('nobody can be asked') })
    const argv = ['cleanup', '--finalizers', '--kubeconfig', cluster.kubeconfig]
    expect(await l7mesh(argv, { answer: 'n' })).toMatchObject({ code: 2 })
    expect(finalizers()[0]).toEqual([KOPF])
    expect(await l7mesh(argv, { answer: 'yes' })).toMatchObject({ code: 0 })
    expect(finalizers()[0]).toEqual([])
  })

  it('say what keeps them', async () => {
    cluster.forbid = ({ method }) => method === 'PATCH'
    expect(await strip('--yes')).toMatchObject({ code: 1, out: expect.stringContaining('pods shop/a: PATCH ') })
  })
})
