import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { apply, ask, podsOf, readyPods, server, workload } from './support/objects.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodeGraceSeconds: 120 })
})
afterAll(() => cluster?.stop())

describe('while the API server is gone', () => {
  it('pods live on, and what happened to them is told when it is back', async () => {
    const { apiserver } = cluster.controlPlane.parts
    await apply(cluster, workload('Deployment', 'default', 'web', { containers: [server()] }, { replicas: 2 }))
    const before = await readyPods(cluster, 'default', 'web', 2)
    const [first, second] = before
    if (first === undefined || second === undefined) throw new Error('no pods')

    await apiserver.stop()
    expect((await cluster.kubectl(['get', 'pods'])).code).not.toBe(0)
    expect(await ask(second, 'ready')).toBe('ready')
    await ask(first, 'exit').catch(() => {})
    await until('it has started again by itself', () => ask(first, 'ready').catch(() => undefined))
    await ask(second, 'unready')

    apiserver.start()
    await cluster.controlPlane.ready()
    const restarts = async () => (await podsOf(cluster, 'default', 'web')).map(pod => pod.status.containerStatuses?.[0])
    await until('both are told', async () => {
      const now = await restarts().catch(() => [])
      return now.some(found => found?.restartCount === 1 && found.ready) && now.some(found => found?.ready === false)
    })
    const uids = (await podsOf(cluster, 'default', 'web')).map(({ metadata }) => metadata.uid)
    expect(new Set(uids)).toEqual(new Set(before.map(({ metadata }) => metadata.uid)))

    await cluster.kubectl(['delete', 'deployment', 'web', '--wait=false'])
    await until('they end', async () => (await podsOf(cluster, 'default', 'web')).length === 0)
  })
})
