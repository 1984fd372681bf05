/** One operator with a mesh of one size: what it costs to start, when nothing happens, and by each change. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Background, backgroundOf, between } from './background.ts'
import { CHANGES, type Change, stepOf } from './changes.ts'
import { ScaleCluster } from './cluster.ts'
import { ProxyFleet } from './fleet.ts'
import type { Size } from './manifests.ts'
import { OperatorProcess } from './operator.ts'

export type Measured = {
  /** MiB: the most while starting, when nothing has happened for a minute, and the most after all changes. */
  readonly memory: { readonly starting: number; readonly settled: number; readonly ever: number }
  /** CPU and wall time from the start to the last status, in milliseconds. */
  readonly start: { readonly cpu: number; readonly took: number }
  /** Share of a core when nothing happens. */
  readonly idle: number
  /** CPU time of each in milliseconds, without what passes when nothing happens, and how many requests it took. */
  readonly changes: ReadonlyMap<Change, readonly Cost[]>
  /** From a changed endpoint to the last proxy read back, in milliseconds. */
  readonly latencies: readonly number[]
}
type Cost = { readonly cpu: number; readonly requests: number }

/** As long as the interval of audits: each proxy is read in full once. In milliseconds. */
const IDLE = 60_000
const SAMPLE = 1000
/** After so long without a write everything is over, in milliseconds. */
const QUIET = 400
const REPEATS = 5
/** Endpoints are changed so often, or for so long in milliseconds. */
const LATENCIES = { most: 100, time: 30_000 }
const PATIENCE = 240_000

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
    return await new Mesh(size, cluster, fleet, operator).measure(began, read)
  } finally {
    for (const stop of stack.toReversed()) await stop()
  }
}

class Mesh {
  readonly #size: Size
  readonly #cluster: ScaleCluster
  readonly #fleet: ProxyFleet
  readonly #operator: OperatorProcess

  constructor(size: Size, cluster: ScaleCluster, fleet: ProxyFleet, operator: OperatorProcess) {
    this.#size = size
    this.#cluster = cluster
    this.#fleet = fleet
    this.#operator = operator
  }

  async measure(began: number, read: Promise<number>): Promise<Measured> {
    await patient('all proxies are read', read)
    while (!this.#cluster.isTold()) {
      if (performance.now() - began > PATIENCE) throw new Error('not all statuses were written')
      await sleep(50)
    }
    await this.#quiet()
    const start = { cpu: this.#operator.cpu(), took: performance.now() - began - QUIET }
    const starting = this.#operator.memory().peak
    const { share: idle, background } = await this.#idle()
    const settled = this.#operator.memory().now
    const latencies = await this.#latencies(background)
    const changes = new Map<Change, readonly Cost[]>([['a changed endpoint', latencies.costs]])
    for (const change of CHANGES)
      if (change !== 'a changed endpoint') changes.set(change, await this.#repeated(change, background))
    const ever = this.#operator.memory().peak
    return { memory: { starting, settled, ever }, start, idle, changes, latencies: latencies.times }
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

  async #latencies(
    background: Background,
  ): Promise<{ readonly times: readonly number[]; readonly costs: readonly Cost[] }> {
    const times: number[] = []
    const costs: Cost[] = []
    const until = performance.now() + LATENCIES.time
    for (let n = 1; n <= LATENCIES.most && performance.now() < until; n++) {
      const { took, cost } = await this.#change('a changed endpoint', n, background)
      times.push(took)
      costs.push(cost)
    }
    return { times, costs }
  }

  async #repeated(change: Change, background: Background): Promise<readonly Cost[]> {
    const costs: Cost[] = []
    for (let n = 1; n <= REPEATS; n++) costs.push((await this.#change(change, n, background)).cost)
    return costs
  }

  async #change(
    change: Change,
    n: number,
    background: Background,
  ): Promise<{ readonly took: number; readonly cost: Cost }> {
    const { apply, sight, proxies } = await stepOf(change, n, this.#size, this.#cluster, this.#fleet)
    await this.#quiet()
    const before = await this.#fleet.traffic()
    const cpu = this.#operator.cpu()
    const since = performance.timeOrigin + performance.now()
    const seen = sight === undefined ? Promise.resolve(since) : this.#fleet.seen(sight, proxies)
    apply()
    const at = await patient(`${change}, read back`, seen)
    await this.#quiet()
    const spent = this.#operator.cpu() - cpu
    const requests = between(before, await this.#fleet.traffic())
    const cost = { cpu: Math.max(0, spent - background(requests)), requests: requests.others }
    return { took: at - since, cost }
  }

  /** Nothing has been written for a while, neither to proxies nor to the API server. */
  async #quiet(): Promise<void> {
    const began = performance.timeOrigin + performance.now()
    for (;;) {
      const { lastWrite } = await this.#fleet.traffic()
      const left =
        Math.max(began, lastWrite, this.#cluster.lastWrite) + QUIET - performance.timeOrigin - performance.now()
      if (left <= 0) return
      await sleep(left)
    }
  }
}

async function patient<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not within ${PATIENCE} ms: ${what}`)), PATIENCE)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
