/** Reads proxies once, and says how far each is from what it should hold. Nothing is changed on them. */
import {
  adapted,
  type Config,
  createCompare,
  difference,
  type Plan,
  ProxyError,
  plan,
  readAll,
  retained,
} from '@l7mesh/proxy-client'
import type { ProxyReport } from '../../report/placements.ts'
import type { DesiredFleet, DesiredProxy, ProxyRef } from '../../translate/desired.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { World } from '../process/process-io.ts'

/** What it takes to reach proxies. */
export type ProxyReach = Pick<World, 'connect'>

export type Inspection = ProxyReport & {
  /** What would have to be done; undefined where the proxy could not be read. */
  readonly plan: Plan | undefined
}

export async function inspectFleet(
  { proxies }: DesiredFleet,
  reach: ProxyReach,
): Promise<ReadonlyMap<string, Inspection>> {
  const found = [...proxies].map(async ([key, desired]) => [key, await inspect(desired, reach)] as const)
  return new Map(await Promise.all(found))
}

export async function inspect(desired: DesiredProxy, reach: ProxyReach): Promise<Inspection> {
  const known = {
    desired,
    failures: new Map(),
    endedSessions: new Set<string>(),
    strandedSessions: new Map<string, number>(),
  }
  try {
    const live = await readLive(desired.proxy, reach)
    const needed = planFor(live, desired)
    const phase = needed.steps.length === 0 ? 'converged' : 'converging'
    return { ...known, phase, live, error: undefined, plan: needed }
  } catch (error) {
    return { ...known, phase: 'unreachable', live: undefined, error: asProxyError(error), plan: undefined }
  }
}

/** Rejects with a ProxyError. */
export async function readLive(proxy: ProxyRef, reach: ProxyReach): Promise<Config> {
  const connection = reach.connect(proxy)
  try {
    return await readAll(connection.reads)
  } finally {
    await connection.close()
  }
}

/** Throws a UserError where the proxy cannot be read. */
export async function readLiveOrFail(proxy: ProxyRef, reach: ProxyReach): Promise<Config> {
  try {
    return await readLive(proxy, reach)
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    const help =
      error.code === 'locked-out'
        ? 'Give the token that it wants in the variable L7MESH_TOKEN.'
        : 'Check the address, and that the proxy runs.'
    throw new UserError(`cannot read ${proxy.key}: ${error.message}`, { help, cause: error })
  }
}

function planFor(live: Config, { config, retain = new Set() }: DesiredProxy): Plan {
  const desired = retained(adapted(config, live), live, retain)
  return plan({ ...difference(live, desired, createCompare()), live })
}

function asProxyError(error: unknown): ProxyError {
  return error instanceof ProxyError ? error : new ProxyError('proxy-fault', messageOf(error), { cause: error })
}
