/** The replacement of the kubelet, if nodes or the API server are unreachable. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { apply, ask, isReady, podsOf, readyPods, server, workload } from './support/objects.ts'

/** The node monitor grace period, in seconds. The API server is unavailable for less. */
const GRACE = 15

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodeGraceSeconds: GRACE })
})
afterAll(() => cluster?.stop())

async function readyOf(node: string): Promise<string | undefined> {
  const found = (await cluster.client.request({ path: `/api/v1/nodes/${node}` })) as {
    status: { conditions: { type: string; status: string }[] }
  }
  return found.status.conditions.find(({ type }) => type === 'Ready')?.status
}

describe('a node that vanishes', () => {
  it('is detected after the grace period, and runs its pods again when it returns', async () => {
    await apply(cluster, workload('DaemonSet', 'default', 'agent', { hostNetwork: true, containers: [server()] }))
    const before = await readyPods(cluster, 'default', 'agent', 3)
    const [, , lost] = before
    const [, , node] = cluster.nodes
    if (lost === undefined || node === undefined) throw new Error('no third node')

    await node.vanish()
    const reached = fetch(`http://${node.address}:8080/ready`, { signal: AbortSignal.timeout(500) })
    await expect(reached).rejects.toThrow()
    // Not detected yet: the API server has the last reported state.
    expect(await readyOf(node.name)).toBe('True')
    expect((await podsOf(cluster, 'default', 'agent')).filter(isReady)).toHaveLength(3)
    await until('the controllers detect it', async () => (await readyOf(node.name)) === 'Unknown')
    await until('its pod is not ready', async () => {
      const pods = await podsOf(cluster, 'default', 'agent')
      return pods.filter(isReady).length === 2 && !pods.some(pod => isReady(pod) && pod.spec.nodeName === node.name)
    })

    await node.comeBack()
    await until('it is ready', async () => (await readyOf(node.name)) === 'True')
    const after = await readyPods(cluster, 'default', 'agent', 3)
    expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid))
    expect(await ask(lost, 'ready')).toBe('ready')
  })
})

describe('while the API server is unavailable', () => {
  it('pods keep running, and their changes are reported when it recovers', async () => {
    const { apiserver } = cluster.controlPlane.parts
    await apply(cluster, workload('Deployment', 'default', 'web', { containers: [server()] }, { replicas: 2 }))
    const before = await readyPods(cluster, 'default', 'web', 2)
    const [first, second] = before
    if (first === undefined || second === undefined) throw new Error('no pods')

    await apiserver.stop()
    expect((await cluster.kubectl(['get', 'pods'])).code).not.toBe(0)
    expect(await ask(second, 'ready')).toBe('ready')
    await ask(first, 'exit').catch(() => {})
    await until('it has restarted', () => ask(first, 'ready').catch(() => undefined))
    await ask(second, 'unready')

    apiserver.start()
    await cluster.controlPlane.ready()
    const restarts = async () => (await podsOf(cluster, 'default', 'web')).map(pod => pod.status.containerStatuses?.[0])
    await until('both are reported', async () => {
      const now = await restarts().catch(() => [])
      return now.some(found => found?.restartCount === 1 && found.ready) && now.some(found => found?.ready === false)
    })
    const uids = (await podsOf(cluster, 'default', 'web')).map(({ metadata }) => metadata.uid)
    expect(new Set(uids)).toEqual(new Set(before.map(({ metadata }) => metadata.uid)))

    await cluster.kubectl(['delete', 'deployment', 'web', '--wait=false'])
    await until('they terminate', async () => (await podsOf(cluster, 'default', 'web')).length === 0)
  })
})
