/**
 * The ordered steps that close a difference, as a value: it can be printed, tested, cut down, and not run.
 *
 * The order follows from two rules. Nothing is named before it is there: clusters, endpoints, routes, rules, rulelists,
 * listeners. Nothing goes while it is named: what replaces it comes first, and removal runs the other way round. So a
 * session that arrives between any two calls finds either the old or the new, and those that are there keep what they
 * have, since nothing is ever deleted recursively.
 */

import type { Cluster, Config, RuleList } from '../model.ts'
import { listenersOf, MARKER, orphanFlagOwner } from '../names.ts'
import type { Plan } from './call.ts'
import { clustersOf, socketOf } from './configs.ts'
import type { Diff, EndpointEdit, Replacement, RuleListEdit } from './diff.ts'
import { Ready } from './ready.ts'
import { ruleSequenceEdits } from './rule-sequence.ts'
import { Steps } from './steps.ts'

/** What the plan needs to know of the proxy beside the difference. */
export type PlanInput = {
  readonly diff: Diff
  readonly live: Config
  readonly target: Config
  /** An id for this filling of the proxy, written where the proxy has none. */
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

/** The rulelists to create or edit, those that a rule applies before those that hold the rule. */
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
  // Each position counts on the edits before it, so a failed one stops the rest of this list.
  let last: readonly number[] = []
  for (const { op, position, name: rule } of ruleSequenceEdits(from, to)) {
    const needs = op === 'insert' ? [...last, ...ready.rule(rule)] : last
    const step = steps.add({ op, rulelist: name, position, rule }, needs)
    // A list is as it should be only without the rules that had to go: they may lead nowhere.
    steps.brings(`rulelist ${name}`, step)
    if (op === 'remove') steps.frees(`rule ${rule}`, step)
    last = [step]
  }
}

function replace(steps: Steps, ready: Ready, { old, listener, endsSessions }: Replacement): void {
  const needs = ready.rulelist(listener.rules)
  if (socketOf(old.spec).startsWith('udp:')) {
    // Two UDP listeners can share a port, and the newer takes the new sessions.
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

/** The steps that take the rules out of reach that apply the rulelist. */
function appliers(steps: Steps, name: string, live: Config): readonly number[] {
  const found: number[] = []
  for (const rule of live.rules.values())
    if (rule.action.apply === name) found.push(...steps.beforeGoing(`rule ${rule.name}`))
  return found
}

/** The flag goes last, so that an attempt that failed half-way is made again. */
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

/** Written last: where it is, the proxy has been filled once since it started. */
function mark(steps: Steps, { live, filling }: PlanInput): void {
  if (filling === undefined || live.rulelists.has(MARKER)) return
  steps.add({ op: 'create', kind: 'rulelist', object: { name: MARKER, rules: [filling] } }, [])
}
