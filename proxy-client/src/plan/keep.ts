/**
 * Listeners that stay as they are although another is wanted in their place, since to replace them would gain nothing, or
 * less than the sessions that it ends. What has no effect on a proxy, like a `path`, is no difference. For how long ended
 * sessions can be read (`track`) is worth a new listener only where the sessions of the old one outlive it. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Config, Listener, ListenerSpec } from '../model.ts'
import { resourceOfListener } from '../names.ts'
import type { Compare } from './compare.ts'
import { copy, endsItsSessions, isSingleton } from './configs.ts'

/** The desired config with the listeners of `live` that stay in the place of others. The same value where none does. */
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

/** Specs with one effect have one of these: what is said by leaving it out is said, and what says nothing left out. */
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
