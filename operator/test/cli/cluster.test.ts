/** The commands that look at a cluster, on an imitated API server and imitated proxies over real HTTP. */
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { VIRTUAL_SERVICE } from '../../src/kube/testing/api-server.ts'
import { startCluster, type TestCluster } from './cluster-server.ts'
import { echo, folderWith, proxyPod } from './folder.ts'
import { l7mesh } from './world.ts'

let proxy: FakeServer
let cluster: TestCluster

beforeEach(async () => {
  proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  cluster = await startCluster()
})

const run = (command: string, ...argv: readonly string[]) =>
  l7mesh([command, '--kubeconfig', cluster.kubeconfig, ...argv])

const steady = (text: string) =>
  text
    .replaceAll(`127.0.0.1:${proxy.port}`, 'PROXY')
    .replaceAll(/@[0-9a-f]{10}/g, '@HASH')
    .replaceAll(/context test of \S+config/g, 'CONTEXT')

/** Makes the proxy hold what the manifests say, as an operator would. */
async function converge(...texts: readonly string[]): Promise<void> {
  const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'mesh.yaml': texts.join('---\n') })
  expect(await l7mesh(['run', '--source', folder, '--once', '--log', 'pretty'])).toMatchObject({ code: 0 })
}

const operatorPod = (...args: readonly string[]) => `
kind: Pod
metadata:
  name: operator-1
  namespace: l7mp
  creationTimestamp: '${new Date(Date.now() - 600_000).toISOString()}'
  labels: { app.kubernetes.io/name: l7mp-operator }
spec:
  nodeName: node-1
  containers:
    - { name: operator, args: ${JSON.stringify(['run', '--source=kubernetes', ...args])} }
status:
  phase: Running
  podIP: 10.0.0.9
  conditions: [{ type: Ready, status: 'True' }]
  containerStatuses: [{ restartCount: 3 }]
`

function lead(holder = 'operator-1_x', renewedAt = Date.now()): void {
  const spec = {
    holderIdentity: holder,
    renewTime: new Date(renewedAt).toISOString(),
    acquireTime: new Date(renewedAt).toISOString(),
    leaseDurationSeconds: 10,
  }
  cluster.leases.set('l7mp/l7mesh', { metadata: { resourceVersion: '1' }, spec })
}

const inForce = (generation = 1) => `
status:
  observedGeneration: ${generation}
  proxies: { selected: 1, programmed: 1 }
  conditions:
    - { type: Accepted, status: 'True', reason: Accepted, message: '' }
    - { type: ResolvedRefs, status: 'True', reason: ResolvedRefs, message: '' }
    - { type: Programmed, status: 'True', reason: Programmed, message: 1 of 1 proxies hold it }
`

