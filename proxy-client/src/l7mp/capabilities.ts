/**
 * The capabilities that a preload adds to a proxy; l7mp 0.5.7 has none of them by itself. The preload
 * (operator/src/local/preload/harden.cjs) stores their names in the rulelist `HARDENED` when the proxy starts. Pure.
 */
import type { Config } from '../model.ts'
import { HARDENED } from '../names.ts'

export const CAPABILITIES = [
  /** Endpoints are connected at their own port, `spec.port`, if they have one. */
  'endpoint-ports',
  /** Hash rings are not rebuilt for each change of endpoints, and without a key, sessions are spread evenly. */
  'even-spread',
  /** The first datagram of each new UDP client is forwarded in its own session, and the response reaches the client. */
  'first-datagrams',
  /** A UDP singleton gets a new session when its session fails or ends. */
  'singletons',
  /** A Sync cluster keeps the remaining sessions connected when one leaves, and accepts those that return. */
  'sync',
  /** A Stdio cluster uses the standard output and input of the proxy, even without a terminal. */
  'stdio',
  /** A Metric cluster uses the counter names of its spec. */
  'metric-names',
  /** Sessions with intermediate stages can be read, also from a strict proxy. */
  'session-stages',
] as const
export type Capability = (typeof CAPABILITIES)[number]

/** Empty for a proxy without the preload or with an older one. Unknown names are omitted. */
export function capabilitiesOf({ rulelists }: Pick<Config, 'rulelists'>): ReadonlySet<Capability> {
  const announced = new Set<string>(rulelists.get(HARDENED)?.rules)
  return new Set(CAPABILITIES.filter(name => announced.has(name)))
}
