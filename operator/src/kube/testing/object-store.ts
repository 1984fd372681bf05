/** The objects of the fake API server, and their history of events. */

export type ServedKind = {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
}

export type StoredObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly generation: number
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

/** The fields of an object that its creator sets. */
export type NewObject = {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

export type StoreEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly kind: ServedKind
  readonly object: StoredObject
  readonly version: number
}

export class ObjectStore {
  #version = 100
  /** Events up to and including this version are no longer available. */
  #compacted = 100
  #uids = 0
  #events: StoreEvent[] = []
  readonly #objects = new Map<ServedKind, Map<string, StoredObject>>()
  readonly #listeners = new Set<(event: StoreEvent) => void>()

  get version(): number {
    return this.#version
  }

  list(kind: ServedKind, namespace: string | undefined): readonly StoredObject[] {
    const objects = [...(this.#objects.get(kind)?.values() ?? [])]
    return objects
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .sort((a, b) => (keyOf(a.metadata) < keyOf(b.metadata) ? -1 : 1))
  }

  get(kind: ServedKind, namespace: string, name: string): StoredObject | undefined {
    return this.#objects.get(kind)?.get(`${namespace}/${name}`)
  }

  /** Creates or replaces the object. A changed spec increments the generation. */
  put(kind: ServedKind, object: NewObject): StoredObject {
    const key = keyOf(object.metadata)
    const before = this.#objects.get(kind)?.get(key)
    const isSameSpec = before && JSON.stringify(before.spec) === JSON.stringify(object.spec)
    const stored: StoredObject = {
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      kind: kind.kind,
      ...object,
      metadata: {
        namespace: 'default',
        ...object.metadata,
        uid: before?.metadata.uid ?? `uid-${++this.#uids}`,
        resourceVersion: `${this.#version + 1}`,
        generation: before ? before.metadata.generation + (isSameSpec ? 0 : 1) : 1,
      },
    }
    const objects = this.#objects.get(kind) ?? new Map<string, StoredObject>()
    this.#objects.set(kind, objects.set(key, stored))
    this.#record({ type: before ? 'MODIFIED' : 'ADDED', kind, object: stored })
    return stored
  }

  delete(kind: ServedKind, namespace: string, name: string): StoredObject | undefined {
    const before = this.get(kind, namespace, name)
    if (!before) return undefined
    this.#objects.get(kind)?.delete(`${namespace}/${name}`)
    const metadata = { ...before.metadata, resourceVersion: `${this.#version + 1}` }
    this.#record({ type: 'DELETED', kind, object: { ...before, metadata } })
    return before
  }

  /** Discards all events so far: clients that want to resume from before must list again. */
  compact(): void {
    this.#compacted = this.#version
    this.#events = []
  }

  /** The events since a version; undefined if they are no longer available. */
  since(version: number): readonly StoreEvent[] | undefined {
    return version < this.#compacted ? undefined : this.#events.filter(event => event.version > version)
  }

  /** Returns a function that unsubscribes. */
  onEvent(callback: (event: StoreEvent) => void): () => void {
    this.#listeners.add(callback)
    return () => this.#listeners.delete(callback)
  }

  #record(happened: Omit<StoreEvent, 'version'>): void {
    const event = { ...happened, version: ++this.#version }
    this.#events.push(event)
    for (const listener of this.#listeners) listener(event)
  }
}

function keyOf({ namespace = 'default', name }: NewObject['metadata']): string {
  return `${namespace}/${name}`
}
