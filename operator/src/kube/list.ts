/** Reads a whole collection, page by page. */
import { isRecord } from '@l7mesh/crds'
import type { RawObject } from '../raw-object.ts'
import { type Collection, collectionPath, isRawObject, type Parse } from './collection.ts'
import type { KubeClient } from './kube-client.ts'
import { KubeError } from './kube-error.ts'

/** All objects as they were at one moment; a watch goes on from its `resourceVersion`. */
export type Listing = {
  readonly items: readonly RawObject[]
  readonly resourceVersion: string
  /** How many there are besides that have no name or no resourceVersion: nothing can be made of these. */
  readonly nameless: number
}

export type ListOptions = {
  readonly signal: AbortSignal
  readonly parse: Parse
  /** Objects a page. */
  readonly pageSize: number
  /** For each page, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * Nothing is given before the last page is there: half of a list would look like mass deletion. A page comes too late
 * when the server has forgotten the moment of the first one (`gone`): then there is no way but to begin anew.
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

function pageOf(answer: unknown): Page {
  const { metadata, items } = isRecord(answer) ? answer : {}
  const { resourceVersion, continue: next } = isRecord(metadata) ? metadata : {}
  // Go writes an empty list as null.
  const objects = items ?? []
  if (typeof resourceVersion !== 'string' || !Array.isArray(objects)) throw noList()
  const named = objects.filter(isRawObject)
  return {
    items: named,
    resourceVersion,
    nameless: objects.length - named.length,
    next: typeof next === 'string' && next ? next : undefined,
  }
}

function noList(): KubeError {
  return new KubeError('server-fault', 'the API server answered with something that is no list')
}