describe('status', () => {
  it('shows who leads, what the proxies hold, and what the operator says of the resources', async () => {
    cluster.apply(proxyPod(proxy.port), operatorPod(), echo(9000) + inForce())
    lead()
    await converge(echo(9000))
    const { code, out, err } = await run('status')
    expect({ err, code }).toEqual({ err: '', code: 0 })
    expect(steady(out)).toMatchInlineSnapshot(`
      "CONTEXT, namespace mesh

      OPERATOR         STATE  ROLE   RESTARTS  AGE
      l7mp/operator-1  ready  leads  3         10m

      PROXY         NODE  ADDRESS          STATE      OBJECTS  SESSIONS  RESTARTS  AGE
      mesh/ingress        PROXY  converged  5/5      0         0         ?

      RESOURCE                  ACCEPTED  REFS  PROGRAMMED  PROXIES
      VirtualService mesh/echo  yes       yes   yes         1/1
      "
    `)
  })

  it('says in a line each what is wrong', async () => {
    const starting = proxyPod(1, 'second').replaceAll("'True'", "'False'")
    cluster.apply(proxyPod(proxy.port), starting, operatorPod(), echo(9000), echo(9001, 'old') + inForce(0))
    lead('operator-1_x', Date.now() - 300_000)
    const { code, out } = await run('status')
    expect(code).toBe(1)
    expect(steady(out)).toMatchInlineSnapshot(`
      "CONTEXT, namespace mesh

      OPERATOR         STATE  ROLE       RESTARTS  AGE
      l7mp/operator-1  ready  stands by  3         10m

      PROXY         NODE  ADDRESS          STATE       OBJECTS  SESSIONS  RESTARTS  AGE
      mesh/ingress        PROXY  converging  0/10     0         0         ?

      PROXY NOT READY  NODE  STATE    RESTARTS  AGE
      mesh/second            running  0         ?

      RESOURCE                  ACCEPTED  REFS  PROGRAMMED  PROXIES
      VirtualService mesh/echo  ?         ?     ?           0/0
      VirtualService mesh/old   yes       yes   yes         1/1

      ✗ Lease l7mp/l7mesh
        no operator leads: operator-1_x has not renewed it for 5m; the proxies stay as they are
        Look at the log of an operator: kubectl logs, or l7mesh collect.
      ✗ VirtualService mesh/echo
        no operator has written a status yet
        If it does not pass in a moment, look at the log of the operator.
      ✗ VirtualService mesh/old
        the status is about an earlier version: the newest is not yet known
        If it does not pass in a moment, look at the log of the operator.

      What is still to be done: l7mesh diff -n mesh
      "
    `)
  })

  it('gives programs the same', async () => {
    cluster.apply(proxyPod(proxy.port), operatorPod(), echo(9000) + inForce())
    lead()
    const { out } = await run('status', '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({
      namespace: 'mesh',
      lease: { holder: 'operator-1_x', isHeld: true },
      operators: [{ pod: 'l7mp/operator-1', leads: true, restarts: 3 }],
      proxies: [{ proxy: 'mesh/ingress', phase: 'converging', objects: 0, desired: 5 }],
      resources: [{ kind: 'VirtualService', name: 'echo', proxies: { selected: 1, programmed: 1 } }],
    })
  })

  it('looks at one namespace, or at all', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000) + inForce())
    const { out } = await run('status', '-n', 'games')
    expect(out).toContain('No proxy in namespace games, and none for its resources.')
    expect(out).toContain('No resources in namespace games.')
    expect((await run('status', '-A')).out).toContain('VirtualService mesh/echo')
    expect((await run('status', '-A', '-n', 'games')).err).toContain("cannot be used with option '-n, --namespace")
  })

  it('shows the proxies of other namespaces that hold something of this one', async () => {
    cluster.apply(proxyPod(proxy.port).replace('namespace: mesh', 'namespace: l7mp'), echo(9000) + inForce())
    expect((await run('status')).out).toContain('l7mp/ingress')
  })

  it('goes on where CRDs are missing, and says so', async () => {
    cluster.api.removeKind(VIRTUAL_SERVICE)
    cluster.apply(proxyPod(proxy.port))
    const { code, out } = await run('status')
    expect(code).toBe(1)
    expect(out).toContain('virtualservices.l7mp.io\n  the API server does not have this kind')
    expect(out).toContain('Install the CRDs of l7mesh.')
    expect(out).toContain('mesh/ingress')
  })

  it('goes on where something may not be read, and says so', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000) + inForce())
    cluster.forbid = ({ path }) => path.endsWith('/targets') || path.includes('/leases')
    const { out } = await run('status')
    expect(out).toContain('targets.l7mp.io')
    expect(out).toContain('may not be read')
    expect(out).toContain('who leads is not known')
    expect(out).toContain('VirtualService mesh/echo')
  })

  it('looks at the one namespace that it may read', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000) + inForce())
    cluster.forbid = ({ path }) => !path.includes('/namespaces/mesh/')
    const { out, err } = await run('status')
    expect(err).toContain('only namespace mesh may be read')
    expect(out).toContain('VirtualService mesh/echo')
    expect(out).toContain('mesh/ingress')
  })

  it('says that a proxy cannot be read', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000) + inForce())
    cluster.forbid = ({ path }) => path.includes('/proxy/')
    const { code, out } = await run('status')
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('unreachable') })
    expect(out.replaceAll(/\s+/g, ' ')).toContain('(get pods/proxy in namespace mesh)')
  })
})

describe('an operator that is set otherwise', () => {
  it('is imitated: its namespaces', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000), echo(9001, 'theirs').replace('namespace: mesh', 'namespace: games'))
    expect((await run('diff')).out).toContain('games/virtualservices/theirs')
    cluster.apply(operatorPod('--namespace=mesh', '--namespace', 'l7mp'))
    expect((await run('diff')).out).not.toContain('games/virtualservices/theirs')
  })

  it('is imitated: how far selectors reach, unless it is said', async () => {
    cluster.apply(
      proxyPod(proxy.port),
      echo(9000).replace('namespace: mesh', 'namespace: games'),
      operatorPod('--selector-scope=namespace'),
    )
    expect(await run('diff')).toMatchObject({ code: 0 })
    expect(await run('diff', '--selector-scope', 'all')).toMatchObject({ code: 1 })
  })
})

