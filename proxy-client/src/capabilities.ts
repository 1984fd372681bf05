/**
 * What the preload of a proxy mends. l7mp 0.5.7 does none of it by itself, so whoever relies on one asks for it first.
 * The preload (operator/src/local/harden.cjs) writes the names into the rulelist `HARDENED` when the proxy starts.
 */
import type { Config } from './model.ts'
import { HARDENED } from './names.ts'

export const CAPABILITIES = [
  /** An endpoint is connected at its own port, `spec.port`, where it has one. */
  'endpoint-ports',
] as const
export type Capability = (typeof CAPABILITIES)[number]

/** None for a proxy without the preload, or with an older one. Names that are not known here are left out. */
export function capabilitiesOf({ rulelists }: Pick<Config, 'rulelists'>): ReadonlySet<Capability> {
  const announced = new Set<string>(rulelists.get(HARDENED)?.rules)
  return new Set(CAPABILITIES.filter(name => announced.has(name)))
}
