/**
 * The sessions that calls end, which are reported to users. Sessions outlive their listener, except those that are bound to
 * its socket. Pure.
 */

import type { Config, Listener, ListenerSpec } from '../model.ts'
import { listenersOf, resourceOfListener } from '../names.ts'
import type { Call } from './call.ts'
import { endsItsSessions } from './configs.ts'

/** Sessions that end with a call. */
export type EndedSessions = {
  /** The name of their listener. */
  readonly listener: string
  /** `all`: they are ended one by one, regardless of their protocol. */
  readonly sessions: 'WebSocket' | 'UDP singleton' | 'all'
}

/** The sessions that the call would end. `live`: the config before the call. */
export function endedBy(call: Call, live: Config): readonly EndedSessions[] {
  if (call.op === 'end-sessions')
    return [...live.listeners.keys()]
      .filter(name => name.startsWith(call.listeners))
      .map(listener => ({ listener, sessions: 'all' }))
  return removedBy(call)
    .flatMap(name => live.listeners.get(name) ?? [])
    .filter(({ spec }) => endsItsSessions(spec))
    .map(({ name, spec }: Listener) => ({ listener: name, sessions: carrierOf(spec) }))
}

function carrierOf(spec: ListenerSpec): EndedSessions['sessions'] {
  if (spec.protocol === 'JSONSocket') return carrierOf(spec.transport)
  return spec.protocol === 'UDP' ? 'UDP singleton' : 'WebSocket'
}

/**
 * The listeners that replaced one of the same resource whose sessions ended. `calls`: the successful calls; `before`: the
 * config before them.
 */
export function successorsOfEnded(calls: readonly Call[], before: Config): readonly string[] {
  const gone = new Set(calls.flatMap(removedBy))
  const bereft = [...gone].flatMap(name => {
    const old = before.listeners.get(name)
    const resource = resourceOfListener(name)
    return old && resource !== undefined && endsItsSessions(old.spec) ? [listenersOf(resource)] : []
  })
  if (bereft.length === 0) return []
  const there = [...before.listeners.keys(), ...calls.flatMap(madeBy)].filter(name => !gone.has(name))
  return bereft.flatMap(prefix => there.filter(name => name.startsWith(prefix)))
}

function removedBy(call: Call): readonly string[] {
  if (call.op === 'replace') return [call.old.name]
  return call.op === 'delete' && call.kind === 'listener' ? [call.name] : []
}

function madeBy(call: Call): readonly string[] {
  if (call.op === 'replace') return [call.listener.name]
  return call.op === 'create' && call.kind === 'listener' ? [call.object.name] : []
}
