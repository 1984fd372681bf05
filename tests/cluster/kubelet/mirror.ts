/**
 * A copy of all objects of a kind, kept up to date by a list and watches. It retries on all failures of the API server.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import { keyOf, type Meta } from './api.ts'

type Item = { readonly metadata: Meta & { readonly resourceVersion?: string } }
type List<T> = { readonly metadata: { readonly resourceVersion: string }; readonly items: readonly T[] }
type Event<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; readonly object: T }

export type Mirror<T> = {
  /** By `NAMESPACE/NAME`. */
  readonly items: ReadonlyMap<string, T>
  /** Resolves when the first list has been read. */
  readonly synced: Promise<void>
}

/** The timeout of a watch, after which it counts as dead a little later. */
const WATCH_SECONDS = 240
const SILENCE_MS = 300_000
const PAUSE_MS = 200

/** Runs until the signal aborts. `path` and `query`: as for a list. */
export function mirror<T extends Item>(
  client: KubeClient,
  kind: { readonly path: string; readonly query?: Readonly<Record<string, string>> },
  signal: AbortSignal,
  onChange: () => void,
): Mirror<T> {
  const items = new Map<string, T>()
  const { promise: synced, resolve } = Promise.withResolvers<void>()
  const list = async () => {
    // Objects of built-in kinds, which the API server has validated.
    const read = (await client.request({ ...kind, signal })) as List<T>
    items.clear()
    for (const item of read.items) items.set(keyOf(item), item)
    resolve()
    onChange()
    return read.metadata.resourceVersion
  }
  const apply = (event: Event<T>) => {
    if (event.type === 'BOOKMARK' || event.type === 'ERROR') return
    if (event.type === 'DELETED') items.delete(keyOf(event.object))
    else items.set(keyOf(event.object), event.object)
  }
  const watch = async (resourceVersion: string) => {
    const query = { ...kind.query, watch: true, resourceVersion, timeoutSeconds: WATCH_SECONDS }
    for await (const lines of await client.stream({ path: kind.path, query, signal, silenceMs: SILENCE_MS })) {
      for (const line of lines) apply(JSON.parse(line))
      onChange()
    }
  }
  const follow = async () => {
    while (!signal.aborted) {
      await list()
        .then(watch)
        .catch(() => sleep(PAUSE_MS, undefined, { signal }))
        .catch(() => {})
    }
  }
  void follow()
  return { items, synced }
}
