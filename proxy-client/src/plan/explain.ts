/** Formats plans for people: one line per call, and the differences between an object and its predecessor. */
import jsonpatch, { type Operation } from 'fast-json-patch'
import type { Config, Json, ObjectKind } from '../model.ts'
import type { Call, Plan } from './call.ts'
import { type EndedSessions, endedBy } from './ended-sessions.ts'

/** A step as a line. */
export type Explained = {
  readonly line: string
  /** The differences to the predecessor, if it is known. */
  readonly changes: readonly string[]
  readonly ends: readonly EndedSessions[]
}

/** A predecessor is the object of `live` of the same kind whose name differs only in its hash. */
export function explain({ steps }: Plan, live: Config): readonly Explained[] {
  const predecessors = predecessorsIn(live)
  return steps.map(({ call }) => ({
    line: line(call),
    changes: changes(call, predecessors),
    ends: endedBy(call, live),
  }))
}

function line(call: Call): string {
  switch (call.op) {
    case 'create':
      return `+ ${call.kind} ${call.object.name}${call.kind === 'endpoint' ? ` in ${call.cluster}` : ''}`
    case 'insert':
      return `+ ${call.rulelist}[${call.position}] = ${call.rule}`
    case 'remove':
      return `- ${call.rulelist}[${call.position}] = ${call.rule}`
    case 'replace':
      return `~ listener ${call.old.name} -> ${call.listener.name}`
    case 'delete':
      return `- ${call.kind} ${call.name}`
    case 'end-sessions':
      return `- sessions of ${call.listeners}*`
  }
}

type Named = { readonly name: string }

function changes(call: Call, predecessors: ReadonlyMap<string, Named>): readonly string[] {
  if (call.op === 'replace') return compare(call.old, call.listener)
  if (call.op !== 'create') return []
  const before = predecessors.get(stem(call.kind, call.object.name))
  return before ? compare(before, call.object) : []
}

function compare(before: Named, after: Named): readonly string[] {
  return jsonpatch
    .compare(before, after)
    .filter(({ path }) => path !== '/name' && !path.startsWith('/endpoints'))
    .map(operation => change(operation, before))
}

function change(operation: Operation, before: Named): string {
  const value = 'value' in operation ? show(operation.value as Json) : ''
  switch (operation.op) {
    case 'replace':
      return `${operation.path}: ${show(jsonpatch.getValueByPointer(before, operation.path) as Json)} -> ${value}`
    case 'remove':
      return `${operation.path}: ${show(jsonpatch.getValueByPointer(before, operation.path) as Json)} is removed`
    default:
      return `${operation.path}: ${value} is new`
  }
}

function show(value: Json): string {
  return JSON.stringify(value)
}

/** If several objects share a stem (the rules of one list), predecessors are ambiguous. */
function predecessorsIn(live: Config): ReadonlyMap<string, Named> {
  const found = new Map<string, Named | undefined>()
  const kinds: readonly (readonly [ObjectKind, ReadonlyMap<string, Named>])[] = [
    ['cluster', live.clusters],
    ['route', live.routes],
    ['rule', live.rules],
    ['listener', live.listeners],
  ]
  for (const [kind, objects] of kinds)
    for (const object of objects.values()) {
      const key = stem(kind, object.name)
      found.set(key, found.has(key) ? undefined : object)
    }
  return new Map([...found].flatMap(([key, object]) => (object ? [[key, object] as const] : [])))
}

function stem(kind: ObjectKind, name: string): string {
  return `${kind} ${name.slice(0, name.lastIndexOf('@'))}`
}
