/** What kinds an API server has: why a collection is not there, and whether one is about to go. */
import { isRecord } from '@l7mesh/crds'
import { type Collection, resourceName, versionPath } from './collection.ts'
import type { KubeClient, KubeRequest } from './kube-client.ts'
import { KubeError } from './kube-error.ts'

/** For each question. */
export type Patience = Pick<KubeRequest, 'signal' | 'timeoutMs'>

/** A kind that the server does not have, with the versions in which it has other kinds of that group. */
export type Absence = { readonly served: readonly string[] }

/** undefined where the kind is there after all. Rejects with a KubeError where the server does not say. */
export async function absenceOf(
  client: KubeClient,
  collection: Collection,
  patience: Patience,
): Promise<Absence | undefined> {
  const served = await servedVersions(client, collection.group, patience)
  if (!served.includes(collection.version)) return { served }
  return (await verbsOf(client, collection, patience)) === undefined ? { served } : undefined
}

/**
 * Whether the definition of a custom kind is being deleted. The server then deletes all objects of the kind first, one by
 * one: that nobody wants them any more is not what it means. `pause`: waits for as long as the server may take to say
 * what kinds it has.
 */
export async function isLeaving(
  client: KubeClient,
  collection: Collection,
  patience: Patience,
  pause: () => Promise<unknown>,
): Promise<boolean> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${resourceName(collection)}`
  try {
    const definition = await client.request({ path, ...patience })
    const metadata = isRecord(definition) ? definition.metadata : undefined
    return isRecord(metadata) && metadata.deletionTimestamp !== undefined
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    if (error.code === 'not-found') return true
    // With Roles alone nobody may look at definitions. A kind that is being deleted takes no new objects, which the
    // server says a moment late: whoever may look elsewhere is told that this right is missing.
    if (error.code !== 'forbidden' || collection.namespace === undefined) throw error
    await pause()
    return (await verbsOf(client, collection, patience))?.includes('create') !== true
  }
}

async function servedVersions(client: KubeClient, group: string, patience: Patience): Promise<readonly string[]> {
  if (group === '') return ['v1']
  const found = recordsIn(await client.request({ path: '/apis', ...patience }), 'groups').find(
    ({ name }) => name === group,
  )
  return found
    ? recordsIn(found, 'versions').flatMap(({ version }) => (typeof version === 'string' ? version : []))
    : []
}

/** What can be done with the objects of a kind; undefined where the version does not have it. */
async function verbsOf(
  client: KubeClient,
  collection: Collection,
  patience: Patience,
): Promise<readonly unknown[] | undefined> {
  try {
    const answer = await client.request({ path: versionPath(collection), ...patience })
    const found = recordsIn(answer, 'resources').find(({ name }) => name === collection.plural)
    return Array.isArray(found?.verbs) ? found.verbs : undefined
  } catch (error) {
    if (error instanceof KubeError && error.code === 'not-found') return undefined
    throw error
  }
}

/** The list in a field of an answer. What is no list there comes from something that is no API server. */
function recordsIn(answer: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const found = isRecord(answer) ? answer[field] : undefined
  if (!Array.isArray(found)) throw new KubeError('server-fault', `the API server does not say its ${field}`)
  return found.filter(isRecord)
}
