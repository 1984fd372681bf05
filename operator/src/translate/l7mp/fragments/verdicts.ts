/** The verdict on each resource: its problems and notes, from all queries that read it. */
import type { Problem, Verdict } from '../../desired.ts'
import { listKey } from '../../lookup/rulelist-names.ts'
import { isStub } from '../../lookup/stubs.ts'
import { namespaceOf } from '../../names.ts'
import type { ResourceQueries } from '../build/scope.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'
import { unusedProblem } from '../references/rulelists.ts'

export function verdictOfVirtualService(key: string, queries: ResourceQueries): Verdict {
  const frontend = queries.frontend(key).verdict
  const protocol = queries.protocolOfList(key)
  const { verdict, rulesRef } = queries.ownRules(protocol, key)
  return joined([frontend, verdict, { problems: copiedProblems(protocol, rulesRef, queries), notes: [] }])
}

/** Limit of the rulelists followed: otherwise each member of a long chain would cost its length. */
const MOST_FOLLOWED = 20

/** Rules of another rulelist that end sessions there do so here. */
function copiedProblems(
  protocol: ListenerProtocol,
  rulesRef: string | undefined,
  queries: ResourceQueries,
): readonly Problem[] {
  let list = rulesRef
  for (let hops = 0; list !== undefined && hops < MOST_FOLLOWED; hops++) {
    const { verdict, rulesRef: next } = queries.ownRules(protocol, list)
    if (verdict.problems.length === 0) {
      list = next
      continue
    }
    const message = `Some of the rules of VirtualService ${list} end sessions or are left out: see its conditions.`
    return [{ condition: 'ResolvedRefs', reason: 'RefNotFound', path: 'spec.listener.rulesRef', message }]
  }
  return []
}

export function verdictOfTarget(key: string, queries: ResourceQueries): Verdict {
  return joined([queries.placementOfTarget(key).verdict, queries.target(key).verdict])
}

/** A Route depends on the rules that refer to it; its own verdict is that for UDP sessions. */
export function verdictOfRoute(key: string, queries: ResourceQueries): Verdict {
  return queries.route('udp', key).verdict
}

export function verdictOfRule(key: string, queries: ResourceQueries): Verdict {
  const list = listOfRule(key, queries)
  const { verdict } = queries.rule(protocolOfRule(key, queries), key, undefined)
  const found = { problems: unusedIn(list, key, queries), notes: notesOn(list, queries) }
  return joined([queries.placementOfRule(key).verdict, verdict, found])
}

/** What kind of sessions a Rule gets in the rulelist that it names. */
export function protocolOfRule(key: string, queries: ResourceQueries): ListenerProtocol {
  const list = listOfRule(key, queries)
  return list === undefined ? 'http' : queries.protocolOfList(list)
}

function listOfRule(key: string, { lookup }: ResourceQueries): string | undefined {
  return listKey(lookup.rules.get(key)?.spec?.rulelist, namespaceOf(key))
}

function unusedIn(list: string | undefined, rule: string, { lookup }: ResourceQueries): readonly Problem[] {
  const message = list === undefined ? undefined : unusedProblem(list, rule, lookup)
  if (message === undefined) return []
  return [{ condition: 'ResolvedRefs', reason: 'RefNotFound', path: 'spec.rulelist', message }]
}

function notesOn(list: string | undefined, { lookup }: ResourceQueries): readonly string[] {
  const service = list === undefined ? undefined : lookup.virtualServices.get(list)
  return service !== undefined && isStub(service)
    ? [`spec.rulelist: VirtualService ${list} has no rules of its own, so it has no listener that this could act on`]
    : []
}

function joined(verdicts: readonly Verdict[]): Verdict {
  return {
    problems: verdicts.flatMap(({ problems }) => problems),
    notes: [...new Set(verdicts.flatMap(({ notes }) => notes))],
  }
}
