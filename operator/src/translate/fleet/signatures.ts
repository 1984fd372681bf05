/** Which resources have a place on which proxies, and what is taken there already. */
import { isDeepStrictEqual } from 'node:util'
import type { Problem } from '../desired.ts'
import { type Memo, type Query, sameList, sameMap } from '../incremental/memo.ts'
import type { WholeMesh } from '../l7mp/resource-queries.ts'
import { claimOf } from './conflicts.ts'
import { takenLine } from './groups.ts'
import { crowding, type Neighbour } from './shared-addresses.ts'

export type Seats = {
  /** Proxy → what is taken on it, and all resources that select it, as text. Proxies with equal text hold the same. */
  readonly signatures: ReadonlyMap<string, string>
  /** By key of the VirtualService whose socket a neighbour of a proxy has. */
  readonly conflicts: ReadonlyMap<string, Problem>
}

/** The kinds that have a selector, in the order in which they stand in a signature. */
const PLACED_KINDS = ['VirtualService', 'Target', 'Rule'] as const

export function createSeats(memo: Memo, mesh: WholeMesh): Query<Seats> {
  const { world } = mesh
  const selectedBy = createSelectedBy(memo, mesh)
  return memo.query<Seats>(
    () => {
      const lines = new Map(world.proxies().map(key => [key, [] as string[]]))
      for (const kind of PLACED_KINDS)
        for (const key of world.keys(kind))
          for (const proxy of selectedBy(`${kind}/${key}`)) lines.get(proxy)?.push(`${kind}/${key}`)
      const crowds = world.crowds().map(crowd => crowding(crowd.flatMap(key => neighbour(key, lines.get(key), mesh))))
      const taken = new Map(crowds.flatMap(crowd => [...crowd.taken]))
      const signatures = [...lines].flatMap(([key, list]) => {
        const proxy = world.proxy(key)
        return proxy === undefined ? [] : [[key, [takenLine(proxy, taken.get(key)), ...list].join('\n')] as const]
      })
      return {
        signatures: new Map(signatures),
        conflicts: new Map(crowds.toReversed().flatMap(({ conflicts }) => [...conflicts])),
      }
    },
    (a, b) => sameMap(a.signatures, b.signatures) && isDeepStrictEqual(a.conflicts, b.conflicts),
  )
}

function neighbour(key: string, lines: readonly string[] = [], mesh: WholeMesh): readonly Neighbour[] {
  const proxy = mesh.world.proxy(key)
  const services = lines.filter(line => line.startsWith(SERVICE)).map(line => line.slice(SERVICE.length))
  const claims = services.flatMap(service => {
    const created = mesh.world.virtualService(service)?.metadata.creationTimestamp ?? ''
    return claimOf(service, { listener: mesh.frontend(service).listener, created })
  })
  return proxy === undefined ? [] : [{ proxy, claims }]
}

const SERVICE = 'VirtualService/'

/** `KIND/NAMESPACE/NAME` → the proxies that the resource selects. */
function createSelectedBy(memo: Memo, mesh: WholeMesh): Query<readonly string[]> {
  const { world } = mesh
  const isProxy = memo.query<ReadonlySet<string>>(() => new Set(world.proxies()))
  return memo.query<readonly string[]>(resource => {
    const slash = resource.indexOf('/')
    const pods = podsOf(resource.slice(0, slash), resource.slice(slash + 1), mesh)
    return pods.filter(pod => isProxy('').has(pod))
  }, sameList)
}

function podsOf(kind: string, key: string, mesh: WholeMesh): readonly string[] {
  if (kind === 'VirtualService') return mesh.frontend(key).pods
  return mesh.placement(`${kind}/${key}`).pods
}
