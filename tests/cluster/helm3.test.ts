/** What helm 4 does with the charts elsewhere, helm 3 does too. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { chartFolder, NAMESPACE, openRelease } from './support/release.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
})
afterAll(() => cluster?.stop())

it('helm 3 installs both charts, tests them, upgrades them and takes them away, but for the CRDs', async () => {
  expect((await cluster.helm3(['version', '--short'])).stdout).toMatch(/^v3\./)
  const release = openRelease({ ...cluster, helm: cluster.helm3 })
  await release.install('l7mp-operator', '--create-namespace', '--wait', '--timeout=120s')
  await release.install('l7mp-ingress', '--wait', '--timeout=120s')
  expect(await release.helm('test', 'l7mp-ingress', '--timeout=90s')).toMatch(/Phase:\s+Succeeded/)
  await release.helm(
    'upgrade',
    'l7mp-operator',
    chartFolder('l7mp-operator'),
    '--set=replicas=1',
    '--wait',
    '--timeout=120s',
  )
  const list = await release.helm('list', '--output=json')
  const releases: { name: string; revision: string; status: string }[] = JSON.parse(list)
  expect(releases.map(({ name, revision, status }) => [name, revision, status])).toEqual([
    ['l7mp-ingress', '1', 'deployed'],
    ['l7mp-operator', '2', 'deployed'],
  ])
  await release.helm('uninstall', 'l7mp-ingress', '--wait', '--timeout=120s')
  await release.helm('uninstall', 'l7mp-operator', '--wait', '--timeout=120s')
  expect(await release.kubectl('get', 'deployments,daemonsets', '-n', NAMESPACE, '-o', 'name')).toBe('')
  const crds = await release.kubectl('get', 'crd', '-o', 'name')
  expect(crds.match(/\.l7mp\.io$/gm)).toHaveLength(4)
}, 300_000)
