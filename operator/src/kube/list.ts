/** Reads a whole collection, page by page. */
import { type Collection, collectionPath, isRecord, type Parse, parseObject, type RawObject } from './collection.ts'
import type { KubeClient } from './connect.ts'
import { KubeError } from './errors.ts'

/** All objects as they were at one moment; a watch goes on from its `resourceVersion`. */
export type Listing = { readonly items: readonly RawObject[]; readonly resourceVersion: string }

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
  let next: string | undefined
  for (;;) {
    const query = { limit: pageSize, continue: next }
    const page = pageOf(parse(await client.text({ path: collectionPath(collection), query, signal, timeoutMs })))
    items.push(...page.items)
    if (page.next === undefined) return { items, resourceVersion: page.resourceVersion }
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
  return { items: objects.map(parseObject), resourceVersion, next: typeof next === 'string' && next ? next : undefined }
}

function noList(): KubeError {
  return new KubeError('server-fault', 'the API server answered with something that is no list')
}
