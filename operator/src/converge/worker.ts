/**
 * Reconciles one proxy while it is part of the fleet. The newest desired config wins, rounds never overlap, and retries
 * are decided only here.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Compare, type Driver, type ObjectKey, ProxyError, prune } from '@l7mesh/proxy-client'
import { type Clock, Waker } from '../clock.ts'
import { noTelemetry, type Telemetry, type TelemetryEvent } from '../telemetry/telemetry.ts'
import type { DesiredProxy, ProxyRef } from '../translate/desired.ts'
import type { AuditBudget } from './audit-budget.ts'
import { AuditSchedule } from './audit-schedule.ts'
import { CrashTracker } from './crash-tracker.ts'
import { NO_PODS_KNOWN, type PodAddresses } from './pod-addresses.ts'
import { PodSessions } from './pod-sessions.ts'
import { ProxyTurns } from './proxy-access.ts'
import { readInTurn } from './read-in-turn.ts'
import { retryDelay } from './retry.ts'
import { type RoundResult, round, stoppedBy } from './round.ts'
import type { Slots } from './slots.ts'
import { DEADLY_FAILURE, differs, type Failure, initialState, type ProxyState, type Run, unlessSame } from './state.ts'
import type { LeftAddresses } from './stranded.ts'

export type WorkerOptions = {
  readonly connect: (proxy: ProxyRef) => Driver
  /** Shared by all workers: equal configs are compared once. */
  readonly compare: Compare
  /** Shared by all workers. */
  readonly leftAddresses: LeftAddresses
  /** Shared by all workers: limits how many full reads run at once. */
  readonly fullReads: Slots
  /** Shared by all workers: how often each proxy is audited. */
  readonly audits: AuditBudget
  /** Default: pods are unknown, and none counts as deleted. */
  readonly pods?: PodAddresses
  readonly clock: Clock
  /** A fresh id at each call, and a number from 0 to 1 for jitter. */
  readonly random: { id(): string; fraction(): number }
  readonly onChange: () => void
  /**
   * Interval of heartbeats, which check that the proxy is still the process that was filled, in milliseconds. Default:
   * 60,000 if its driver would detect the end of the process, else 3,000.
   */
  readonly heartbeat?: number
  /** Default: events are discarded. */
  readonly telemetry?: Telemetry
}

export class Worker {
  readonly #options: WorkerOptions
  readonly #driver: Driver
  readonly #stopped = new AbortController()
  readonly #waker: Waker
  readonly #audits: AuditSchedule
  readonly #crashes = new CrashTracker()
  readonly #podSessions: PodSessions
  /** Serializes other work on the proxy with rounds. */
  readonly turns: ProxyTurns
  #state: ProxyState
  /** Objects that failed and blocked others since the last retry was due. */
  #refused: ReadonlySet<ObjectKey> = new Set()
  #attempts = 0
  /** The time of the oldest change that has not been read back. */
  #pendingSince: number | undefined
  /** Whether the proxy may have restarted since it was last read. */
  #doubtful = false

