/**
 * A local copy of one collection of the API server: listed once, then watched, for ever. Knows nothing of meshes; a
 * source is made of several.
 *
 * What it survives: the server away, slow, silent, failing or refusing; watches that end or break off; a
 * resourceVersion that the server has forgotten (listed anew, without a moment in which objects are missing); a kind
 * that is not there yet, and a custom kind that goes away: what was known of it stays, since who takes away a definition
 * does not say that no object is wanted.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Clock, Waker } from '../clock.ts'
import { messageOf } from '../user-error.ts'
import { Cache, type Keep } from './cache.ts'
import { type Collection, nameOf, type Parse } from './collection.ts'
import { type Absence, absenceOf, isLeaving } from './discovery.ts'
import type { KubeClient } from './kube-client.ts'
import { KubeError, type KubeErrorCode } from './kube-error.ts'
import { parseWithoutManagedFields } from './lean-json.ts'
import { list } from './list.ts'
import { retryWait } from './retry-wait.ts'
import { type WatchEvent, watch } from './watch.ts'

export type ReflectorOptions<T> = {
  readonly client: KubeClient
  readonly collection: Collection
  /** Whether the kind comes from a CRD, which may go away. */
  readonly isCustom: boolean
  readonly keep: Keep<T>
  /** Called after each change of what is kept or known; look at `objects()` and `state`. */
  readonly onChange: () => void
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly timing?: Partial<Timing>
}

