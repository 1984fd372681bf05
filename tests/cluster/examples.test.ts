/**
 * Every example on a real cluster: its manifests are applied to one with both charts, its check sends its packets
 * through the proxies of all three nodes, and when the manifests are deleted nothing of them is left.
 */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Example } from '../../examples/mesh.ts'
import { addressTowards } from '../../examples/udp.ts'
import { editFile } from '../support/example-mesh.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { exampleMesh } from './support/example-mesh.ts'
import { type LogEntry, operatorLog } from './support/operator-log.ts'
import { held } from './support/proxies.ts'
import { NAMESPACE, openRelease, type Release } from './support/release.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const names = (await readdir(EXAMPLES, { withFileTypes: true }))
  .filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
  .map(({ name }) => name)

/** Transient conditions of resources: kubectl applies and deletes objects one by one, and pods need time. */
const PASSING: ReadonlySet<string> = new Set(['NoProxy', 'RefNotFound', 'NoEndpoints'])

/** The timeout of conditions of a check, in milliseconds. */
const DEADLINE = 30_000

let cluster: Cluster
let release: Release
let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'l7mesh-examples-'))
  const isOurs = (path: string) => basename(path) !== 'node_modules'
  await cp(EXAMPLES, scratch, { recursive: true, verbatimSymlinks: true, filter: isOurs })
  cluster = await startCluster({ images: names.map(name => join(scratch, name)) })
  release = openRelease(cluster)
  await release.kubectl('create', 'namespace', NAMESPACE)
  await release.install('l7mp-operator', '--wait', '--timeout=240s')
  // Terminating proxies keep their sessions and ports: here not for long.
  await release.install('l7mp-ingress', '--set=terminationGracePeriodSeconds=2', '--wait', '--timeout=240s')
})
afterAll(async () => {
  await cluster?.stop()
  await rm(scratch, { recursive: true, force: true })
})

/** The address at which pods reach this test. */
const hereFor = ({ nodes }: Cluster) => addressTowards({ address: nodes[0]?.address ?? '', port: 9 })

/** Applies the original manifests of an example, and deletes them afterwards. */
async function passes(name: string, ...how: readonly string[]): Promise<void> {
  const folder = join(scratch, name)
  const { check, prepare }: Example = await import(join(EXAMPLES, name, 'check.ts'))
  await prepare?.((file, change) => editFile(join(folder, file), change), await hereFor(cluster))
  const mesh = exampleMesh(cluster, release, folder, DEADLINE)
  try {
    await release.kubectl('apply', ...how, '-f', folder)
    await check(mesh).catch(async (error: unknown) => {
      throw new Error(await release.kubectl('get', '-A', '-o', 'wide', 'vsvc,tr,rt,rule,pods'), { cause: error })
    })
    expect(await mesh.pods({ app: 'l7mp-ingress' })).toHaveLength(cluster.nodes.length)
  } finally {
    await release.kubectl('delete', ...how, '-f', folder, '--ignore-not-found', '--wait=false')
  }
}

describe('the examples', () => {
  it.each(names)('%s does what its check says, at every node', async name => {
    await passes(name)
    await until('its objects are deleted', async () => (await held(cluster)).length === 0, DEADLINE)
  })

  it('bring their own proxies if the chart l7mp-ingress is not installed', async () => {
    await release.helm('uninstall', 'l7mp-ingress')
    await release.kubectl('wait', '-n', NAMESPACE, '--for=delete', 'pods', '-l', 'app=l7mp-ingress', '--timeout=240s')
    await passes('dns-with-retries', '--recursive')
  })

  it('need only the permissions of the operator, and cause no errors', async () => {
    const lines = await operatorLog(cluster, NAMESPACE)
    expect(lines.length).toBeGreaterThan(0)
    const isExpected = ({ level, reason }: LogEntry) => level === 'info' || PASSING.has(reason ?? '')
    expect(lines.filter(line => !isExpected(line))).toEqual([])
  })
})
