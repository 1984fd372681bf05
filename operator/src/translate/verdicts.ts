/** What is to be said of each resource: its problems and its notes, wherever they came up. */
import type { Problem, Verdict } from './desired.ts'
import { listKey } from './lists.ts'
import type { Memo, Query } from './memo.ts'
import type { WholeMesh } from './mesh.ts'
import { isStub } from './virtual-services.ts'

/** By `KIND/NAMESPACE/NAME`. `conflictOf` tells of the key of a VirtualService whether it lost its socket somewhere. */
export function createVerdicts(memo: Memo, mesh: WholeMesh, conflictOf: Query<Problem | undefined>): Query<Verdict> {
  return memo.query<Verdict>(resource => {
    const slash = resource.indexOf('/')
    const key = resource.slice(slash + 1)
    switch (resource.slice(0, slash)) {
      case 'VirtualService':
        return ofVirtualService(key, mesh, conflictOf(key))
      case 'Target':
        return joined([mesh.placement(resource).verdict, mesh.target(key).verdict])
      case 'Route':
        return ofRoute(key, mesh)
      default:
        return ofRule(key, mesh)
    }
  })
}

function ofVirtualService(key: string, mesh: WholeMesh, conflict: Problem | undefined): Verdict {
  const frontend = mesh.frontend(key).verdict
  const { verdict } = mesh.ownRules(`${mesh.fromOfList(key)} ${key}`)
  return joined([frontend, verdict, { problems: conflict === undefined ? [] : [conflict], notes: [] }])
}

/** A Route is what its rules make of it; where none refers to it, it is judged by itself. */
function ofRoute(key: string, mesh: WholeMesh): Verdict {
  return mesh.route(`udp ${key}`).verdict
}

function ofRule(key: string, mesh: WholeMesh): Verdict {
  const list = listKey(mesh.world.rule(key)?.spec?.rulelist, key.slice(0, key.indexOf('/')))
  const { verdict } = mesh.rule(`${list === undefined ? 'http' : mesh.fromOfList(list)} ${key}`)
  return joined([mesh.placement(`Rule/${key}`).verdict, verdict, { problems: [], notes: idleIn(list, mesh) }])
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
