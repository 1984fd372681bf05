/**
 * The one loop that owns what changes: whenever the source or a proxy has news, it looks at everything again, from a
 * whole snapshot to the desired fleet and on to the workers. An event says no more than that it is time to look.
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
  /** Default: nobody listens. */
  readonly telemetry?: Telemetry
  /** Whether this process may talk to proxies now; asked at each look. Default: always. */
  readonly mayWrite?: () => boolean
  /** Knows what domain names resolve to. Default: nothing is known of any. */
  readonly names?: LoopNames | undefined
  /** Called after each look at the world, at most once for all that happened in one turn of the event loop. */
  readonly onReport: (report: Report) => void
}

export type LoopNames = {
  want(fleet: DesiredFleet, snapshot: Snapshot): void
  resolutions(): Resolutions
}

/** Keeps no proxy, and takes nothing from any. */
const NO_FLEET: DesiredFleet = { proxies: new Map(), verdicts: new Map(), destinations: new Map() }

/** How often the loop goes round though nothing happens, in milliseconds: it shows that it still does. */
export const BEAT = 5000

export class Loop {
  readonly #options: LoopOptions
  readonly #fleet: Fleet
  #wake: () => void = () => {}
  #desired: DesiredFleet = NO_FLEET
  /** VirtualServices of which no version can be used. */
  #unknown: readonly string[] = []
  /** Shared, so that status compares nothing again that a worker has compared. */
  readonly #compare = createCompare()
  readonly #statuses = createStatuses({ compare: this.#compare })
  #beatAt = Number.NEGATIVE_INFINITY
  #translated: { readonly snapshot: Snapshot; readonly fleet: DesiredFleet } | undefined
  /** The pods that workers were told of last. */
  readonly #pods = new KnownPods()
  /** Nothing is translated now, because the proxies come first. */
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

  /** A way to work on the proxies that this process keeps. */
  get proxies(): ProxyAccess {
    return this.#fleet
  }

  /** Look again: something has changed that no source and no proxy tells of. */
  wake(): void {
    this.#wake()
  }

  /** How long ago the loop went round last, in milliseconds. */
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
    // A standby translates too, so that nothing is left to do when it takes over.
    const desired = (mayWrite?.() ?? true) ? this.#translated?.fleet : NO_FLEET
    if (!desired) return
    const unknown = unknownVersions(this.#translated?.snapshot ?? EMPTY_SNAPSHOT, this.#options.source.rejected())
    if (desired !== this.#desired || !isDeepStrictEqual(unknown, this.#unknown)) {
      this.#desired = desired
      this.#unknown = unknown
      this.#fleet.want(retaining(desired, unknown))
    }
    // After that: a pod whose address is another's at once has left it when its endpoint was no longer wanted, not before.
    const pods = this.#translated?.snapshot.pods
    if (pods && this.#pods.learn(pods, this.#options.clock.now())) this.#fleet.podsChanged()
  }

  /**
   * Under a flood of changes translation takes a fifth of the time: what is known already must get to the proxies
   * meanwhile. It takes more only where a round is so long that the next changes would wait for seconds. A change after a
   * rest is translated at once.
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

/** For how long translation rests, by how long it took. */
const REST = 4

/** In milliseconds: the longest that a change waits because of the round before it. */
export const LONGEST_REST = 500

function resourcesIn({ virtualServices, targets, rules, routes }: Snapshot): number {
  return virtualServices.size + targets.size + rules.size + routes.size
}

/** Equal configs are one value. */
function changedProxies(before: DesiredFleet | undefined, after: DesiredFleet): number {
  return [...after.proxies].filter(([key, { config }]) => before?.proxies.get(key)?.config !== config).length
}
