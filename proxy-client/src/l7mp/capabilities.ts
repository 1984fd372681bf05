/**
 * What the preload of a proxy mends. l7mp 0.5.7 does none of it by itself, so whoever relies on one asks for it first.
 * The preload (operator/src/local/preload/harden.cjs) writes the names into the rulelist `HARDENED` when the proxy starts. Pure.
 */
import type { Config } from '../model.ts'
import { HARDENED } from '../names.ts'

export const CAPABILITIES = [
  /** An endpoint is connected at its own port, `spec.port`, where it has one. */
  'endpoint-ports',
  /** A hash ring costs nothing while endpoints come and go, and without a key every endpoint gets its share. */
  'even-spread',
  /** The first datagram of each new client of UDP comes to its own session, and the answer back to it. */
  'first-datagrams',
  /** A singleton of UDP gets a session again when its session failed or ended. */
  'singletons',
  /** A Sync cluster joins those that stay, whoever leaves, and those that come back. */
  'sync',
  /** A Stdio cluster writes to the standard output of the proxy and reads its standard input, without a terminal too. */
  'stdio',
  /** A Metric cluster counts under the names that it is given. */
  'metric-names',
  /** Sessions with stages between their ends can be read, from a strict proxy too. */
  'session-stages',
] as const
export type Capability = (typeof CAPABILITIES)[number]

/** None for a proxy without the preload, or with an older one. Names that are not known here are left out. */
export function capabilitiesOf({ rulelists }: Pick<Config, 'rulelists'>): ReadonlySet<Capability> {
  const announced = new Set<string>(rulelists.get(HARDENED)?.rules)
  return new Set(CAPABILITIES.filter(name => announced.has(name)))
}
