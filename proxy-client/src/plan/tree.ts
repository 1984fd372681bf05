/**
 * Trees: new rulelists with the new objects below them, which the proxy can create in one request. Determines which steps of
 * a plan can be combined. Pure.
 */

import type { Cluster, Route, Rule, RuleList, Tree } from '../model.ts'
import type { Call, Plan, Step } from './call.ts'

/** The steps of one request; the rulelist is the last. */
export type TreeSteps = { readonly tree: Tree; readonly steps: readonly Step[] }

/** A limit, because the proxy forwards nothing while it creates them. */
const MOST_OBJECTS = 12

/**
 * By the step of each rulelist with new objects below it. Trees do not contain objects that another step needs before the
 * rulelist exists, nor clusters with endpoints, because an endpoint in the body whose name is in use crashes the proxy.
 */
export function treesOf({ steps }: Plan): ReadonlyMap<number, TreeSteps> {
  const trees = new Map<number, TreeSteps>()
  let seeds: Seeds | undefined
  for (const step of steps) {
    const { call } = step
    if (call.op !== 'create' || call.kind !== 'rulelist') continue
    seeds ??= seedsOf(steps)
    const found = grow(step, call.object, seeds)
    if (found) trees.set(step.id, found)
  }
  return trees
}

/** An object to create that is not in a tree yet. */
type Seed<T> = { readonly step: Step; readonly object: T; readonly dependents: readonly number[] }

type Seeds = {
  readonly rules: Map<string, Seed<Rule>>
  readonly routes: Map<string, Seed<Route>>
  readonly clusters: Map<string, Seed<Cluster>>
}

function seedsOf(steps: readonly Step[]): Seeds {
  const seeds: Seeds = { rules: new Map(), routes: new Map(), clusters: new Map() }
  const dependents = dependentsOf(steps)
  for (const step of steps) if (step.call.op === 'create') sow(seeds, step, step.call, dependents.get(step.id) ?? [])
  return seeds
}

function sow(
  { rules, routes, clusters }: Seeds,
  step: Step,
  call: Extract<Call, { op: 'create' }>,
  dependents: readonly number[],
): void {
  const { name } = call.object
  if (call.kind === 'rule') rules.set(name, { step, object: call.object, dependents })
  else if (call.kind === 'route') routes.set(name, { step, object: call.object, dependents })
  else if (call.kind === 'cluster') clusters.set(name, { step, object: call.object, dependents })
  // It is created after its cluster.
  else if (call.kind === 'endpoint') clusters.delete(call.cluster)
}

/** The steps that depend on a step, by its id. */
function dependentsOf(steps: readonly Step[]): ReadonlyMap<number, readonly number[]> {
  const dependents = new Map<number, number[]>()
  for (const { id, needs } of steps)
    for (const need of needs) {
      const known = dependents.get(need)
      if (known) known.push(id)
      else dependents.set(need, [id])
    }
  return dependents
}

function grow(root: Step, rulelist: RuleList, seeds: Seeds): TreeSteps | undefined {
  const taken = new Map([[root.id, root]])
  const take = <T>(from: Map<string, Seed<T>>, name: string | undefined): readonly T[] => {
    const seed = name === undefined ? undefined : from.get(name)
    if (name === undefined || !seed || taken.size === MOST_OBJECTS) return []
    if (!seed.dependents.every(id => id > root.id || taken.has(id))) return []
    from.delete(name)
    taken.set(seed.step.id, seed.step)
    return [seed.object]
  }
  const rules = rulelist.rules.flatMap(name => take(seeds.rules, name))
  const routes = rules.flatMap(({ action }) => take(seeds.routes, action.route))
  // The proxy also accepts ingress and egress clusters in a tree, but they are rare.
  const clusters = routes.flatMap(({ destination }) => take(seeds.clusters, destination))
  if (taken.size === 1) return undefined
  const steps = [...taken.values()].sort((a, b) => a.id - b.id)
  return { tree: { rulelist, rules, routes, clusters }, steps }
}
