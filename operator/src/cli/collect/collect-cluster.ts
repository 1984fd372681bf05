/**
 * What `l7mesh collect` reads from a cluster. Secrets and ConfigMaps are never read; pods other than proxies and
 * operators are reduced to the fields of the snapshot.
 */
import { isRecord } from '@l7mesh/crds'
import { apiVersionOf, KINDS, RESOURCE_FIELDS } from '../../kinds/kinds.ts'
import { nameOf, resourceName, versionPath } from '../../kube/collection.ts'
import { list } from '../../kube/list.ts'
import type { RawObject } from '../../raw-object.ts'
import { PLAIN } from '../../report/text/style.ts'
import { MESH_VERSION } from '../../sources/manifest.ts'
import { proxyOf } from '../../translate/lookup/pods.ts'
import type { ClusterAccess } from '../cluster/cluster-access.ts'
import { type ObservedCluster, observeCluster } from '../cluster/observe-cluster.ts'
import { leaseOf } from '../cluster/operators.ts'
import { ONCE } from '../cluster/read.ts'
import { clusterStatusLines, inspectCluster } from '../inspect/cluster-status.ts'
import type { ProcessIO } from '../process/process-io.ts'
import type { CollectedFiles } from './archive.ts'
import { addKubernetesObjects, addObjects, addProxies, addVersions, fileName, withKind } from './mesh.ts'

/** `tail`: lines of each log. */
export async function collectCluster(
  cluster: ClusterAccess,
  collection: CollectedFiles,
  tail: number,
  io: ProcessIO,
): Promise<void> {
  const { client } = cluster
  addVersions(
    collection,
    await collection.try('the version of the API server', () => client.request({ path: '/version' })),
  )
  const observed = await observeCluster(cluster, {}, io)
  for (const { where, message } of observed.unread) collection.miss(where, message)
  await addStatus(collection, observed, io)
  for (const field of RESOURCE_FIELDS) {
    const row = KINDS[field]
    addObjects(collection, row.plural, withKind(observed.objects[field], apiVersionOf(row), row.kind))
  }
  addKubernetesObjects(collection, observed.snapshot)
  await addDefinitions(collection, cluster)
  await addLease(collection, observed)
  const pods = podsOf(observed)
  for (const pod of pods) collection.addValue(`pods/${fileName(nameOf(pod))}.yaml`, pod)
  await addEvents(collection, cluster, new Set(pods.map(nameOf)))
  for (const pod of pods) await addLogs(collection, cluster, pod, tail)
}

async function addStatus(collection: CollectedFiles, observed: ObservedCluster, io: ProcessIO): Promise<void> {
  const found = await collection.try('the status', () => inspectCluster(observed, undefined, io))
  if (!found) return
  const lines = clusterStatusLines(found.overview, 120, PLAIN)
  collection.addText('status.txt', lines.map(line => `${line}\n`).join(''))
  collection.addValue('status.yaml', found.overview)
  addProxies(collection, found.proxies)
}

/** The installed versions of the CRDs, without their schemas. */
async function addDefinitions(collection: CollectedFiles, { client }: ClusterAccess): Promise<void> {
  for (const field of RESOURCE_FIELDS) {
    const name = resourceName(KINDS[field])
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`
    const definition = await collection.try(`the CRD ${name}`, () => client.request({ path }))
    if (isRecord(definition)) collection.addValue(`crds/${name}.yaml`, withoutSchemas(definition))
  }
}

function withoutSchemas({ metadata, spec, status }: Readonly<Record<string, unknown>>): object {
  const { group, names, scope, versions, conversion } = isRecord(spec) ? spec : {}
  const served = Array.isArray(versions) ? versions.filter(isRecord) : []
  return {
    metadata,
    spec: { group, names, scope, conversion, versions: served.map(({ schema: _, ...version }) => version) },
    status,
  }
}

async function addLease(collection: CollectedFiles, { cluster, operators }: ObservedCluster): Promise<void> {
  const { namespace, name } = leaseOf(operators, cluster.namespace)
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`
  const lease = await collection.try(`the Lease ${namespace}/${name}`, () => cluster.client.request({ path }))
  if (lease !== undefined) collection.addValue(`leases/${namespace}_${name}.yaml`, lease)
}

/** The pods whose logs are collected: operators and proxies, ready or not. */
function podsOf({ objects, operators, snapshot }: ObservedCluster): readonly RawObject[] {
  const isOperator = new Set(operators.map(({ key }) => key))
  return objects.pods.filter(raw => {
    const key = nameOf(raw)
    const pod = snapshot.pods.get(key)
    const isProxy = pod !== undefined && (proxyOf(key, pod) !== undefined || hasProxyContainer(raw))
    return isOperator.has(key) || isProxy
  })
}

/** Includes pods without an address. */
function hasProxyContainer(raw: RawObject): boolean {
  return containersOf(raw, 'spec', 'containers').some(({ name }) => name === 'l7mp')
}

/** Events about resources of l7mesh and about these pods. */
async function addEvents(
  collection: CollectedFiles,
  { client }: ClusterAccess,
  pods: ReadonlySet<string>,
): Promise<void> {
  const kind = { group: 'events.k8s.io', version: 'v1', plural: 'events', namespace: undefined }
  const options = { ...ONCE, signal: new AbortController().signal }
  const listing = await collection.try('events', () => list(client, kind, options))
  const kept = listing?.items.filter(({ regarding }) => {
    if (!isRecord(regarding)) return false
    if (String(regarding.apiVersion).startsWith(`${MESH_VERSION.split('/')[0]}/`)) return true
    return regarding.kind === 'Pod' && pods.has(`${regarding.namespace}/${regarding.name}`)
  })
  if (kept) collection.addValue('events.yaml', withKind(kept, versionPath(kind).replace('/apis/', ''), 'Event'))
}

/** The maximum size of a log in bytes. */
const LARGEST_LOG = 4 * 1024 * 1024

/** The logs of each container, and of its previous instance if it has restarted. */
async function addLogs(
  collection: CollectedFiles,
  cluster: ClusterAccess,
  pod: RawObject,
  tail: number,
): Promise<void> {
  const restarted = containersOf(pod, 'status', 'containerStatuses').filter(({ restartCount }) => restartCount !== 0)
  const wanted = containersOf(pod, 'spec', 'containers').flatMap(({ name }) => {
    const now = { container: String(name), previous: false, tail }
    return restarted.some(status => status.name === name) ? [now, { ...now, previous: true }] : [now]
  })
  for (const which of wanted) {
    const name = `${fileName(nameOf(pod))}_${which.container}${which.previous ? '.previous' : ''}`
    const text = await collection.try(`the log ${name}`, () => logOf(cluster, pod, which))
    if (text !== undefined) collection.addText(`logs/${name}.log`, text)
  }
}

type WhichLog = { readonly container: string; readonly previous: boolean; readonly tail: number }

function logOf(
  { client }: ClusterAccess,
  { metadata }: RawObject,
  { container, previous, tail }: WhichLog,
): Promise<string> {
  return client.text({
    path: `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/log`,
    query: { container, previous, tailLines: tail, limitBytes: LARGEST_LOG, timestamps: true },
    timeoutMs: 30_000,
  })
}

function containersOf(
  pod: RawObject,
  part: 'spec' | 'status',
  field: string,
): readonly Readonly<Record<string, unknown>>[] {
  const found = pod[part]
  const containers = isRecord(found) ? found[field] : undefined
  return Array.isArray(containers) ? containers.filter(isRecord) : []
}
