/**
 * The plan: the ordered steps from the live to the desired config, as a value that can be printed, tested and reduced.
 *
 * The order follows from two rules. No object is referenced before it exists: clusters, endpoints, routes, rules, rulelists,
 * listeners. No object is deleted while it is referenced: its replacement is created first, and deletions have the reverse
 * order. A session that arrives between any two calls therefore uses either the old or the new objects, and existing
 * sessions keep theirs, because nothing is deleted recursively.
 */

import type { Cluster, Config, RuleList } from '../model.ts'
import { listenersOf, MARKER, orphanFlagOwner } from '../names.ts'
import type { Plan } from './call.ts'
import { clustersOf, socketOf } from './configs.ts'
import type { Diff, EndpointEdit, Replacement, RuleListEdit } from './diff.ts'
import { Ready } from './ready.ts'
import { ruleSequenceEdits } from './rule-sequence.ts'
import { Steps } from './steps.ts'

/** Further input of a plan. */
export type PlanInput = {
  readonly diff: Diff
  readonly live: Config
  readonly target: Config
  /** An id for this filling of the proxy, written if the proxy has none. */
  readonly filling?: string
}

export function plan(input: PlanInput): Plan {
  const steps = new Steps()
  create(steps, input)
  remove(steps, input)
  mark(steps, input)
  return { steps: steps.all }
}

function create(steps: Steps, input: PlanInput): void {
  const { diff, target } = input
  const ready = new Ready(steps, target)
  for (const object of diff.create.clusters) createCluster(steps, object)
  for (const edit of diff.endpoints) editEndpoints(steps, edit)
  for (const object of diff.create.routes) {
    const needs = clustersOf(object).flatMap(name => steps.before(`cluster ${name}`))
    steps.brings(`route ${object.name}`, steps.add({ op: 'create', kind: 'route', object }, needs))
  }
  for (const object of diff.create.rules) {
    const { route } = object.action
    const needs = route === undefined ? [] : ready.route(route)
    steps.brings(`rule ${object.name}`, steps.add({ op: 'create', kind: 'rule', object }, needs))
  }
  const edits = new Map(diff.rulelists.map(edit => [edit.name, edit]))
  for (const name of ruleListOrder(diff, target)) ruleList(steps, ready, target.rulelists.get(name), edits.get(name))
  for (const object of diff.create.listeners) {
    const step = steps.add({ op: 'create', kind: 'listener', object }, ready.rulelist(object.rules))
    steps.brings(`listener ${object.name}`, step)
    steps.succeeds(object.rules, step)
  }
  for (const replacement of diff.replace) replace(steps, ready, replacement)
}

function createCluster(steps: Steps, cluster: Cluster): void {
  const key = `cluster ${cluster.name}` as const
  const bare = { ...cluster, endpoints: [] }
  const made = steps.add({ op: 'create', kind: 'cluster', object: bare }, [])
  steps.brings(key, made)
  for (const object of cluster.endpoints)
    steps.brings(key, steps.add({ op: 'create', kind: 'endpoint', object, cluster: cluster.name }, [made]))
}

function editEndpoints(steps: Steps, { cluster, add, remove }: EndpointEdit): void {
  const added = add.map(object => steps.add({ op: 'create', kind: 'endpoint', object, cluster }, []))
  for (const step of added) steps.brings(`cluster ${cluster}`, step)
  for (const { name } of remove) steps.add({ op: 'delete', kind: 'endpoint', name }, added)
}

/** The rulelists to create or edit; a rulelist precedes those with rules that apply it. */
function ruleListOrder(diff: Diff, target: Config): readonly string[] {
  const wanted = new Set([...diff.create.rulelists, ...diff.rulelists].map(list => list.name))
  const ordered = new Set<string>()
  const entered = new Set<string>()
  const visit = (name: string) => {
    if (entered.has(name)) return
    entered.add(name)
    for (const applied of appliedBy(target.rulelists.get(name), target)) visit(applied)
    if (wanted.has(name)) ordered.add(name)
  }
  for (const name of wanted) visit(name)
  return [...ordered]
}

function appliedBy(list: RuleList | undefined, config: Config): readonly string[] {
  return (list?.rules ?? []).flatMap(name => config.rules.get(name)?.action.apply ?? [])
}

function ruleList(steps: Steps, ready: Ready, list: RuleList | undefined, edit: RuleListEdit | undefined): void {
  if (edit) editRuleList(steps, ready, edit)
  else if (list) {
    const needs = list.rules.flatMap(rule => ready.rule(rule))
    steps.brings(`rulelist ${list.name}`, steps.add({ op: 'create', kind: 'rulelist', object: list }, needs))
  }
}

