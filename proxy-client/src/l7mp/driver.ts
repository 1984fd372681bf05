/** The driver for l7mp 0.5.7: one request per object or tree, verified by a connection and by reading back. */
import type { Calls } from '../apply/calls.ts'
import type { Applied, ApplyInput, Driver, InternPool, ReadOptions, RequestReport } from '../apply/driver.ts'
import { execute } from '../apply/execute.ts'
import { interning } from '../apply/interned-reads.ts'
import type { Obstacle, Probe } from '../apply/probe.ts'
import { readBack } from '../apply/read-back.ts'
import { type Reads, readAll } from '../apply/reads.ts'
import { ProxyError } from '../errors.ts'
import type { Config } from '../model.ts'
import { MARKER } from '../names.ts'
import type { Plan } from '../plan/call.ts'
import { difference } from '../plan/diff.ts'
import { plan } from '../plan/plan.ts'
import { adapted } from './adapt.ts'
import type { KnownLists, ReadList } from './known-lists.ts'
import type { Presence } from './presence.ts'
import type { Disconnection } from './transport.ts'

/** The parts of a driver. A ProxyClient implements three of them. */
export type L7mpDriverOptions = {
  readonly calls: Calls
  readonly reads: Reads
  readonly client: {
    onDisconnect(callback: (why: Disconnection) => void): unknown
    onRequest(callback: (report: RequestReport) => void): unknown
    close(): Promise<void>
    /** Default: each response is parsed. */
    readonly readList?: ReadList
  }
  readonly probe: Probe
  /** Default: obstacles are unknown. */
  readonly obstacle?: Obstacle | undefined
  /** Default: the end of the process is detected only by calls. */
  readonly presence?: Presence
  /** Shared by the drivers of a fleet, so that equal responses are parsed once. Default: each response is parsed. */
  readonly lists?: KnownLists | undefined
}

export function l7mpDriver(options: L7mpDriverOptions): Driver {
  const { calls, reads, client, probe, obstacle, presence } = options
  return {
    adapt: adapted,
    plan({ live, desired, compare, filling }) {
      const { diff, target } = difference(live, desired, compare)
      return plan({ diff, target, live, ...(filling !== undefined && { filling }) })
    },
    async read({ pool, signal }: ReadOptions = {}) {
      const live = await readEverything(options, pool, signal)
      presence?.confirm()
      return live
    },
    async apply(steps: Plan, input: ApplyInput): Promise<Applied> {
      const { oneByOne = false } = input
      const execution = await execute(steps, { calls, probe, obstacle, oneByOne })
      const { outcomes, stopped } = execution
      if (stopped) return { outcomes, stopped, live: undefined }
      try {
        const live = await readBack({ ...input, execution, reads: pooled(reads, input) })
        return { outcomes, stopped, live }
      } catch (error) {
        if (error instanceof ProxyError) return { outcomes, stopped: error, live: undefined }
        throw error
      }
    },
    async isSameProcess(live, signal) {
      const marker = await reads.rulelists.get(MARKER, signal)
      presence?.confirm()
      return marker?.rules[0] === live.rulelists.get(MARKER)?.rules[0]
    },
    sessions: signal => calls.sessions(signal),
    endSession: (name, signal) => calls.deleteSession(name, signal),
    // Closing an idle connection does not indicate that the proxy died.
    onDisconnect(callback) {
      client.onDisconnect(why => why === 'lost' && callback())
      presence?.onLost(callback)
    },
    isWatching: () => presence?.isWatching ?? false,
    onRequest: callback => void client.onRequest(callback),
    close() {
      presence?.close()
      return client.close()
    },
  }
}

function readEverything(
  { reads, client, lists }: L7mpDriverOptions,
  pool: InternPool | undefined,
  signal: AbortSignal | undefined,
): Promise<Config> {
  if (!lists || !pool || !client.readList) return readAll(pooled(reads, pool), signal)
  return lists.read(client.readList.bind(client), pool, signal)
}

function pooled(reads: Reads, pool: InternPool | undefined): Reads {
  return pool ? interning(reads, pool.desired, pool.compare) : reads
}
