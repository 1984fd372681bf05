/** Watches a collection: its changes since a resourceVersion, as they happen. */
import { isRecord } from '@l7mesh/crds'
import type { RawObject } from '../raw-object.ts'
import { type Collection, collectionPath, type Parse, parseObject } from './collection.ts'
import type { KubeClient } from './kube-client.ts'
import { errorOfFailure, KubeError } from './kube-error.ts'

/** A bookmark only marks the version up to which all events have been delivered. */
export type WatchEvent =
  | { readonly type: 'set' | 'deleted'; readonly object: RawObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }

export type WatchOptions = {
  readonly signal: AbortSignal
  readonly parse: Parse
  readonly resourceVersion: string
  /** The duration after which the server ends the watch, in seconds. */
  readonly seconds: number
  readonly silenceMs: number
}

/** Events, in the batches in which they arrive. Rejects if the server refuses the watch. */
export async function watch(
  client: KubeClient,
  collection: Collection,
  { signal, parse, resourceVersion, seconds, silenceMs }: WatchOptions,
): Promise<AsyncIterable<readonly WatchEvent[]>> {
  const path = collectionPath(collection)
  const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds: seconds }
  return events(await client.stream({ path, query, silenceMs, signal }), path, parse)
}

/** An ERROR event is thrown as an error, after the events before it. */
async function* events(lines: AsyncIterable<readonly string[]>, path: string, parse: Parse) {
  for await (const batch of lines) {
    const parsed: WatchEvent[] = []
    try {
      for (const line of batch) parsed.push(eventOf(parsedLine(line, parse), path))
    } finally {
      if (parsed.length > 0) yield parsed
    }
  }
}

function eventOf({ type, object }: Readonly<Record<string, unknown>>, path: string): WatchEvent {
  if (type === 'ADDED' || type === 'MODIFIED') return { type: 'set', object: parseObject(object) }
  if (type === 'DELETED') return { type: 'deleted', object: parseObject(object) }
  if (type === 'BOOKMARK') return { type: 'bookmark', resourceVersion: versionOf(object) }
  const code = isRecord(object) && typeof object.code === 'number' ? object.code : 500
  throw errorOfFailure({ status: code, call: `GET ${path}?watch`, body: object })
}

function parsedLine(line: string, parse: Parse): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = parse(line)
    return isRecord(event) ? event : {}
  } catch (cause) {
    throw invalidEvent(cause)
  }
}

/** A bookmark has a version but no name. */
function versionOf(object: unknown): string {
  const metadata = isRecord(object) ? object.metadata : undefined
  const version = isRecord(metadata) ? metadata.resourceVersion : undefined
  if (typeof version === 'string') return version
  throw invalidEvent(undefined)
}

function invalidEvent(cause: unknown): KubeError {
  return new KubeError('server-fault', 'the API server sent an invalid watch event', { cause })
}