function editRuleList(steps: Steps, ready: Ready, { name, from, to }: RuleListEdit): void {
  // Positions depend on the edits before them, so that a failed one skips the others of this list.
  let last: readonly number[] = []
  for (const { op, position, name: rule } of ruleSequenceEdits(from, to)) {
    const needs = op === 'insert' ? [...last, ...ready.rule(rule)] : last
    const step = steps.add({ op, rulelist: name, position, rule }, needs)
    // A list equals the desired one only without its surplus rules, which may have dangling references.
    steps.brings(`rulelist ${name}`, step)
    if (op === 'remove') steps.frees(`rule ${rule}`, step)
    last = [step]
  }
}

function replace(steps: Steps, ready: Ready, { old, listener, endsSessions }: Replacement): void {
  const needs = ready.rulelist(listener.rules)
  if (socketOf(old.spec).startsWith('udp:')) {
    // Two UDP listeners can share a port; the newer one gets new sessions.
    const made = steps.add({ op: 'create', kind: 'listener', object: listener }, needs)
    const gone = steps.add({ op: 'delete', kind: 'listener', name: old.name }, [made])
    steps.frees(`rulelist ${old.rules}`, gone)
    return
  }
  const swapped = steps.add({ op: 'replace', old, listener, endsSessions }, needs)
  steps.frees(`rulelist ${old.rules}`, swapped)
}

function remove(steps: Steps, { diff, live, target }: PlanInput): void {
  const gone = diff.delete
  for (const { name, rules } of gone.listeners)
    steps.frees(`rulelist ${rules}`, steps.add({ op: 'delete', kind: 'listener', name }, steps.successor(rules)))
  const flags = gone.rulelists.filter(list => orphanFlagOwner(list.name) !== undefined)
  for (const flag of flags) endOrphans(steps, flag, target)
  for (const list of gone.rulelists.filter(list => !flags.includes(list))) removeRuleList(steps, list, live)
  for (const { name, action } of gone.rules) {
    const step = steps.add({ op: 'delete', kind: 'rule', name }, steps.beforeGoing(`rule ${name}`))
    if (action.route !== undefined) steps.frees(`route ${action.route}`, step)
  }
  for (const route of gone.routes) {
    const step = steps.add({ op: 'delete', kind: 'route', name: route.name }, steps.beforeGoing(`route ${route.name}`))
    for (const cluster of clustersOf(route)) steps.frees(`cluster ${cluster}`, step)
  }
  for (const { name } of gone.clusters)
    steps.add({ op: 'delete', kind: 'cluster', name }, steps.beforeGoing(`cluster ${name}`))
}

function removeRuleList(steps: Steps, { name, rules }: RuleList, live: Config): void {
  const step = steps.add({ op: 'delete', kind: 'rulelist', name }, [
    ...steps.beforeGoing(`rulelist ${name}`),
    ...appliers(steps, name, live),
  ])
  for (const rule of rules) steps.frees(`rule ${rule}`, step)
}

/** The steps that make the rules that apply the rulelist unreachable. */
function appliers(steps: Steps, name: string, live: Config): readonly number[] {
  const found: number[] = []
  for (const rule of live.rules.values())
    if (rule.action.apply === name) found.push(...steps.beforeGoing(`rule ${rule.name}`))
  return found
}

/** The flag is deleted last, so that a failed attempt is repeated. */
function endOrphans(steps: Steps, flag: RuleList, target: Config): void {
  const listeners = listenersOf(orphanFlagOwner(flag.name) ?? flag.name)
  const stays = [...target.listeners.keys()].some(name => name.startsWith(listeners))
  const deletions = steps.all.filter(({ call }) => call.op === 'delete' && call.name.startsWith(listeners))
  const needs = stays
    ? []
    : [
        steps.add(
          { op: 'end-sessions', listeners },
          deletions.map(step => step.id),
        ),
      ]
  steps.add({ op: 'delete', kind: 'rulelist', name: flag.name }, needs)
}

/** Written last: if it exists, the proxy has been filled once since it started. */
function mark(steps: Steps, { live, filling }: PlanInput): void {
  if (filling === undefined || live.rulelists.has(MARKER)) return
  steps.add({ op: 'create', kind: 'rulelist', object: { name: MARKER, rules: [filling] } }, [])
}
