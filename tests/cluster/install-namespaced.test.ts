/** An operator for some namespaces: Roles in them are all that it has, and all that it needs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { chartFolder, NAMESPACE, openRelease, type Release } from './support/release.ts'

let cluster: Cluster
let release: Release
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 })
  release = openRelease(cluster)
  for (const name of [NAMESPACE, 'games', 'shop']) await release.kubectl('create', 'namespace', name)
  await release.install('l7mp-operator', '--set=replicas=1', '--set=namespaces={games}', '--wait', '--timeout=120s')
  const proxies = [
    'install',
    'l7mp-ingress',
    chartFolder('l7mp-ingress'),
    '--namespace=games',
    '--wait',
    '--timeout=120s',
  ]
  const { code, stderr } = await cluster.helm(proxies)
  expect(code, stderr).toBe(0)
}, 300_000)
afterAll(() => cluster?.stop())

const echo = (namespace: string, port: number) => ({
  apiVersion: 'l7mp.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'echo', namespace },
  spec: {
    selector: { matchLabels: { app: 'l7mp-ingress' } },
    listener: { spec: { UDP: { port } }, rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }] },
  },
})

describe('an operator of one namespace', () => {
  it('serves it, says nothing of the others, and is forbidden nothing', async () => {
    const items = [echo('games', 5000), echo('shop', 5001)]
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
    await release.kubectl('wait', '-n', 'games', '--for=condition=Programmed', 'vsvc/echo', '--timeout=60s')
    expect(await release.kubectl('get', 'vsvc', '-n', 'shop', 'echo', '-o', 'jsonpath={.status}')).toBe('')
    await release.kubectl('delete', 'vsvc', '-n', 'games', 'echo')
    const address = cluster.nodes[0]?.address
    await until(
      'the proxy holds nothing of it',
      async () => {
        const answer = await fetch(`http://${address}:1234/api/v1/listeners`)
        return !(await answer.text()).includes('/namespaces/games/')
      },
      30_000,
    )
    const pod = await release.kubectl('get', 'pods', '-n', NAMESPACE, '-o', 'jsonpath={.items[0].metadata.name}')
    expect(await cluster.log(`${NAMESPACE}/${pod}`, 'operator')).not.toMatch(/forbidden|"level":"error"/i)
  }, 120_000)
})
