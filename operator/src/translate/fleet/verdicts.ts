/** What is to be said of each resource: its problems and its notes, wherever they came up. */
import { RESOURCE_KINDS } from '../../sources/snapshot.ts'
import type { DesiredFleet, Problem, Verdict } from '../desired.ts'
import { identical, type Memo, type Query, sameMap } from '../incremental/memo.ts'
import type { WholeMesh } from '../l7mp/resource-queries.ts'
import { listKey, unusedProblem } from '../l7mp/rulelists.ts'
import type { From } from '../l7mp/scope.ts'
import { resourceKey } from '../l7mp/virtual-services.ts'
import { isStub } from '../lookup/stubs.ts'

/**
 * Of all resources. `conflicts` gives the problems of those VirtualServices that lost their socket, by their key; it is
 * brought in last, since every VirtualService might be in it.
 */
export function createVerdicts(
  memo: Memo,
  mesh: WholeMesh,
  conflicts: Query<ReadonlyMap<string, Problem>>,
): Query<DesiredFleet['verdicts']> {
  const verdict = createVerdict(memo, mesh)
  const own = memo.query<DesiredFleet['verdicts']>(
    () =>
      new Map(
        RESOURCE_KINDS.flatMap(kind =>
          mesh.world.keys(kind).map(key => {
            const resource = resourceKey(kind, key)
            return [resource, verdict(resource)] as const
          }),
        ),
      ),
    sameMap,
  )
  return memo.query(() => withConflicts(own(''), conflicts('')), identical)
}

function withConflicts(
  verdicts: DesiredFleet['verdicts'],
  conflicts: ReadonlyMap<string, Problem>,
): DesiredFleet['verdicts'] {
  if (conflicts.size === 0) return verdicts
  const all = new Map(verdicts)
  for (const [key, conflict] of conflicts) {
    const resource = resourceKey('VirtualService', key)
    const own = all.get(resource)
    if (own !== undefined) all.set(resource, { ...own, problems: [...own.problems, conflict] })
  }
  return all
}

/** By `KIND/NAMESPACE/NAME`. */
function createVerdict(memo: Memo, mesh: WholeMesh): Query<Verdict> {
  return memo.query<Verdict>(resource => {
    const slash = resource.indexOf('/')
    const key = resource.slice(slash + 1)
    switch (resource.slice(0, slash)) {
      case 'VirtualService':
        return ofVirtualService(key, mesh)
      case 'Target':
        return joined([mesh.placement(resource).verdict, mesh.target(key).verdict])
      case 'Route':
        return ofRoute(key, mesh)
      default:
        return ofRule(key, mesh)
    }
  })
}

function ofVirtualService(key: string, mesh: WholeMesh): Verdict {
  const frontend = mesh.frontend(key).verdict
  const from = mesh.fromOfList(key)
  const { verdict, rulesRef } = mesh.ownRules(`${from} ${key}`)
  return joined([frontend, verdict, { problems: borrowedProblems(from, rulesRef, mesh), notes: [] }])
}

/** Nobody borrows from so far, and looking on would cost those who do by thousands. */
const MOST_BORROWED = 20

/** Rules that are another one's and end sessions there do so here. */
function borrowedProblems(from: From, rulesRef: string | undefined, mesh: WholeMesh): readonly Problem[] {
  let list = rulesRef
  for (let hops = 0; list !== undefined && hops < MOST_BORROWED; hops++) {
    const { verdict, rulesRef: next } = mesh.ownRules(`${from} ${list}`)
    if (verdict.problems.length === 0) {
      list = next
      continue
    }
    const message = `Some of the rules of VirtualService ${list} end sessions or are left out: see its conditions.`
    return [{ condition: 'ResolvedRefs', reason: 'RefNotFound', path: 'spec.listener.rulesRef', message }]
  }
  return []
}

/** A Route is what its rules make of it; where none refers to it, it is judged by itself. */
function ofRoute(key: string, mesh: WholeMesh): Verdict {
  return mesh.route(`udp ${key}`).verdict
}

function ofRule(key: string, mesh: WholeMesh): Verdict {
  const list = listKey(mesh.world.rule(key)?.spec?.rulelist, key.slice(0, key.indexOf('/')))
  const { verdict } = mesh.rule(`${list === undefined ? 'http' : mesh.fromOfList(list)} ${key}`)
  const notes = idleIn(list, mesh)
  return joined([mesh.placement(`Rule/${key}`).verdict, verdict, { problems: unusedIn(list, key, mesh), notes }])
}

function unusedIn(list: string | undefined, rule: string, { world }: WholeMesh): readonly Problem[] {
  const message = list === undefined ? undefined : unusedProblem(list, rule, world)
  if (message === undefined) return []
  return [{ condition: 'ResolvedRefs', reason: 'RefNotFound', path: 'spec.rulelist', message }]
}

function idleIn(list: string | undefined, mesh: WholeMesh): readonly string[] {
  const service = list === undefined ? undefined : mesh.world.virtualService(list)
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
