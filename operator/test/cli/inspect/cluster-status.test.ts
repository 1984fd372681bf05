/** `l7mesh status` of a cluster, with a fake API server and a fake proxy over real HTTP. */
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { VIRTUAL_SERVICE } from '../../support/kinds.ts'
import { inForce, operatorPod } from '../support/cluster-manifests.ts'
import { startCluster, type TestCluster } from '../support/cluster-server.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { l7mesh } from '../support/process-io.ts'

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

/** Programs the proxy with the manifests, as an operator would. */
async function converge(...texts: readonly string[]): Promise<void> {
  const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'mesh.yaml': texts.join('---\n') })
  expect(await l7mesh(['run', '--source', folder, '--once', '--log', 'pretty'])).toMatchObject({ code: 0 })
}

function lead(holder = 'operator-1_x', renewedAt = Date.now()): void {
  const spec = {
    holderIdentity: holder,
    renewTime: new Date(renewedAt).toISOString(),
    acquireTime: new Date(renewedAt).toISOString(),
    leaseDurationSeconds: 10,
  }
  cluster.leases.set('l7mp/l7mesh', { metadata: { resourceVersion: '1' }, spec })
}

describe('status', () => {
  it('shows the leader, the state of the proxies, and the statuses of the resources', async () => {
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

      RESOURCE                  ACCEPTED  REFS  PROGRAMMED  PROXIES  ENDPOINTS
      VirtualService mesh/echo  yes       yes   yes         1/1      -
      "
    `)
  })

  it('reports each problem in one line', async () => {
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

      RESOURCE                  ACCEPTED  REFS  PROGRAMMED  PROXIES  ENDPOINTS
      VirtualService mesh/echo  ?         ?     ?           0/0      ?
      VirtualService mesh/old   yes       yes   yes         1/1      -

      ✗ Lease l7mp/l7mesh
        no operator leads: operator-1_x has not renewed the lease for 5m; the proxies keep their config
        Check the log of an operator: kubectl logs, or l7mesh collect.
      ✗ VirtualService mesh/echo
        no operator has written a status yet
        If this persists, check the log of the operator.
      ✗ VirtualService mesh/old
        the status is outdated: it describes an earlier generation
        If this persists, check the log of the operator.

      Pending calls: l7mesh diff -n mesh
      "
    `)
  })

  it('has the same content for programs', async () => {
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

  it('shows one namespace, or all', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000) + inForce())
    const { out } = await run('status', '-n', 'games')
    expect(out).toContain('No proxies in namespace games, and none for its resources.')
    expect(out).toContain('No resources in namespace games.')
    expect((await run('status', '-A')).out).toContain('VirtualService mesh/echo')
    expect((await run('status', '-A', '-n', 'games')).err).toContain("cannot be used with option '-n, --namespace")
  })

  it('shows proxies of other namespaces that hold objects of this one', async () => {
    cluster.apply(proxyPod(proxy.port).replace('namespace: mesh', 'namespace: l7mp'), echo(9000) + inForce())
    expect((await run('status')).out).toContain('l7mp/ingress')
  })

  it('continues if CRDs are missing, and reports it', async () => {
    cluster.api.removeKind(VIRTUAL_SERVICE)
    cluster.apply(proxyPod(proxy.port))
    const { code, out } = await run('status')
    expect(code).toBe(1)
    expect(out).toContain('virtualservices.l7mp.io\n  the API server does not serve this kind')
    expect(out).toContain('Install the CRDs of l7mesh.')
    expect(out).toContain('mesh/ingress')
  })

  it('continues if something may not be read, and reports it', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000) + inForce())
    cluster.forbid = ({ path }) => path.endsWith('/targets') || path.includes('/leases')
    const { out } = await run('status')
    expect(out).toContain('targets.l7mp.io')
    expect(out).toContain('permission denied')
    expect(out).toContain('the leader is unknown')
    expect(out).toContain('VirtualService mesh/echo')
  })

  it('shows the only namespace that it may read', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000) + inForce())
    cluster.forbid = ({ path }) => !path.includes('/namespaces/mesh/')
    const { out, err } = await run('status')
    expect(err).toContain('only namespace mesh may be read')
    expect(out).toContain('VirtualService mesh/echo')
    expect(out).toContain('mesh/ingress')
  })

  it('reports unreadable proxies once', async () => {
    cluster.apply(proxyPod(proxy.port), proxyPod(1, 'second'), echo(9000) + inForce())
    cluster.forbid = ({ path }) => path.includes('/proxy/')
    const { code, out } = await run('status')
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('unreachable') })
    expect(out).toContain('✗ mesh/ingress and 1 other proxy\n')
    expect(out.replaceAll(/\s+/g, ' ')).toContain('(get pods/proxy in namespace mesh)')
  })
})
