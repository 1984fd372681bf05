/** The verdict on each resource: its problems and notes, from all queries that read it. */
import type { Problem, Verdict } from '../../desired.ts'
import { isStub } from '../../lookup/stubs.ts'
import { ProblemCollector } from '../../problems.ts'
import { addedTo, forward, ownRoute, ownRule } from '../build/referenced.ts'
import type { ResourceQueries } from '../build/scope.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'
import { listOfRule, unusedProblem } from '../references/rulelists.ts'

export function verdictOfVirtualService(key: string, queries: ResourceQueries): Verdict {
  const frontend = queries.frontend(key).verdict
  const protocol = queries.protocolOfList(key)
  const { verdict, rulesRef } = queries.ownRules(protocol, key)
  return joined([frontend, verdict, verdictOnCopied(protocol, rulesRef, queries)])
}

/** Limit of the rulelists followed: otherwise each member of a long chain would cost its length. */
const MOST_FOLLOWED = 20

/**
 * The verdict on the rules that a VirtualService has by `rulesRef`. Rules that end sessions in the other rulelist end them
 * here too. They are built again for sessions of this protocol, which the conditions of their own resources do not show.
 */
function verdictOnCopied(protocol: ListenerProtocol, rulesRef: string | undefined, queries: ResourceQueries): Verdict {
  const problems = new ProblemCollector('spec.listener.rulesRef')
  let list = rulesRef
  for (let hops = 0; list !== undefined && hops < MOST_FOLLOWED && !problems.failed; hops++) {
    const own = queries.protocolOfList(list)
    const { verdict, rulesRef: next } = queries.ownRules(own, list)
    if (verdict.problems.length > 0)
      problems.add(
        'RefNotFound',
        `Some rules of VirtualService ${list} end sessions or are omitted: see its conditions.`,
      )
    if (own !== protocol) forwardBuiltFor(protocol, list, verdict, problems, queries)
    list = next
  }
  return problems.verdict()
}

function forwardBuiltFor(
  protocol: ListenerProtocol,
  list: string,
  own: Verdict,
  problems: ProblemCollector,
  queries: ResourceQueries,
): void {
  forward(addedTo(own, queries.ownRules(protocol, list).verdict), `VirtualService ${list}`, problems)
  for (const key of queries.lookup.rulesOf(list)) {
    const { verdict } = queries.rule(protocol, key, undefined)
    forward(addedTo(ownRule(key, queries).verdict, verdict), `Rule ${key}`, problems)
  }
}

export function verdictOfTarget(key: string, queries: ResourceQueries): Verdict {
  return joined([queries.placementOfTarget(key).verdict, queries.target(key).verdict])
}

/** A Route depends on the rules that refer to it; its own verdict is that for UDP sessions. */
export function verdictOfRoute(key: string, queries: ResourceQueries): Verdict {
  return ownRoute(key, queries).verdict
}

export function verdictOfRule(key: string, queries: ResourceQueries): Verdict {
  const list = listOfRule(key, queries.lookup)
  const { verdict } = ownRule(key, queries)
  const found = { problems: unusedIn(list, key, queries), notes: notesOn(list, queries) }
  return joined([queries.placementOfRule(key).verdict, verdict, found])
}

function unusedIn(list: string | undefined, rule: string, { lookup }: ResourceQueries): readonly Problem[] {
  const message = list === undefined ? undefined : unusedProblem(list, rule, lookup)
  if (message === undefined) return []
  return [{ condition: 'ResolvedRefs', reason: 'RefNotFound', path: 'spec.rulelist', message }]
}

function notesOn(list: string | undefined, { lookup }: ResourceQueries): readonly string[] {
  const service = list === undefined ? undefined : lookup.virtualServices.get(list)
  return service !== undefined && isStub(service)
    ? [
        `spec.rulelist: VirtualService ${list} has neither \`rules\` nor \`rulesRef\`, so it has no listener that this Rule could act on`,
      ]
    : []
}

function joined(verdicts: readonly Verdict[]): Verdict {
  return {
    problems: verdicts.flatMap(({ problems }) => problems),
    notes: [...new Set(verdicts.flatMap(({ notes }) => notes))],
  }
}
