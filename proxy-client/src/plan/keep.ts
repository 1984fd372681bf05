/**
 * Keeps live listeners that differ from the desired ones if replacing them would have no effect, or less benefit than the
 * sessions that it would end. Fields without an effect on a proxy, like `path`, do not count as differences. A change of
 * `track` (how long ended sessions can be read) replaces a listener only if its sessions survive that. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Config, Listener, ListenerSpec } from '../model.ts'
import { resourceOfListener } from '../names.ts'
import type { Compare } from './compare.ts'
import { copy, endsItsSessions, isSingleton } from './configs.ts'

/** The desired config with the kept listeners of `live`. Returns the same value if there are none. */
export function keepListeners(desired: Config, live: Config, { match, same }: Compare): Config {
  const { missing, surplus } = match(live.listeners, desired.listeners)
  if (missing.length === 0) return desired
  const candidates = Map.groupBy(surplus, ({ name }) => resourceOfListener(name))
  const stay = missing.flatMap(wanted => {
    const resource = resourceOfListener(wanted.name)
    const others = resource === undefined ? [] : (candidates.get(resource) ?? [])
    const held = others.find(listener => isAsGood(listener, wanted, same))
    return held ? [{ wanted, held }] : []
  })
  if (stay.length === 0) return desired
  const listeners = copy(desired.listeners)
  for (const { wanted, held } of stay) {
    listeners.delete(wanted.name)
    listeners.set(held.name, held)
  }
  return { ...desired, listeners }
}

function isAsGood(held: Listener, wanted: Listener, same: Compare['same']): boolean {
  return (
    held.rules === wanted.rules &&
    (same(held.options, wanted.options) || endsItsSessions(wanted.spec)) &&
    isDeepStrictEqual(effectOf(held.spec), effectOf(wanted.spec))
  )
}

/** Specs with the same effect have an equal result: defaults are filled in, and fields without an effect are omitted. */
function effectOf(spec: ListenerSpec): object {
  switch (spec.protocol) {
    case 'HTTP':
    case 'WebSocket':
      return { ...spec, path: '' }
    case 'UDP':
      return { address: '0.0.0.0', ...spec, options: { mode: isSingleton(spec) ? 'singleton' : 'server' } }
    case 'JSONSocket':
      return { ...spec, transport: effectOf(spec.transport) }
    default:
      return spec
  }
}
