/**
 * A reflector: a local copy of one collection of the API server, listed once and then watched. Independent of the kinds
 * of a mesh; a source combines several reflectors.
 *
 * It recovers from servers that are unavailable, slow, silent, failing or refusing; from watches that end or break;
 * from expired resourceVersions (it lists again, without a moment in which objects are missing); and from kinds that
 * are not installed yet. When a custom kind is deleted, the known objects are retained: deleting a CRD does not mean
 * that no object is wanted.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Clock, Waker } from '../clock.ts'
import { messageOf } from '../user-error.ts'
import { Cache, type Keep } from './cache.ts'
import { type Collection, nameOf, type Parse } from './collection.ts'
import { type Absence, absenceOf, isBeingDeleted } from './discovery.ts'
import type { KubeClient } from './kube-client.ts'
import { KubeError, type KubeErrorCode } from './kube-error.ts'
import { parseWithoutManagedFields } from './lean-json.ts'
import { list } from './list.ts'
import { retryWait } from './retry-wait.ts'
import { type WatchEvent, watch } from './watch.ts'

export type ReflectorOptions<T> = {
  readonly client: KubeClient
  readonly collection: Collection
  /** Whether the kind is defined by a CRD, which may be deleted. */
  readonly isCustom: boolean
  readonly keep: Keep<T>
  /** Called after each change of `objects()` or `state`. */
  readonly onChange: () => void
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly timing?: Partial<Timing>
}

/** In milliseconds unless stated otherwise. */
export type Timing = {
  /** Objects per page of a list. */
  readonly pageSize: number
  /** Timeout of a page of a list, and of discovery. Default: a minute, since a server may be very slow. */
  readonly listTimeoutMs: number
  /** The duration after which the server ends a watch and the next one starts, in seconds. */
  readonly watchSeconds: number
  /** A watch without data for this long is considered dead: the server sends a bookmark every minute. */
  readonly silenceMs: number
  /** A watch that lasts this long counts as successful. */
  readonly settledMs: number
  /** The interval at which a missing kind is checked. */
  readonly missingMs: number
  /** The delay after which discovery no longer lists a kind that is being deleted. */
  readonly discoveryMs: number
}

const TIMING: Timing = {
  pageSize: 500,
  listTimeoutMs: 60_000,
  watchSeconds: 290,
  silenceMs: 75_000,
  settledMs: 1000,
  missingMs: 2000,
  discoveryMs: 500,
}

export type ReflectorState =
  /** In sync, or no failure observed yet. */
  | { readonly tag: 'in-sync' }
  /** Reads fail and are retried. The known objects are retained. */
  | { readonly tag: 'failing'; readonly error: KubeError }
  /** The server does not have the kind. `lost`: it had the kind before, and the known objects are retained. */
  | { readonly tag: 'missing'; readonly absence: Absence; readonly lost: boolean }
  /** The CRD of the kind is being deleted with all objects. The known objects are retained. */
  | { readonly tag: 'terminating' }

const IN_SYNC: ReflectorState = { tag: 'in-sync' }

/** Errors that a retry is unlikely to resolve. */
const DECISIVE: ReadonlySet<KubeErrorCode> = new Set(['unauthorized', 'forbidden', 'no-credentials', 'untrusted'])
/** The number of consecutive failures that are not reported: connections break, and an expired list is repeated. */
function toleratedOf(code: KubeErrorCode): number {
  if (DECISIVE.has(code)) return 0
  return code === 'gone' ? 3 : 1
}

/** After this many consecutive faults, a watch is not resumed: the collection is listed again. */
const FAULTS_TO_RELIST = 3

