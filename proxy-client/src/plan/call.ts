/** The calls to a proxy, as values. */
import type { Cluster, Endpoint, Listener, ObjectId, ObjectKind, Route, Rule, RuleList } from '../model.ts'

/**
 * A call to a proxy: one REST request, except `replace` (two in one write) and `end-sessions`. A new rulelist and the new
 * objects below it are created in one request (`treesOf`).
 */
export type Call =
  | { readonly op: 'create'; readonly kind: 'cluster'; readonly object: Cluster }
  | { readonly op: 'create'; readonly kind: 'endpoint'; readonly object: Endpoint; readonly cluster: string }
  | { readonly op: 'create'; readonly kind: 'route'; readonly object: Route }
  | { readonly op: 'create'; readonly kind: 'rule'; readonly object: Rule }
  | { readonly op: 'create'; readonly kind: 'rulelist'; readonly object: RuleList }
  | { readonly op: 'create'; readonly kind: 'listener'; readonly object: Listener }
  | { readonly op: 'insert' | 'remove'; readonly rulelist: string; readonly position: number; readonly rule: string }
  | { readonly op: 'replace'; readonly old: Listener; readonly listener: Listener; readonly endsSessions: boolean }
  | { readonly op: 'delete'; readonly kind: ObjectKind; readonly name: string }
  /** Ends the sessions of all listeners with this prefix. */
  | { readonly op: 'end-sessions'; readonly listeners: string }

export type Step = {
  /** Its index in the plan. */
  readonly id: number
  readonly call: Call
  /** The earlier steps that it depends on. */
  readonly needs: readonly number[]
}

export type Plan = { readonly steps: readonly Step[] }

/** The object that a call creates, changes or deletes; undefined for `end-sessions`. */
export function subjects(call: Call): readonly ObjectId[] {
  switch (call.op) {
    case 'create':
      return [{ kind: call.kind, name: call.object.name }]
    case 'insert':
    case 'remove':
      return [{ kind: 'rulelist', name: call.rulelist }]
    case 'replace':
      return [
        { kind: 'listener', name: call.listener.name },
        { kind: 'listener', name: call.old.name },
      ]
    case 'delete':
      return [{ kind: call.kind, name: call.name }]
    case 'end-sessions':
      return []
  }
}
