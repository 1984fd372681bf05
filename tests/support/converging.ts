/**
 * Step-by-step convergence, as in the operator, on any proxy: set up a state, run rounds, inject a fault into a call.
 */
import {
  type Calls,
  type Config,
  createCompare,
  isOurs,
  type L7mpDriverOptions,
  l7mpDriver,
  MARKER,
  type ObjectKey,
  ProxyError,
  readAll,
} from '@l7mesh/proxy-client'
import { type RoundResult, round } from '../../operator/src/converge/round.ts'

const compare = createCompare()
const signal = new AbortController().signal

/** Runs rounds until the proxy has converged, at most `most`. */
export async function converge(
  connection: L7mpDriverOptions,
  desired: Config,
  most = 4,
): Promise<readonly RoundResult[]> {
  const driver = l7mpDriver(connection)
  const results: RoundResult[] = []
  let refused: ReadonlySet<ObjectKey> = new Set()
  while (results.length < most) {
    const live = results.at(-1)?.live
    const result = await round({ driver, desired, live, refused, compare, filling: 'test', signal })
    results.push(result)
    refused = new Set(result.obstacles)
    if (result.done && result.calls === 0) break
  }
  return results
}

/** Removes everything except `kept`, with which the proxy was started, and writes the config. */
export async function plant(connection: L7mpDriverOptions, config: Config, kept: ReadonlySet<string>): Promise<void> {
  await clear(connection, kept)
  await fill(connection.calls, config, kept)
}

async function clear({ calls, reads }: L7mpDriverOptions, kept: ReadonlySet<string>): Promise<void> {
  const held = await readAll(reads)
  for (const kind of ['listener', 'rulelist', 'rule', 'route', 'cluster'] as const)
    for (const name of held[`${kind}s`].keys()) if (!kept.has(name)) await calls.deleteObject(kind, name)
}

async function fill(calls: Calls, config: Config, kept: ReadonlySet<string>): Promise<void> {
  for (const cluster of [...config.clusters.values()].filter(({ name }) => !kept.has(name))) {
    await calls.createCluster(cluster)
    for (const endpoint of cluster.endpoints) await calls.createEndpoint(cluster.name, endpoint)
  }
  for (const route of config.routes.values()) await calls.createRoute(route)
  for (const rule of config.rules.values()) await calls.createRule(rule)
  for (const list of config.rulelists.values()) await calls.createRuleList(list)
  for (const listener of config.listeners.values()) await calls.createListener(listener)
}

/** Faults of one call: it is lost, it is done but its response is lost, or the proxy refuses it. */
export const MISHAPS = ['lost', 'answer lost', 'refused'] as const
export type Mishap = (typeof MISHAPS)[number]

/** A connection whose `n`th writing call fails, counted from 0. */
export function spoiled(connection: L7mpDriverOptions, n: number, mishap: Mishap): L7mpDriverOptions {
  let made = 0
  const calls = new Proxy(connection.calls, {
    get: (target, name: keyof Calls) => {
      const call = target[name].bind(target) as (...args: readonly unknown[]) => Promise<unknown>
      return async (...args: readonly unknown[]) => {
        const isHit = made++ === n
        if (isHit && mishap === 'lost') throw new ProxyError('reset', 'spoiled')
        if (isHit && mishap === 'refused') throw new ProxyError('invalid', 'spoiled')
        const result = await call(...args)
        if (isHit) throw new ProxyError('reset', 'spoiled')
        return result
      }
    },
  })
  return { ...connection, calls }
}

/** All objects of others, except the marker, in a comparable form. */
export function foreign(config: Config): readonly unknown[] {
  return Object.values(config)
    .flatMap((objects): readonly { readonly name: string }[] => [...objects.values()])
    .filter(({ name }) => !isOurs(name) && name !== MARKER)
}
