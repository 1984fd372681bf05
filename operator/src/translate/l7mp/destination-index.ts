/** Where the sessions of each resource go, and how many endpoints there are: what status tells of them is made of this. */
import { RESOURCE_KINDS, type ResourceKey } from '../../sources/snapshot.ts'
import type { DesiredFleet, Destination } from '../desired.ts'
import { type Memo, type Query, sameMap } from '../incremental/memo.ts'
import type { WholeMesh } from './resource-queries.ts'
import { listKey } from './rulelists.ts'
import type { BuiltCluster, BuiltRoute, BuiltRule } from './scope.ts'
import { resourceKey } from './virtual-services.ts'

/** Of all resources. */
export function createDemands(memo: Memo, mesh: WholeMesh): Query<DesiredFleet['destinations']> {
  const demand = memo.query<readonly Destination[]>(resource => destinationsOf(resource as ResourceKey, mesh))
  return memo.query<DesiredFleet['destinations']>(
    () =>
      new Map(
        RESOURCE_KINDS.flatMap(kind =>
          mesh.world.keys(kind).flatMap(key => {
            const resource = resourceKey(kind, key)
            const destinations = demand(resource)
            return destinations.length > 0 ? [[resource, destinations] as const] : []
          }),
        ),
      ),
    sameMap,
  )
}

function destinationsOf(resource: ResourceKey, mesh: WholeMesh): readonly Destination[] {
  const slash = resource.indexOf('/')
  const key = resource.slice(slash + 1)
  const walk = new Walk(resource, mesh)
  switch (resource.slice(0, slash)) {
    case 'VirtualService':
      walk.follow(key)
      break
    case 'Target':
      walk.cluster(mesh.target(key).built, resource)
      break
    case 'Route':
      walk.route(mesh.route(`udp ${key}`).built, resource)
      break
    default:
      walk.rule(mesh.rule(`${fromOfRule(key, mesh)} ${key}`).built, resource)
  }
  return walk.all()
}

function fromOfRule(key: string, mesh: WholeMesh): string {
  const list = listKey(mesh.world.rule(key)?.spec?.rulelist, key.slice(0, key.indexOf('/')))
  return list === undefined ? 'http' : mesh.fromOfList(list)
}

/**
 * Goes where sessions go: into rules, the rulelists that they apply, and routes. A Rule that is inserted into a
 * VirtualService answers for itself, as its objects are its own.
 */
class Walk {
  readonly #found: Destination[] = []
  readonly #resource: ResourceKey
  readonly #mesh: WholeMesh
  readonly #lists = new Set<string>()

  constructor(resource: ResourceKey, mesh: WholeMesh) {
    this.#resource = resource
    this.#mesh = mesh
  }

  all(): readonly Destination[] {
    // A set that grows while it is walked is walked to its end, however long a chain of rulelists is.
    for (const list of this.#lists) this.#list(list)
    return this.#found
  }

  follow(list: string): void {
    this.#lists.add(list)
  }

  #list(key: string): void {
    const { world } = this.#mesh
    const from = this.#mesh.fromOfList(key)
    if (world.virtualService(key) === undefined) {
      for (const rule of world.rulesOf(key)) if (this.#acts(rule)) this.rule(this.#mesh.rule(`${from} ${rule}`).built)
      return
    }
    const { rules, rulesRef } = this.#mesh.ownRules(`${from} ${key}`)
    for (const rule of rules) this.rule(rule, resourceKey('VirtualService', key))
    if (rulesRef !== undefined) this.follow(rulesRef)
  }

  /** `holder`: whose fields the rule is written in, where that is not a Rule. */
  rule(built: BuiltRule | undefined, holder: ResourceKey = this.#resource): void {
    if (built === undefined) return
    this.route(built.route, built.owner ?? holder)
    if (built.apply !== undefined) this.follow(built.apply)
  }

  route(built: BuiltRoute | undefined, holder: ResourceKey): void {
    for (const cluster of built?.clusters ?? []) this.cluster(cluster, built?.owner ?? holder)
  }

  cluster(built: BuiltCluster | undefined, holder: ResourceKey): void {
    if (built?.counts === undefined) return
    const { path = '', named, cluster, counts } = built
    const place = holder === this.#resource ? path : `${holder.replace('/', ' ')}: ${path}`
    this.#found.push({ ...counts, path: place, named, cluster: cluster.name })
  }

  /** A Rule that selects no pod acts on no proxy. */
  #acts(rule: string): boolean {
    return this.#mesh.placement(`Rule/${rule}`).pods.length > 0
  }
}