/** In milliseconds where nothing else is said. */
export type Timing = {
  /** Objects a page of a list. */
  readonly pageSize: number
  /** For a page of a list, and other questions. Default: a minute, since a server may be very slow. */
  readonly listTimeoutMs: number
  /** After so many seconds the server ends a watch, and the next one begins. */
  readonly watchSeconds: number
  /** A watch in which for so long nothing came is dead: the server sends a bookmark every minute. */
  readonly silenceMs: number
  /** A watch that lives for so long is well. */
  readonly settledMs: number
  /** How often a kind is looked for that is not there. */
  readonly missingMs: number
  /** After so long the server does not say any more that it has a kind that is being deleted. */
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
  /** As it should be, or not known otherwise yet. */
  | { readonly tag: 'well' }
  /** It is tried again and again. What was known stays in force. */
  | { readonly tag: 'failing'; readonly error: KubeError }
  /** The server does not have the kind. `lost`: it had, and what was known stays in force. */
  | { readonly tag: 'missing'; readonly absence: Absence; readonly lost: boolean }
  /** The kind is being deleted with all its objects. What was known stays in force. */
  | { readonly tag: 'leaving' }

const WELL: ReflectorState = { tag: 'well' }

/** Of these nothing better is to be expected of the next try. */
const DECISIVE: ReadonlySet<KubeErrorCode> = new Set(['unauthorized', 'forbidden', 'no-credentials', 'untrusted'])
/** How many failures in a row need not be told: connections break, and a list mends that the server forgets. */
function toleratedOf(code: KubeErrorCode): number {
  if (DECISIVE.has(code)) return 0
  return code === 'gone' ? 3 : 1
}

/** After so many faults in a row a watch is not taken up again where it ended: everything is listed anew. */
const FAULTS_TO_RELIST = 3

export class Reflector<T> {
  readonly collection: Collection
  /** How many objects without a name the last list held. */
  nameless = 0
  readonly #options: ReflectorOptions<T>
  readonly #timing: Timing
  readonly #cache: Cache<T>
  readonly #parse: Parse
  /** Where to go on watching; undefined: a list is needed. */
  #resourceVersion: string | undefined
  #isSynced = false
  #wasListed = false
  #state: ReflectorState = WELL
  /** In a row. */
  #failures = 0
  #retry: () => void = () => {}

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.collection = options.collection
    this.#timing = { ...TIMING, ...options.timing }
    this.#cache = new Cache(options.keep)
    // A custom kind may have a field of that name of its own.
    this.#parse = options.isCustom ? JSON.parse : parseWithoutManagedFields
  }

  /** True once the first whole list has arrived, or the server has said that it does not have the kind. */
  get isSynced(): boolean {
    return this.#isSynced
  }

  get state(): ReflectorState {
    return this.#state
  }

  /** What is kept, by NAMESPACE/NAME: the same map for as long as nothing changes. */
  objects(): ReadonlyMap<string, T> {
    return this.#cache.objects()
  }

  /** Tries again now, where the next try is still to come. */
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

  /** Returns how long to wait once the server has ended the watch. */
  async #listAndWatch(signal: AbortSignal): Promise<number> {
    this.#resourceVersion ??= await this.#list(signal)
    if (await this.#watch(this.#resourceVersion, signal)) return 0
    // Else the next must not follow at once, and so on, even where each tells something.
    this.#failures++
    return this.#backoff(undefined)
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, collection } = this.#options
    const { items, resourceVersion, nameless } = await list(client, collection, {
      ...this.#patience(signal),
      pageSize: this.#timing.pageSize,
      parse: this.#parse,
    })
    const gone = this.#cache.namesBut(new Set(items.map(nameOf)))
    if (gone.length > 0) await this.#mayLose(signal)
    const deletions = gone.map(name => () => this.#cache.delete(name))
    this.#change([...deletions, ...items.map(item => () => this.#cache.set(item))])
    const isNew = !this.#isSynced || this.nameless !== nameless
    this.nameless = nameless
    this.#isSynced = true
    this.#wasListed = true
    if (this.#state.tag !== 'failing') this.#become(WELL)
    if (isNew) this.#options.onChange()
    return resourceVersion
  }

  /** Returns, once the server has ended the watch, whether it lived for a while. */
  async #watch(resourceVersion: string, signal: AbortSignal): Promise<boolean> {
    const { client, collection, clock, random } = this.#options
    const { watchSeconds, silenceMs, settledMs } = this.#timing
    // Not all watches that began together shall end together.
    const seconds = Math.ceil(watchSeconds * (1 + random() / 4))
    const batches = await watch(client, collection, {
      resourceVersion,
      seconds,
      silenceMs,
      signal,
      parse: this.#parse,
    })
    let hasLived = false
    const callOff = clock.after(settledMs, () => {
      hasLived = true
      this.#isWell()
    })
    try {
      for await (const events of batches) {
        await this.#apply(events, signal)
        this.#isWell()
      }
    } finally {
      callOff()
    }
    return hasLived
  }

  #isWell(): void {
    this.#failures = 0
    this.#become(WELL)
  }

  async #apply(events: readonly WatchEvent[], signal: AbortSignal): Promise<void> {
    const isLoss = events.some(event => event.type === 'deleted' && this.#cache.has(nameOf(event.object)))
    if (isLoss) await this.#mayLose(signal)
    this.#change(events.map(event => () => this.#take(event)))
  }

  /** Takes steps that say whether they made a difference. One that fails does not hide those before it. */
  #change(steps: readonly (() => boolean)[]): void {
    let isDifferent = false
    try {
      for (const step of steps) isDifferent = step() || isDifferent
    } finally {
      if (isDifferent) this.#options.onChange()
    }
  }

  #take(event: WatchEvent): boolean {
    if (event.type === 'bookmark') {
      this.#resourceVersion = event.resourceVersion
      return false
    }
    const isDifferent = event.type === 'set' ? this.#cache.set(event.object) : this.#cache.delete(nameOf(event.object))
    this.#resourceVersion = event.object.metadata.resourceVersion
    return isDifferent
  }

  /** Throws where objects go only because their kind does. */
  async #mayLose(signal: AbortSignal): Promise<void> {
    const { client, collection, isCustom, clock } = this.#options
    const pause = () => new Waker(clock, signal).wait(this.#timing.discoveryMs)
    if (isCustom && (await isLeaving(client, collection, this.#patience(signal), pause))) throw new Leaving()
  }

  /** Returns how long to wait before the next try. */
  async #failed(error: unknown, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return 0
    if (error instanceof Leaving) return this.#away({ tag: 'leaving' })
    const failure = kubeErrorOf(error)
    if (failure.code !== 'not-found') return this.#failing(failure)
    try {
      const absence = await absenceOf(this.#options.client, this.collection, this.#patience(signal))
      return absence ? this.#away({ tag: 'missing', absence, lost: this.#wasListed }) : this.#failing(failure)
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

  #away(state: ReflectorState): number {
    this.#isSynced = true
    this.#resourceVersion = undefined
    this.#failures = 0
    this.#become(state)
    return this.#timing.missingMs * (0.5 + this.#options.random() / 2)
  }

  #patience(signal: AbortSignal): { readonly signal: AbortSignal; readonly timeoutMs: number } {
    return { signal, timeoutMs: this.#timing.listTimeoutMs }
  }

  #backoff(retryAfter: number | undefined): number {
    return retryWait(this.#failures, this.#options.random(), retryAfter)
  }

  /** A failure of the same code is the same state: its sentences may differ each time. */
  #become(state: ReflectorState): void {
    const before = this.#state
    if (isSameState(before, state)) return
    this.#state = state
    this.#options.onChange()
  }
}

/** Thrown to end a watch or a list whose losses do not count. */
class Leaving extends Error {}

function kubeErrorOf(error: unknown): KubeError {
  if (error instanceof KubeError) return error
  const message = messageOf(error)
  return new KubeError('server-fault', `what the API server gave cannot be used: ${message}`, { cause: error })
}

function isSameState(a: ReflectorState, b: ReflectorState): boolean {
  if (a.tag === 'failing' && b.tag === 'failing') return a.error.code === b.error.code
  return isDeepStrictEqual(a, b)
}