describe('diff', () => {
  it('shows the calls that are needed, and makes none', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    const { code, out, err } = await run('diff')
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(steady(out)).toContain(
      'mesh/ingress PROXY  needs 5 calls\n  + cluster mesh/virtualservices/echo/cluster@HASH',
    )
    await converge(echo(9000))
    expect(steady((await run('diff')).out)).toBe('mesh/ingress PROXY  holds what it should\n')
  })

  it('reaches the pods themselves where it is told to', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    expect((await run('diff', '--via', 'pods')).code).toBe(1)
    expect(cluster.requests.filter(({ path }) => path.includes('/proxy/'))).toEqual([])
    expect((await run('diff', '--via', 'apiserver')).code).toBe(1)
    expect(cluster.requests.filter(({ path }) => path.includes('/proxy/'))).not.toEqual([])
  })

  it('draws no conclusions from what it cannot read', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    await converge(echo(9000))
    cluster.forbid = ({ path }) => path.endsWith('/virtualservices')
    expect(await run('diff')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('may not be read') })
    cluster.forbid = () => false
    cluster.api.removeKind(VIRTUAL_SERVICE)
    expect(await run('diff')).toMatchObject({ code: 2, err: expect.stringContaining('Install the CRDs') })
  })

  it('says what to do where there is no proxy', async () => {
    cluster.apply(proxyPod(proxy.port))
    expect((await run('diff', '-n', 'games')).err).toContain('there is no proxy in namespace games')
    expect((await run('diff', '-n', 'games')).err).toContain('Look at all with -A.')
  })

  it('does not mix a folder with a cluster', async () => {
    expect((await run('diff', '/some/folder')).err).toBe(
      'l7mesh: /some/folder is looked for as a folder, and --kubeconfig asks for a cluster\n' +
        '        Leave one of the two out.\n',
    )
  })
})

describe('config', () => {
  it('shows both sides of a pod', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    expect(await run('config', 'ingress')).toMatchObject({ code: 1, out: expect.stringContaining('desired  listener') })
    await converge(echo(9000))
    const { code, out } = await run('config', 'mesh/ingress', '-n', 'games')
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('both  listener') })
  })

  it('shows what a proxy holds that is not ready', async () => {
    cluster.apply(proxyPod(proxy.port).replaceAll("'True'", "'False'"), echo(9000))
    await converge(echo(9000))
    expect(await run('config', 'ingress', '--live')).toMatchObject({
      code: 0,
      out: expect.stringContaining('mesh/virtualservices/echo'),
    })
  })

  it('says which proxies there are', async () => {
    cluster.apply(proxyPod(proxy.port))
    expect(await run('config', 'other')).toMatchObject({
      code: 2,
      err: 'l7mesh: there is no proxy other\n        There are: mesh/ingress.\n',
    })
  })
})

describe('validate', () => {
  it('finds nothing wrong', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    expect(await run('validate')).toEqual({ code: 0, err: '', out: '1 object in namespace mesh: nothing is wrong\n' })
  })

  it('finds what the schema does not allow, and what does not work', async () => {
    cluster.apply(proxyPod(proxy.port))
    cluster.apply(echo(90_000), echo(9001, 'a'), echo(9001, 'b'), echo(9002, 'c').replace('spec:', 'spec:\n  extra: 1'))
    const { code, out } = await run('validate', '-A')
    expect(code).toBe(1)
    expect(out).toMatchInlineSnapshot(`
      "VirtualService mesh/b: error L7M0204: spec.listener.spec: The socket udp:9001 is taken by VirtualService mesh/a, which is older. Choose another, or remove that one.
      VirtualService mesh/c: warning L7M0108: spec.extra: there is no such field
          the fields here are selector, listener, options, updateOwners
      VirtualService mesh/echo: error L7M0103: spec.listener.spec.UDP.port: 90000 is too large
          give a number from 1 to 65535
      4 objects in all namespaces: 2 errors, 1 warning
      "
    `)
  })
})

describe('a cluster that cannot be used', () => {
  it.each([
    [['--context', 'other'], 'has no context other', 'Give one of these with --context: test.'],
    [['--kubeconfig', '/no/such/file'], 'cannot read the kubeconfig /no/such/file', 'Give another one'],
  ])('%s', async (argv, message, help) => {
    const { code, err } = await run('status', ...argv)
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) })
    expect(err).toContain(help)
  })

  it('is away', async () => {
    const folder = await folderWith({
      config: JSON.stringify({
        clusters: [{ name: 'x', cluster: { server: 'http://127.0.0.1:1' } }],
        users: [],
        contexts: [{ name: 'x', context: { cluster: 'x', user: '' } }],
        'current-context': 'x',
      }),
    })
    const { code, err } = await l7mesh(['diff', '--kubeconfig', `${folder}/config`])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('http://127.0.0.1:1 cannot be used') })
    expect(err).toContain('Check that the cluster runs')
  })

  it('does not know who asks', async () => {
    cluster.api.fault = () => ({ type: 'status', status: 401, message: 'Unauthorized' })
    expect((await run('status')).err).toContain('Log in again, or give another --context.')
  })
})
