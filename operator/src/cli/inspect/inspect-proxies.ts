/** Reads proxies once and compares them with their desired config. Changes nothing. */
import { type Config, createCompare, type Plan, ProxyError, retained } from '@l7mesh/proxy-client'
import { type ProxyAccess, type ProxyReader, withOpenProxies } from '../../converge/proxy-access.ts'
import { countSessionsOnce } from '../../report/live/session-counter.ts'
import type { ProxyReport } from '../../report/placements.ts'
import type { DesiredFleet, DesiredProxy, ProxyRef } from '../../translate/desired.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { ProcessIO } from '../process/process-io.ts'

/** How to connect to proxies. */
export type ProxyReach = Pick<ProcessIO, 'connect'>

export type Inspection = ProxyReport & {
  /** The pending plan; undefined if the proxy could not be read. */
  readonly plan: Plan | undefined
}

async function inspectFleet({ proxies }: DesiredFleet, access: ProxyAccess): Promise<Inspections> {
  const found = [...proxies].map(async ([key, desired]) => [key, await inspect(desired, access)] as const)
  return new Map(await Promise.all(found))
}

export type Inspections = ReadonlyMap<string, Inspection>

/** Opens its own connections. */
export async function inspectFleetOnce(fleet: DesiredFleet, { connect }: ProxyReach): Promise<Inspections> {
  return withOpenProxies(refsOf(fleet), connect, access => inspectFleet(fleet, access))
}

/** Also counts the sessions of each proxy. */
export async function inspectWithSessions(
  fleet: DesiredFleet,
  { connect }: ProxyReach,
): Promise<readonly [Inspections, ReadonlyMap<string, number>]> {
  return withOpenProxies(refsOf(fleet), connect, access =>
    Promise.all([inspectFleet(fleet, access), countSessionsOnce(fleet.proxies.keys(), access)]),
  )
}

function refsOf({ proxies }: DesiredFleet): readonly ProxyRef[] {
  return [...proxies.values()].map(({ proxy }) => proxy)
}

export async function inspect(desired: DesiredProxy, access: ProxyAccess): Promise<Inspection> {
  const known = {
    desired,
    failures: new Map(),
    endedSessions: new Set<string>(),
    strandedSessions: new Map<string, number>(),
  }
  try {
    const { live, plan } = await access.readProxy(desired.proxy.key, proxy => compareWith(desired, proxy))
    const phase = plan.steps.length === 0 ? 'converged' : 'converging'
    return { ...known, phase, live, error: undefined, plan }
  } catch (error) {
    return { ...known, phase: 'unreachable', live: undefined, error: asProxyError(error), plan: undefined }
  }
}

/** Rejects with a ProxyError. */
export async function readLive(proxy: ProxyRef, { connect }: ProxyReach): Promise<Config> {
  return withOpenProxies([proxy], connect, access => access.readProxy(proxy.key, reader => reader.read()))
}

/** Throws a UserError if the proxy cannot be read. */
export async function readLiveOrFail(proxy: ProxyRef, reach: ProxyReach): Promise<Config> {
  try {
    return await readLive(proxy, reach)
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    const help =
      error.code === 'locked-out'
        ? 'Set its token in the variable L7MESH_TOKEN.'
        : 'Check the address, and that the proxy is running.'
    throw new UserError(`cannot read ${proxy.key}: ${error.message}`, { help, cause: error })
  }
}

async function compareWith({ config, retain = new Set() }: DesiredProxy, proxy: ProxyReader) {
  const live = await proxy.read()
  const compare = createCompare()
  const desired = retained(proxy.adapt(config, live, compare), live, retain)
  return { live, plan: proxy.plan({ live, desired, compare }) }
}

function asProxyError(error: unknown): ProxyError {
  return error instanceof ProxyError ? error : new ProxyError('proxy-fault', messageOf(error), { cause: error })
}