  constructor(desired: DesiredProxy, options: WorkerOptions) {
    this.#options = options
    this.#waker = new Waker(options.clock, this.#stopped.signal)
    const { clock, random, audits } = options
    this.#audits = new AuditSchedule({ clock, fraction: () => random.fraction(), interval: () => audits.interval })
    const { pods = NO_PODS_KNOWN, leftAddresses } = options
    const onEnded = () => this.#emit({ type: 'session-ended' })
    this.#podSessions = new PodSessions({ pods, leftAddresses, onEnded })
    this.#state = initialState(desired)
    this.#driver = options.connect(desired.proxy)
    this.#driver.onDisconnect(() => this.#doubt())
    if (options.telemetry) this.#driver.onRequest(report => this.#emit({ type: 'request', ...report }))
    this.turns = new ProxyTurns(desired.proxy.key, this.#driver, this.#stopped.signal)
  }

  get state(): ProxyState {
    return this.#state
  }

  /** Sets the desired state and wakes the worker if it changed; the last call wins. */
  want(desired: DesiredProxy): void {
    if (desired === this.#state.desired) return
    const { config, retain } = this.#state.desired
    const changed = desired.config !== config || !isDeepStrictEqual(desired.retain, retain)
    this.#set({ desired, ...(changed && { phase: 'converging' as const }) })
    if (!changed) return
    this.#pendingSince ??= this.#options.clock.now()
    this.#refused = new Set()
    this.#attempts = 0
    this.#waker.wake()
  }

  /** Pods were created or deleted: sessions may have to be moved. */
  podsChanged(): void {
    if (this.#state.phase === 'converged' && this.#podSessions.isDue) this.#waker.wake()
  }

  /** Runs until `stop` is called. */
  async run(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      const wait = await this.#inTurn(signal)
      if ((await this.#waker.wait(wait)) === 'due') this.#doubtful = true
    }
    await this.#driver.close()
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** The connection broke: checks the proxy before the next heartbeat is due. */
  #doubt(): void {
    this.#doubtful = true
    this.#waker.wake()
  }

  async #inTurn(signal: AbortSignal): Promise<number> {
    try {
      return await this.turns.round(() => this.#once(signal))
    } catch (error) {
      if (error === signal.reason) return 0
      throw error
    }
  }

  /** One round. Returns how long to wait before the next, in milliseconds. */
  async #once(signal: AbortSignal): Promise<number> {
    const began = this.#options.clock.now()
    const { desired } = this.#state
    const { fullReads, audits } = this.#options
    const blocked = this.#crashes.blocked()
    const isAudit = this.#state.live !== undefined && this.#audits.due <= 0
    const trusted = await this.#trusted(signal)
    const live = trusted instanceof ProxyError ? undefined : trusted
    const result =
      trusted instanceof ProxyError
        ? stoppedBy(trusted)
        : await round({
            driver: this.#driver,
            desired: prune(desired.config, blocked),
            retain: desired.retain,
            live,
            refused: this.#refused,
            compare: this.#options.compare,
            oneByOne: this.#crashes.hasSuspects,
            readInTurn: read => readInTurn(() => audits.measured(read), this.#driver, fullReads, signal),
            filling: this.#options.random.id(),
            signal,
          })
    if (signal.aborted) return 0
    if (!live && result.live) this.#audits.done(isAudit)
    this.#podSessions.learn(this.#state.live, result.live, this.#pendingSince ?? began)
    if (!live && this.#state.strandedSessions.size > 0) this.#podSessions.doubt()
    this.#learn(result, began, blocked)
    await this.#movePodSessions(signal)
    const superseded = this.#state.desired.config !== desired.config
    return superseded ? 0 : this.#next(result)
  }

  /** Runs only on a converged proxy: its config comes first. */
  async #movePodSessions(signal: AbortSignal): Promise<void> {
    const { live, phase } = this.#state
    if (!live || phase !== 'converged' || !this.#podSessions.isDue) return
    const strandedSessions = await this.#podSessions.move(this.#driver, live, signal)
    if (strandedSessions && !isDeepStrictEqual(strandedSessions, this.#state.strandedSessions))
      this.#set({ strandedSessions })
  }

  /**
   * The config that was last read, if it is still valid: undefined if an audit is due or the proxy has restarted. An error
   * if the proxy did not respond in time: a full read would wait as long again.
   */
  async #trusted(signal: AbortSignal): Promise<ProxyState['live'] | ProxyError> {
    const { live } = this.#state
    const doubtful = this.#doubtful
    this.#doubtful = false
    if (!live || this.#audits.due <= 0) return undefined
    if (!doubtful) return live
    try {
      return (await this.#driver.isSameProcess(live, signal)) ? live : undefined
    } catch (error) {
      // If this fails in another way, the full read fails too and reports why.
      return error instanceof ProxyError && error.code === 'timeout' ? error : undefined
    }
  }

  #learn(result: RoundResult, began: number, blocked: ReadonlySet<ObjectKey>): void {
    if (result.foundEmpty !== undefined) this.#crashes.observed(result.foundEmpty)
    if (result.suspects.length > 0) this.#crashes.suspect(result.suspects)
    const complete = result.done && this.#refused.size === 0
    if (complete) this.#crashes.clear()
    const failures = this.#failures(result, blocked)
    const lastRun = result.calls > 0 ? this.#measured(result, began) : undefined
    this.#set({
      live: unlessSame(this.#state.live, result.live),
      error: result.stopped,
      failures,
      endedSessions: stillThere([...this.#state.endedSessions, ...result.endedSessions], result),
      phase: phaseOf(result, complete && failures.size === 0),
      ...(lastRun && { lastRun }),
    })
    this.#report(result, began, lastRun)
    if (complete) this.#pendingSince = undefined
  }

  /** Called after the state was set. */
  #report({ calls }: RoundResult, began: number, lastRun: Run | undefined): void {
    const { phase } = this.#state
    if (phase !== 'unknown')
      this.#emit({ type: 'round-finished', took: this.#options.clock.now() - began, calls, result: phase })
    if (!lastRun || phase !== 'converged') return
    if (lastRun.cause === 'drift') this.#emit({ type: 'drift-repaired', calls })
    else this.#emit({ type: 'change-programmed', took: lastRun.took })
  }

  #measured(result: RoundResult, began: number): Run {
    const at = this.#options.clock.now()
    const took = at - (this.#pendingSince ?? began)
    return { at, took, calls: result.calls, cause: this.#causeOf(result) }
  }

  #causeOf({ foundEmpty }: RoundResult): Run['cause'] {
    const isDrift = foundEmpty === false && this.#state.phase === 'converged' && this.#pendingSince === undefined
    return isDrift ? 'drift' : 'change'
  }

  #failures(result: RoundResult, blocked: ReadonlySet<ObjectKey>): ReadonlyMap<ObjectKey, Failure> {
    const before = this.#state.failures
    const failures = new Map<ObjectKey, Failure>([...blocked].map(key => [key, DEADLY_FAILURE]))
    for (const key of this.#refused) {
      const known = before.get(key)
      if (known) failures.set(key, known)
    }
    for (const [key, failure] of result.failures)
      failures.set(key, { ...failure, attempts: (before.get(key)?.attempts ?? 0) + 1 })
    return failures
  }

  /** How long to wait after the round, in milliseconds. */
  #next(result: RoundResult): number {
    if (result.stopped) return this.#retry('unreachable')
    if (result.obstacles.length > 0) {
      // Continue immediately without the failed objects, which are retried later.
      this.#refused = new Set([...this.#refused, ...result.obstacles])
      return 0
    }
    if (!result.done || result.failures.size > 0 || this.#refused.size > 0) return this.#retry('failing')
    this.#attempts = 0
    const { heartbeat = this.#driver.isWatching() ? 60_000 : 3000 } = this.#options
    return result.live ? Math.max(0, Math.min(heartbeat, Math.ceil(this.#audits.due))) : 0
  }

  #retry(reason: 'unreachable' | 'failing'): number {
    this.#refused = new Set()
    this.#attempts += 1
    const delay = retryDelay(reason, this.#attempts, this.#options.random.fraction())
    this.#emit({ type: 'retry', reason, attempt: this.#attempts, delay })
    return delay
  }

  #emit(event: OfOneProxy): void {
    const { telemetry = noTelemetry } = this.#options
    telemetry({ ...event, proxy: this.#state.desired.proxy.key })
  }

  /** Notifies only if the state differs: a round without changes must not trigger a report. */
  #set(change: Partial<ProxyState>): void {
    const isNews = differs(this.#state, change)
    this.#state = { ...this.#state, ...change }
    if (isNews) this.#options.onChange()
  }
}

/** An event without its proxy. */
type OfOneProxy =
  Extract<TelemetryEvent, { readonly proxy: string }> extends infer Event
    ? Event extends unknown
      ? Omit<Event, 'proxy'>
      : never
    : never

function stillThere(listeners: readonly string[], { live }: RoundResult): ReadonlySet<string> {
  return new Set(live ? listeners.filter(name => live.listeners.has(name)) : listeners)
}

function phaseOf({ stopped, failures }: RoundResult, complete: boolean): ProxyState['phase'] {
  if (stopped) return 'unreachable'
  if (complete) return 'converged'
  return failures.size > 0 ? 'failing' : 'converging'
}