export class Reflector<T> {
  readonly collection: Collection
  /** The number of objects without a name in the last list. */
  nameless = 0
  readonly #options: ReflectorOptions<T>
  readonly #timing: Timing
  readonly #cache: Cache<T>
  readonly #parse: Parse
  /** Where to resume the watch; undefined if a list is needed. */
  #resourceVersion: string | undefined
  #isSynced = false
  #wasListed = false
  #state: ReflectorState = IN_SYNC
  /** Consecutive failures. */
  #failures = 0
  #retry: () => void = () => {}

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.collection = options.collection
    this.#timing = { ...TIMING, ...options.timing }
    this.#cache = new Cache(options.keep)
    // A custom kind may define its own field of this name.
    this.#parse = options.isCustom ? JSON.parse : parseWithoutManagedFields
  }

  /** True once the first complete list has arrived, or the server has reported that the kind does not exist. */
  get isSynced(): boolean {
    return this.#isSynced
  }

  get state(): ReflectorState {
    return this.#state
  }

  /** The stored values, by NAMESPACE/NAME. Returns the same map until something changes. */
  objects(): ReadonlyMap<string, T> {
    return this.#cache.objects()
  }

  /** Retries immediately if a retry is pending. */
  retry(): void {
    this.#retry()
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const waker = new Waker(this.#options.clock, signal)
    while (!signal.aborted) {
      const delay = await this.#listAndWatch(signal).catch((error: unknown) => this.#failed(error, signal))
      this.#retry = () => waker.wake()
      await waker.wait(delay)
      this.#retry = () => {}
    }
  }

  /** Returns how long to wait after the server has ended the watch. */
  async #listAndWatch(signal: AbortSignal): Promise<number> {
    this.#resourceVersion ??= await this.#list(signal)
    if (await this.#watch(this.#resourceVersion, signal)) return 0
    // A watch that ends early must not be followed immediately by the next, even if each delivers events.
    this.#failures++
    return this.#backoff(undefined)
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, collection } = this.#options
    const { items, resourceVersion, nameless } = await list(client, collection, {
      ...this.#limits(signal),
      pageSize: this.#timing.pageSize,
      parse: this.#parse,
    })
    const missing = this.#cache.namesExcept(new Set(items.map(nameOf)))
    if (missing.length > 0) await this.#verifyDeletions(signal)
    const deletions = missing.map(name => () => this.#cache.delete(name))
    this.#change([...deletions, ...items.map(item => () => this.#cache.set(item))])
    const isNew = !this.#isSynced || this.nameless !== nameless
    this.nameless = nameless
    this.#isSynced = true
    this.#wasListed = true
    if (this.#state.tag !== 'failing') this.#become(IN_SYNC)
    if (isNew) this.#options.onChange()
    return resourceVersion
  }

  /** Returns after the server has ended the watch; true if the watch lasted at least `settledMs`. */
  async #watch(resourceVersion: string, signal: AbortSignal): Promise<boolean> {
    const { client, collection, clock, random } = this.#options
    const { watchSeconds, silenceMs, settledMs } = this.#timing
    // Watches that started together should not end together.
    const seconds = Math.ceil(watchSeconds * (1 + random() / 4))
    const batches = await watch(client, collection, {
      resourceVersion,
      seconds,
      silenceMs,
      signal,
      parse: this.#parse,
    })
    let hasLasted = false
    const cancel = clock.after(settledMs, () => {
      hasLasted = true
      this.#markInSync()
    })
    try {
      for await (const events of batches) {
        await this.#apply(events, signal)
        this.#markInSync()
      }
    } finally {
      cancel()
    }
    return hasLasted
  }

  #markInSync(): void {
    this.#failures = 0
    this.#become(IN_SYNC)
  }

  async #apply(events: readonly WatchEvent[], signal: AbortSignal): Promise<void> {
    const isLoss = events.some(event => event.type === 'deleted' && this.#cache.has(nameOf(event.object)))
    if (isLoss) await this.#verifyDeletions(signal)
    this.#change(events.map(event => () => this.#applyOne(event)))
  }

  /**
   * Performs steps that return whether they changed anything. A failed step does not hide the changes of the steps
   * before it.
   */
  #change(steps: readonly (() => boolean)[]): void {
    let hasChanged = false
    try {
      for (const step of steps) hasChanged = step() || hasChanged
    } finally {
      if (hasChanged) this.#options.onChange()
    }
  }

  #applyOne(event: WatchEvent): boolean {
    if (event.type === 'bookmark') {
      this.#resourceVersion = event.resourceVersion
      return false
    }
    const hasChanged = event.type === 'set' ? this.#cache.set(event.object) : this.#cache.delete(nameOf(event.object))
    this.#resourceVersion = event.object.metadata.resourceVersion
    return hasChanged
  }

  /** Throws if objects disappear only because their kind is being deleted. */
  async #verifyDeletions(signal: AbortSignal): Promise<void> {
    const { client, collection, isCustom, clock } = this.#options
    const pause = () => new Waker(clock, signal).wait(this.#timing.discoveryMs)
    if (isCustom && (await isBeingDeleted(client, collection, this.#limits(signal), pause))) throw new KindTerminating()
  }

  /** Returns how long to wait before the next attempt. */
  async #failed(error: unknown, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return 0
    if (error instanceof KindTerminating) return this.#unavailable({ tag: 'terminating' })
    const failure = kubeErrorOf(error)
    if (failure.code !== 'not-found') return this.#failing(failure)
    try {
      const absence = await absenceOf(this.#options.client, this.collection, this.#limits(signal))
      return absence ? this.#unavailable({ tag: 'missing', absence, lost: this.#wasListed }) : this.#failing(failure)
    } catch (unknown) {
      return this.#failing(kubeErrorOf(unknown))
    }
  }

  #failing(error: KubeError): number {
    this.#failures++
    const { code } = error
    const isFault = code === 'server-fault' && this.#failures >= FAULTS_TO_RELIST
    if (code === 'gone' || code === 'invalid' || isFault) this.#resourceVersion = undefined
    if (this.#failures > toleratedOf(code)) this.#become({ tag: 'failing', error })
    return this.#backoff(error.retryAfter)
  }

  #unavailable(state: ReflectorState): number {
    this.#isSynced = true
    this.#resourceVersion = undefined
    this.#failures = 0
    this.#become(state)
    return this.#timing.missingMs * (0.5 + this.#options.random() / 2)
  }

  #limits(signal: AbortSignal): { readonly signal: AbortSignal; readonly timeoutMs: number } {
    return { signal, timeoutMs: this.#timing.listTimeoutMs }
  }

  #backoff(retryAfter: number | undefined): number {
    return retryWait(this.#failures, this.#options.random(), retryAfter)
  }

  /** Failures with the same code are the same state, even if their messages differ. */
  #become(state: ReflectorState): void {
    const before = this.#state
    if (isSameState(before, state)) return
    this.#state = state
    this.#options.onChange()
  }
}

/** Thrown to end a watch or a list whose deletions must be ignored. */
class KindTerminating extends Error {}

function kubeErrorOf(error: unknown): KubeError {
  if (error instanceof KubeError) return error
  const message = messageOf(error)
  return new KubeError('server-fault', `invalid response of the API server: ${message}`, { cause: error })
}

function isSameState(a: ReflectorState, b: ReflectorState): boolean {
  if (a.tag === 'failing' && b.tag === 'failing') return a.error.code === b.error.code
  return isDeepStrictEqual(a, b)
}
