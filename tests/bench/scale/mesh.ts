/** One operator with a mesh of one size: what it costs to start, when nothing happens, and by each change. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Background, backgroundOf, between } from './background.ts'
import { CHANGES, type Change, ENDPOINT, stepOf } from './changes.ts'
import { ScaleCluster } from './cluster.ts'
import { ProxyFleet } from './fleet.ts'
import type { Size } from './manifests.ts'
import { OperatorProcess } from './operator.ts'

export type Measured = {
  /** MiB: the most while starting, when nothing has happened for a minute, and the most after all changes. */
  readonly memory: { readonly starting: number; readonly settled: number; readonly ever: number }
  /** CPU and wall time from the start to the last status, in milliseconds; undefined where that takes too long. */
  readonly start: { readonly cpu: number; readonly took: number } | undefined
  /** Share of a core when nothing happens. */
  readonly idle: number
  /** Those that were over in time. */
  readonly changes: ReadonlyMap<Change, readonly Cost[]>
}
export type Cost = {
  /** Without what passes when nothing happens, in milliseconds. */
  readonly cpu: number
  readonly requests: number
  /** Until the last proxy is read back, in milliseconds. */
  readonly took: number
}

/** As long as the interval of audits: each proxy is read in full once. In milliseconds. */
const IDLE = 60_000
const SAMPLE = 1000
/** After so long without a write everything is over, in milliseconds. */
const QUIET = 400
/** How often something is changed, and for how long at most, in milliseconds. */
const ENDPOINTS = { most: 100, time: 60_000 }
const OTHERS = { most: 5, time: 12_000 }
/** The first changes of endpoints are not counted: code is compiled as it is first used. */
const WARM_UP = 20
/** What takes longer is given up, in milliseconds. */
const [START, CHANGE] = [90_000, 20_000]

export async function measureMesh(size: Size): Promise<Measured> {
  const stack: (() => unknown)[] = []
  try {
    const cluster = await ScaleCluster.start()
    stack.push(() => cluster.close())
    const fleet = await ProxyFleet.start(size.proxies, size.services)
    stack.push(() => fleet.stop())
    for (let index = 0; index < size.proxies; index++) cluster.putProxy(index, fleet.addressOf(index), fleet.port)
    for (let index = 0; index < size.services; index++) {
      cluster.putService(index)
      cluster.putEndpoint(index)
      cluster.putVirtualService(index)
    }
    const began = performance.now()
    const read = fleet.seen({ url: '/listeners', found: true, text: '' })
    const operator = await OperatorProcess.start(cluster.kubeconfig())
    stack.push(() => operator.stop())
    const mesh = new Mesh(size, cluster, fleet, operator)
    stack.push(() => mesh.end())
    return await mesh.measure(began, read)
  } finally {
    for (const stop of stack.toReversed()) await stop()
  }
}

class Mesh {
  readonly #size: Size
  readonly #cluster: ScaleCluster
  readonly #fleet: ProxyFleet
  readonly #operator: OperatorProcess
  readonly #ended = new AbortController()

  constructor(size: Size, cluster: ScaleCluster, fleet: ProxyFleet, operator: OperatorProcess) {
    this.#size = size
    this.#cluster = cluster
    this.#fleet = fleet
    this.#operator = operator
  }

  async measure(began: number, read: Promise<number>): Promise<Measured> {
    const isStarted = await within(START, this.#started(read))
    const start = isStarted && { cpu: this.#operator.cpu(), took: performance.now() - began - QUIET }
    const starting = this.#operator.memory().peak
    const { share: idle, background } = await this.#idle()
    const settled = this.#operator.memory().now
    const changes = new Map<Change, readonly Cost[]>()
    // Where it is still busy with the start, nothing is to be learned of changes.
    if (start) for (const change of CHANGES) changes.set(change, await this.#repeated(change, background))
    return {
      memory: { starting, settled, ever: this.#operator.memory().peak },
      start: start || undefined,
      idle,
      changes,
    }
  }

  /** What is still waited for is given up. */
  end(): void {
    this.#ended.abort()
  }

  /** Every proxy has been read, and every status written. */
  async #started(read: Promise<number>): Promise<true> {
    await read
    while (!this.#cluster.isTold()) await sleep(50, undefined, { signal: this.#ended.signal })
    await this.#quiet()
    return true
  }

  async #idle(): Promise<{ readonly share: number; readonly background: Background }> {
    const samples: Parameters<typeof backgroundOf>[0][number][] = []
    const [cpu, began] = [this.#operator.cpu(), performance.now()]
    let before = { cpu, traffic: await this.#fleet.traffic() }
    while (performance.now() - began < IDLE) {
      await sleep(SAMPLE)
      const now = { cpu: this.#operator.cpu(), traffic: await this.#fleet.traffic() }
      samples.push({ cpu: now.cpu - before.cpu, ...between(before.traffic, now.traffic) })
      before = now
    }
    return { share: (before.cpu - cpu) / (performance.now() - began), background: backgroundOf(samples) }
  }

  /** As often as the time allows, up to the first that is given up. */
  async #repeated(change: Change, background: Background): Promise<readonly Cost[]> {
    const costs: Cost[] = []
    const { most, time } = change === ENDPOINT ? ENDPOINTS : OTHERS
    const uncounted = change === ENDPOINT ? WARM_UP : 0
    const until = performance.now() + time
    for (let n = 1; n <= most + uncounted && performance.now() < until; n++) {
      const cost = await within(CHANGE, this.#change(change, n, background))
      if (!cost) break
      if (n > uncounted) costs.push(cost)
    }
    return costs
  }

  async #change(change: Change, n: number, background: Background): Promise<Cost> {
    const { apply, sight, proxies } = await stepOf(change, n, this.#size, this.#cluster, this.#fleet)
    await this.#quiet()
    const before = await this.#fleet.traffic()
    const cpu = this.#operator.cpu()
    const since = performance.timeOrigin + performance.now()
    const seen = sight === undefined ? Promise.resolve(since) : this.#fleet.seen(sight, proxies)
    apply()
    const at = await seen
    await this.#quiet()
    const spent = this.#operator.cpu() - cpu
    const requests = between(before, await this.#fleet.traffic())
    return { took: at - since, cpu: Math.max(0, spent - background(requests)), requests: requests.others }
  }

  /** Nothing has been written for a while, neither to proxies nor to the API server. */
  async #quiet(): Promise<void> {
    const began = performance.timeOrigin + performance.now()
    for (;;) {
      const { lastWrite } = await this.#fleet.traffic()
      const left =
        Math.max(began, lastWrite, this.#cluster.lastWrite) + QUIET - performance.timeOrigin - performance.now()
      if (left <= 0) return
      await sleep(left, undefined, { signal: this.#ended.signal })
    }
  }
}

/** undefined where it takes longer, in milliseconds. */
async function within<T>(time: number, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController()
  try {
    return await Promise.race([work, sleep(time, undefined, { signal: over.signal })])
  } finally {
    over.abort()
  }
}
