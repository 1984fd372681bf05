/** Lists a whole collection, page by page. */
import { isRecord } from '@l7mesh/crds'
import type { RawObject } from '../raw-object.ts'
import { type Collection, collectionPath, isRawObject, type Parse } from './collection.ts'
import type { KubeClient } from './kube-client.ts'
import { KubeError } from './kube-error.ts'

/** All objects at one moment; a watch continues from its `resourceVersion`. */
export type Listing = {
  readonly items: readonly RawObject[]
  readonly resourceVersion: string
  /** The number of objects without a name or a resourceVersion, which are skipped. */
  readonly nameless: number
}

export type ListOptions = {
  readonly signal: AbortSignal
  readonly parse: Parse
  /** Objects per page. */
  readonly pageSize: number
  /** Timeout of each page, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * Returns only after the last page: half of a list would look like mass deletion. If the continue token expires
 * (`gone`), the list must be restarted.
 */
export async function list(client: KubeClient, collection: Collection, options: ListOptions): Promise<Listing> {
  const { pageSize, parse, signal, timeoutMs } = options
  const items: RawObject[] = []
  let nameless = 0
  let next: string | undefined
  for (;;) {
    const query = { limit: pageSize, continue: next }
    const page = pageOf(parse(await client.text({ path: collectionPath(collection), query, signal, timeoutMs })))
    items.push(...page.items)
    nameless += page.nameless
    if (page.next === undefined) return { items, resourceVersion: page.resourceVersion, nameless }
    next = page.next
  }
}

type Page = Listing & { readonly next: string | undefined }

function pageOf(response: unknown): Page {
  const { metadata, items } = isRecord(response) ? response : {}
  const { resourceVersion, continue: next } = isRecord(metadata) ? metadata : {}
  // Go writes an empty list as null.
  const objects = items ?? []
  if (typeof resourceVersion !== 'string' || !Array.isArray(objects)) throw invalidList()
  const named = objects.filter(isRawObject)
  return {
    items: named,
    resourceVersion,
    nameless: objects.length - named.length,
    next: typeof next === 'string' && next ? next : undefined,
  }
}

function invalidList(): KubeError {
  return new KubeError('server-fault', 'the API server returned an invalid list')
}
