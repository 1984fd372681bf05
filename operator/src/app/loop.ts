/**
 * The reconcile loop, which owns the mutable state. It is level-based: whenever the source or a proxy changes, it reads the
 * whole snapshot, translates it, and hands the desired fleet to the workers.
 */
import { isDeepStrictEqual } from 'node:util'
import { createCompare } from '@l7mesh/proxy-client'
import { type Clock, Waker } from '../clock.ts'
import { Fleet, type FleetOptions } from '../converge/fleet.ts'
import { KnownPods } from '../converge/pod-addresses.ts'
import type { ProxyAccess } from '../converge/proxy-access.ts'
import { retaining, unknownVersions } from '../converge/unknown-versions.ts'
import type { Report } from '../report/report.ts'
import { createStatuses, type Rejections, type ResourceStatus, type StatusInput } from '../report/status.ts'
import type { Resolutions } from '../resolve/resolutions.ts'
import { EMPTY_SNAPSHOT, type ResourceKey, type Snapshot, type Source } from '../sources/snapshot.ts'
import { noTelemetry, type Telemetry } from '../telemetry/telemetry.ts'
import type { DesiredFleet } from '../translate/desired.ts'

export type LoopOptions = {
  readonly source: Source & { rejected(): Rejections; readonly generationOf?: StatusInput['generationOf'] }
  readonly translate: (snapshot: Snapshot) => DesiredFleet
  readonly workers: Omit<FleetOptions, 'onChange' | 'clock' | 'telemetry' | 'compare'>
  readonly clock: Clock
  /** Default: none. */
  readonly telemetry?: Telemetry
  /** Whether this process may call proxies now; checked in each pass. Default: always. */
  readonly mayWrite?: () => boolean
  /** Resolves domain names. Default: no name is resolved. */
  readonly names?: LoopNames | undefined
  /** Called after each pass, at most once for all changes in one turn of the event loop. */
  readonly onReport: (report: Report) => void
}

export type LoopNames = {
  want(fleet: DesiredFleet, snapshot: Snapshot): void
  resolutions(): Resolutions
}

/** An empty fleet: no proxy is reconciled, and their configs stay. */
const NO_FLEET: DesiredFleet = { proxies: new Map(), verdicts: new Map(), destinations: new Map() }

/** The interval in which the loop runs without changes, in milliseconds, as a heartbeat for the health checks. */
export const BEAT = 5000

export class Loop {
  readonly #options: LoopOptions
  readonly #fleet: Fleet
  #wake: () => void = () => {}
  #desired: DesiredFleet = NO_FLEET
  /** VirtualServices without a usable version. */
  #unknown: readonly string[] = []
  /** Shared with the workers, so that equal configs are compared once. */
  readonly #compare = createCompare()
  readonly #statuses = createStatuses({ compare: this.#compare })
  #beatAt = Number.NEGATIVE_INFINITY
  #translated: { readonly snapshot: Snapshot; readonly fleet: DesiredFleet } | undefined
  /** The pods that workers know. */
  readonly #pods = new KnownPods()
  /** Pauses translation, so that proxies take precedence. */
  #rests = false

