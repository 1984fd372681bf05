/**
 * The one loop that owns what changes: whenever the source or a proxy has news, it looks at everything again, from a
 * whole snapshot to the desired fleet and on to the workers. An event says no more than that it is time to look.
 */
import { Alarm, type Clock } from './clock.ts'
import { Fleet } from './converge/fleet.ts'
import type { ProxyState } from './converge/state.ts'
import type { WorkerOptions } from './converge/worker.ts'
import { type Rejections, type ResourceStatus, statuses } from './report/status.ts'
import type { ResourceKey, Snapshot, Source, SourceProblem } from './sources/snapshot.ts'
import type { DesiredFleet } from './translate/desired.ts'

export type LoopOptions = {
  readonly source: Source & { rejected(): Rejections }
  readonly translate: (snapshot: Snapshot) => DesiredFleet
  readonly workers: Omit<WorkerOptions, 'onChange' | 'clock'>
  readonly clock: Clock
  /** Called after each look at the world, at most once for all that happened in one turn of the event loop. */
  readonly onReport: (report: Report) => void
}

/** Everything that there is to tell at one moment. */
export type Report = {
  /** undefined until the source has been read once. */
  readonly snapshot: Snapshot | undefined
  readonly fleet: DesiredFleet | undefined
  readonly proxies: ReadonlyMap<string, ProxyState>
  readonly problems: readonly SourceProblem[]
  /** Computed when it is first asked for. */
  statuses(): ReadonlyMap<ResourceKey, ResourceStatus>
}

export class Loop {
  readonly #options: LoopOptions
  readonly #fleet: Fleet
  #wake: () => void = () => {}
  #translated: { readonly snapshot: Snapshot; readonly fleet: DesiredFleet } | undefined

  constructor(options: LoopOptions) {
    this.#options = options
    this.#fleet = new Fleet({ ...options.workers, clock: options.clock, onChange: () => this.#wake() })
  }

  /** Runs until the signal aborts; then the proxies are left as they are. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, onReport, clock } = this.#options
    const alarm = new Alarm(clock, signal)
    this.#wake = () => alarm.ring()
    const sourceEnded = source.run(signal, this.#wake)
    while (!signal.aborted) {
      this.#look()
      onReport(this.report())
      // Nothing is ever due here: only news ends the wait.
      await alarm.wait(Number.POSITIVE_INFINITY)
    }
    await Promise.all([sourceEnded, this.#fleet.stop()])
  }

  report(): Report {
    const { source } = this.#options
    const proxies = this.#fleet.states()
    const translated = this.#translated
    let computed: ReadonlyMap<ResourceKey, ResourceStatus> | undefined
    return {
      snapshot: translated?.snapshot,
      fleet: translated?.fleet,
      proxies,
      problems: source.problems(),
      statuses: () => {
        computed ??= translated ? statuses({ ...translated, proxies, rejected: source.rejected() }) : new Map()
        return computed
      },
    }
  }

  #look(): void {
    const snapshot = this.#options.source.snapshot()
    if (!snapshot || snapshot === this.#translated?.snapshot) return
    this.#translated = { snapshot, fleet: this.#options.translate(snapshot) }
    this.#fleet.want(this.#translated.fleet)
  }
}
