import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster?.stop())

describe('the nodes', () => {
  it('are ready, each at an address of its own', async () => {
    const { stdout } = await cluster.kubectl(['get', 'nodes', '-o', 'json'])
    const { items } = JSON.parse(stdout)
    expect(items).toHaveLength(3)
  })
})
