/**
 * The cases of tests/cases on a real API server: kubectl applies their files, the operator's source reads the API
 * server, and the result must equal that of the folder.
 */
import { globSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createValidator } from '@l7mesh/crds'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { splitDocuments } from '../../operator/src/sources/documents/parse-yaml.ts'
import { type ClusterSource, clusterSource } from '../../operator/src/sources/kubernetes/cluster-source.ts'
import type { Manifest } from '../../operator/src/sources/manifest.ts'
import type { Snapshot } from '../../operator/src/sources/snapshot.ts'
import { caseNames, inputOf, outcomeOf, readFolder, textOf } from '../cases/case.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { apply, namespace } from './support/objects.ts'

/** The controllers that pods and namespaces need, and the one that mirrors Endpoints; no others create objects. */
const CONTROLLERS = [
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'endpointslice-mirroring-controller',
]
/** The kinds of the cases, by their path at the API server. */
const PLURALS: Readonly<Record<string, string>> = {
  VirtualService: '/apis/l7mp.io/v1/virtualservices',
  Target: '/apis/l7mp.io/v1/targets',
  Rule: '/apis/l7mp.io/v1/rules',
  Route: '/apis/l7mp.io/v1/routes',
  Service: '/api/v1/services',
  Endpoints: '/api/v1/endpoints',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  Pod: '/api/v1/pods',
}
/** kubectl uses the last of duplicate keys, which validate reports. */
const STRICTER_THAN_KUBECTL = 'duplicate-key.yaml'
/** Controllers delete their objects when the reason for them disappears. */
const MADE_BY = 'endpointslice.kubernetes.io/managed-by'
/** Longer than the controllers need. The comparison reports differences. */
const CONTROLLERS_MS = 10_000
const HELD = 'l7mesh.test/held'

let cluster: Cluster
let folders = new Map<string, readonly Manifest[]>()
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, controllers: CONTROLLERS })
  const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', 'crds/crds'])
  expect(code, stderr).toBe(0)
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all'])
  folders = new Map(
    await Promise.all(caseNames().map(async name => [name, (await readFolder(name)).manifests()] as const)),
  )
  const used = new Set([...folders.values()].flat().map(({ metadata }) => metadata.namespace))
  used.delete('default')
  await apply(cluster, ...[...used].map(namespace))
  await Promise.all([...used].map(accountOf))
})
afterAll(() => cluster?.stop())
afterEach(removeAll)

/** No pod is admitted before its namespace has a service account. */
async function accountOf(name: string): Promise<void> {
  await until(`the account of namespace ${name}`, () =>
    cluster.client.request({ path: `/api/v1/namespaces/${name}/serviceaccounts/default` }).catch(() => undefined),
  )
}

/**
 * Writes each document to its own file, so that a rejected one does not affect others. A dump of a cluster is split
 * into its objects, without the fields that only its API server can set.
 */
async function writeDocuments(name: string): Promise<string> {
  const folder = join(cluster.folder, 'cases', name)
  await mkdir(folder, { recursive: true })
  const files = globSync('**/*.{yaml,yml,json}', { cwd: inputOf(name) }).filter(
    path => !/(?:^|\/)\./.test(path) && path !== STRICTER_THAN_KUBECTL,
  )
  for (const file of files.toSorted()) {
    const text = readFileSync(join(inputOf(name), file), 'utf8')
    if (/^ *resourceVersion:/m.test(text)) {
      await writeFile(
        join(folder, `${file}.json`),
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: undumped(name) }),
      )
      continue
    }
    const documents = file.endsWith('.json') ? [] : splitDocuments(text)
    const pieces = documents.length > 0 ? documents.map(section => section.text) : [text]
    for (const [i, piece] of pieces.entries())
      if (!isBlank(piece)) await writeFile(join(folder, `${file.replaceAll('/', '_')}.${i}.yaml`), piece)
  }
  return folder
}

function undumped(name: string): readonly object[] {
  const manifests = folders.get(name) ?? []
  return manifests
    .filter(({ kind, metadata }) => kind in PLURALS && metadata.name !== 'kubernetes')
    .map(({ metadata: { name: own, namespace, labels = {} }, status: _, ...rest }) => {
      const { [MADE_BY]: __, ...kept } = labels
      return { ...rest, metadata: { name: own, namespace, labels: kept } }
    })
}

const isBlank = (text: string) => text.replaceAll(/^(?:---.*|\s*#.*)$/gm, '').trim() === ''

/** The statuses that a kubelet would report, and pending deletions. */
async function reportPods(manifests: readonly Manifest[]): Promise<void> {
  for (const { kind, metadata, status } of manifests) {
    if (kind !== 'Pod') continue
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
    const patch = (body: object, to = path) =>
      cluster.client
        .request({ method: 'PATCH', path: to, contentType: 'application/merge-patch+json', body })
        .catch(() => undefined)
    if (status !== undefined) await patch({ status }, `${path}/status`)
    if (metadata.deletionTimestamp === undefined) continue
    await patch({ metadata: { finalizers: [HELD] } })
    await cluster.client.request({ method: 'DELETE', path })
  }
}

/** The snapshot of the operator's source. */
async function readCluster(): Promise<Snapshot> {
  const source: ClusterSource = clusterSource({
    client: cluster.client,
    validate: createValidator().validate,
    namespaces: [],
  })
  const ending = new AbortController()
  const read = Promise.withResolvers<Snapshot>()
  const running = source.run(ending.signal, () => {
    const snapshot = source.snapshot()
    if (snapshot !== undefined) read.resolve(snapshot)
  })
  const snapshot = await read.promise
  ending.abort()
  await running
  return snapshot
}

async function removeAll(): Promise<void> {
  for (const path of Object.values(PLURALS)) {
    const { items } = (await cluster.client.request({ path })) as {
      items: { metadata: { name: string; namespace: string; finalizers?: unknown } }[]
    }
    for (const { metadata } of items) {
      if (metadata.name === 'kubernetes') continue
      const [base, plural] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
      const at = `${base}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`
      if (metadata.finalizers !== undefined)
        await cluster.client.request({
          method: 'PATCH',
          path: at,
          contentType: 'application/merge-patch+json',
          body: { metadata: { finalizers: null } },
        })
      const query = { gracePeriodSeconds: 0 }
      await cluster.client.request({ method: 'DELETE', path: at, query }).catch(() => undefined)
    }
  }
}

/** The API server sets creation timestamps, which may be equal or not. */
function ageless(text: string): string {
  return text.replaceAll(', which comes first by name at equal age', ', which is older')
}

describe('manifests of users, through an API server', () => {
  it.each(caseNames())('%s', async name => {
    const manifests = folders.get(name) ?? []
    const { stderr } = await cluster.kubectl(['apply', '-f', await writeDocuments(name)])
    await reportPods(manifests)
    const fromFolder = (await readFolder(name)).snapshot()
    const expected = ageless(textOf(outcomeOf(fromFolder ?? (await readCluster()), new Map())))
    let last = ''
    // Only controllers are slow.
    const isSame = async () => {
      last = ageless(textOf(outcomeOf(await readCluster(), new Map())))
      return last === expected
    }
    await until('the same from both', isSame, CONTROLLERS_MS).catch(() => undefined)
    expect(last, stderr).toBe(expected)
  })
})
