/** The calls of a proxy on a config in memory, with a hook for each. */

import type { Calls } from '../src/apply/calls.ts'
import { type Config, EMPTY_CONFIG, type Session, type Tree } from '../src/model.ts'
import type { Call, Plan } from '../src/plan/call.ts'
import { createCompare } from '../src/plan/compare.ts'
import { difference } from '../src/plan/diff.ts'
import { plan } from '../src/plan/plan.ts'
import { apply } from './mirror.ts'

export type Scripted = {
  readonly calls: Calls
  readonly made: readonly Call[]
  readonly trees: readonly Tree[]
  readonly endedSessions: readonly string[]
  config(): Config
}

/** `before` may throw instead of the call. */
export function scripted(options: {
  readonly config?: Config
  readonly sessions?: readonly Session[]
  readonly before?: (call: Call, n: number) => void
}): Scripted {
  const made: Call[] = []
  const trees: Tree[] = []
  const endedSessions: string[] = []
  let config = options.config ?? EMPTY_CONFIG
  const make = async (call: Call) => {
    options.before?.(call, made.length)
    made.push(call)
    config = apply(config, call)
  }
  const calls: Calls = {
    createCluster: object => make({ op: 'create', kind: 'cluster', object }),
    createEndpoint: (cluster, object) => make({ op: 'create', kind: 'endpoint', cluster, object }),
    createRoute: object => make({ op: 'create', kind: 'route', object }),
    createRule: object => make({ op: 'create', kind: 'rule', object }),
    createRuleList: object => make({ op: 'create', kind: 'rulelist', object }),
    createTree: async tree => {
      trees.push(tree)
      const { clusters, routes, rules, rulelist } = tree
      const before = config
      try {
        for (const object of clusters) await make({ op: 'create', kind: 'cluster', object })
        for (const object of routes) await make({ op: 'create', kind: 'route', object })
        for (const object of rules) await make({ op: 'create', kind: 'rule', object })
        await make({ op: 'create', kind: 'rulelist', object: rulelist })
      } catch (error) {
        config = before
        throw error
      }
    },
    createListener: object => make({ op: 'create', kind: 'listener', object }),
    replaceListener: async (name, listener) => {
      const old = config.listeners.get(name)
      if (old) await make({ op: 'replace', old, listener, endsSessions: false })
    },
    insertRule: (rulelist, position, rule) => make({ op: 'insert', rulelist, position, rule }),
    removeRuleAt: (rulelist, position) =>
      make({ op: 'remove', rulelist, position, rule: config.rulelists.get(rulelist)?.rules[position] ?? '' }),
    deleteObject: (kind, name) => make({ op: 'delete', kind, name }),
    sessions: async () => options.sessions ?? [],
    deleteSession: async name => void endedSessions.push(name),
  }
  return { calls, made, trees, endedSessions, config: () => config }
}

export function planFor(live: Config, desired: Config): Plan {
  const { diff, target } = difference(live, desired, createCompare())
  return plan({ diff, target, live })
}
