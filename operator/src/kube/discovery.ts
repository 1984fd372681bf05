/** Discovery: which kinds an API server serves, why a collection is missing, and whether its CRD is being deleted. */
import { isRecord } from '@l7mesh/crds'
import { type Collection, resourceName, versionPath } from './collection.ts'
import type { KubeClient, KubeRequest } from './kube-client.ts'
import { KubeError } from './kube-error.ts'

/** Limits of each request. */
export type RequestLimits = Pick<KubeRequest, 'signal' | 'timeoutMs'>

/** A kind that is not served, with the versions in which other kinds of its group are served. */
export type Absence = { readonly served: readonly string[] }

/** Returns undefined if the kind is served. Rejects with a KubeError if discovery fails. */
export async function absenceOf(
  client: KubeClient,
  collection: Collection,
  limits: RequestLimits,
): Promise<Absence | undefined> {
  const served = await servedVersions(client, collection.group, limits)
  if (!served.includes(collection.version)) return { served }
  return (await verbsOf(client, collection, limits)) === undefined ? { served } : undefined
}

/**
 * Returns whether the CRD of the kind is being deleted. The server then deletes all objects of the kind one by one,
 * which does not mean that the user no longer wants them. `pause` waits until discovery is up to date.
 */
export async function isBeingDeleted(
  client: KubeClient,
  collection: Collection,
  limits: RequestLimits,
  pause: () => Promise<unknown>,
): Promise<boolean> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${resourceName(collection)}`
  try {
    const definition = await client.request({ path, ...limits })
    const metadata = isRecord(definition) ? definition.metadata : undefined
    return isRecord(metadata) && metadata.deletionTimestamp !== undefined
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    if (error.code === 'not-found') return true
    // A Role cannot grant access to CRDs. A kind that is being deleted cannot be created, which discovery shows with a
    // delay. With a ClusterRole, the missing permission is reported instead.
    if (error.code !== 'forbidden' || collection.namespace === undefined) throw error
    await pause()
    return (await verbsOf(client, collection, limits))?.includes('create') !== true
  }
}

async function servedVersions(client: KubeClient, group: string, limits: RequestLimits): Promise<readonly string[]> {
  if (group === '') return ['v1']
  const found = recordsIn(await client.request({ path: '/apis', ...limits }), 'groups').find(
    ({ name }) => name === group,
  )
  return found
    ? recordsIn(found, 'versions').flatMap(({ version }) => (typeof version === 'string' ? version : []))
    : []
}

/** The verbs of the kind; undefined if the version does not include it. */
async function verbsOf(
  client: KubeClient,
  collection: Collection,
  limits: RequestLimits,
): Promise<readonly unknown[] | undefined> {
  try {
    const response = await client.request({ path: versionPath(collection), ...limits })
    const found = recordsIn(response, 'resources').find(({ name }) => name === collection.plural)
    return Array.isArray(found?.verbs) ? found.verbs : undefined
  } catch (error) {
    if (error instanceof KubeError && error.code === 'not-found') return undefined
    throw error
  }
}

/** The list in a field of a response. Any other value shows that the server is not an API server. */
function recordsIn(response: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const found = isRecord(response) ? response[field] : undefined
  if (!Array.isArray(found)) throw new KubeError('server-fault', `the API server returned no list of ${field}`)
  return found.filter(isRecord)
}
