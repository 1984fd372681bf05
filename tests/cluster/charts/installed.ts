/** A cluster with both charts, installed by a real helm, for all tests of the file that imports it. */
import { afterAll, beforeAll } from 'vitest'
import { type Cluster, startCluster } from '../cluster.ts'
import { NAMESPACE, openRelease, type Release } from '../support/release.ts'

/** Ready before the first test. */
export let cluster: Cluster
export let release: Release

beforeAll(async () => {
  cluster = await startCluster()
  release = openRelease(cluster)
  await release.kubectl('create', 'namespace', NAMESPACE)
  await release.install('l7mp-operator', '--wait', '--timeout=240s')
  await release.install('l7mp-ingress', '--wait', '--timeout=240s')
})
afterAll(() => cluster?.stop())