  constructor(options: LoopOptions) {
    this.#options = options
    this.#fleet = new Fleet({
      pods: this.#pods,
      ...options.workers,
      compare: this.#compare,
      clock: options.clock,
      ...(options.telemetry && { telemetry: options.telemetry }),
      onChange: () => this.#wake(),
    })
  }

  /** Runs until the signal aborts; then the proxies are left as they are. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, onReport, clock } = this.#options
    const waker = new Waker(clock, signal)
    this.#wake = () => waker.wake()
    const sourceEnded = source.run(signal, this.#wake)
    let why: 'due' | 'woken' = 'woken'
    while (!signal.aborted) {
      this.#beatAt = clock.now()
      if (why === 'woken') {
        this.#reconcile()
        onReport(this.report())
      }
      why = await waker.wait(BEAT)
    }
    await Promise.all([sourceEnded, this.#fleet.stop()])
  }

  /** Access to the proxies that this process reconciles. */
  get proxies(): ProxyAccess {
    return this.#fleet
  }

  /** Requests another pass: something has changed that neither the source nor a proxy reports. */
  wake(): void {
    this.#wake()
  }

  /** Milliseconds since the last pass. */
  get sinceLastRound(): number {
    return this.#options.clock.now() - this.#beatAt
  }

  report(): Report {
    const { source, names } = this.#options
    const resolved = names?.resolutions()
    const proxies = this.#fleet.states()
    const translated = this.#translated
    let computed: ReadonlyMap<ResourceKey, ResourceStatus> | undefined
    return {
      snapshot: translated?.snapshot,
      fleet: translated?.fleet,
      leads: translated !== undefined && this.#desired === translated.fleet,
      proxies,
      phases: this.#fleet.phases(),
      compare: this.#compare,
      problems: source.problems(),
      statuses: () => {
        computed ??= translated
          ? this.#statuses({
              ...translated,
              proxies,
              rejected: source.rejected(),
              generationOf: source.generationOf,
              ...(resolved && { resolved }),
            })
          : new Map()
        return computed
      },
    }
  }

  #reconcile(): void {
    const { mayWrite } = this.#options
    this.#translate()
    // A standby translates too, so that it can take over at once.
    const desired = (mayWrite?.() ?? true) ? this.#translated?.fleet : NO_FLEET
    if (!desired) return
    const unknown = unknownVersions(this.#translated?.snapshot ?? EMPTY_SNAPSHOT, this.#options.source.rejected())
    if (desired !== this.#desired || !isDeepStrictEqual(unknown, this.#unknown)) {
      this.#desired = desired
      this.#unknown = unknown
      this.#fleet.want(retaining(desired, unknown))
    }
    // Afterwards: if another pod immediately gets the address of a deleted one, the address counts as released only after its
    // endpoint was removed.
    const pods = this.#translated?.snapshot.pods
    if (pods && this.#pods.learn(pods, this.#options.clock.now())) this.#fleet.podsChanged()
  }

  /**
   * Under continuous changes, translation takes at most a fifth of the time, so that earlier changes reach the proxies
   * meanwhile; it takes more only if a pass is so long that the next changes would wait for seconds. The first change after
   * a pause is translated immediately.
   */
  #translate(): void {
    const { source, translate, clock, telemetry = noTelemetry } = this.#options
    if (this.#rests) return
    const began = clock.now()
    const snapshot = source.snapshot()
    if (!snapshot || snapshot === this.#translated?.snapshot) return
    telemetry({ type: 'snapshot-read', resources: resourcesIn(snapshot) })
    const fleet = translate(snapshot)
    const took = clock.now() - began
    const changed = changedProxies(this.#translated?.fleet, fleet)
    telemetry({ type: 'translated', took, proxies: fleet.proxies.size, changed })
    this.#translated = { snapshot, fleet }
    this.#options.names?.want(fleet, snapshot)
    const rest = Math.min(REST * (clock.now() - began), LONGEST_REST)
    if (rest <= 0) return
    this.#rests = true
    clock.after(rest, () => {
      this.#rests = false
      this.#wake()
    })
  }
}

/** The pause after a translation, as a multiple of the time that it took. */
const REST = 4

/** The longest time that a change waits because of the previous pass, in milliseconds. */
export const LONGEST_REST = 500

function resourcesIn({ virtualServices, targets, rules, routes }: Snapshot): number {
  return virtualServices.size + targets.size + rules.size + routes.size
}

/** The number of proxies whose desired config changed. Equal configs are the same object. */
function changedProxies(before: DesiredFleet | undefined, after: DesiredFleet): number {
  return [...after.proxies].filter(([key, { config }]) => before?.proxies.get(key)?.config !== config).length
}
