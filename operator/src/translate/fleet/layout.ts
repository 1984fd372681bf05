/** The fragments of a group of proxies: those of the resources that get their sockets, and those that they need. */
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { Problem } from '../desired.ts'
import type { FragmentMaker, FragmentRef } from '../fragment.ts'
import { identical, type Memo, type Query } from '../incremental/memo.ts'
import { decide, type Loser, ownSockets, portConflict, type Taken } from '../sockets.ts'
import type { Group } from './grouping.ts'
import type { Placement, Resource } from './placement.ts'

/** A fragment, with the present resources among those that it varies with. Interned. */
export type Variant = FragmentRef & { readonly present: ReadonlySet<ResourceKey>; readonly bucket: number }

/** Fragments in buckets: a change is merged into its bucket, and the bucket into the config. Groups share equal buckets. */
export type Layout = {
  readonly buckets: readonly (readonly Variant[])[]
  /** By resource that does not get its socket. */
  readonly conflicts: ReadonlyMap<ResourceKey, Problem>
}

export const NO_LAYOUT: Layout = { buckets: [], conflicts: new Map() }

/** Fixed, so that a fragment stays in its bucket. About the square root of the size of a large mesh. */
const BUCKETS = 64

/** The fragments that a variant needs. */
type Needs = Query<readonly FragmentRef[], [Variant]>

export function createLayout(
  memo: Memo,
  group: Query<Group | undefined, [number]>,
  { resourcesOf }: Placement,
  needs: Needs,
): Query<Layout, [number]> {
  const presence = memo.lists<ResourceKey>()
  const bucket = memo.lists<Variant>()
  const variant = memo.query<Variant, [FragmentMaker, string, readonly ResourceKey[]]>(
    (maker, key, present) => ({ maker, key, present: new Set(present), bucket: bucketOf(`${maker.kind}/${key}`) }),
    identical,
  )
  return memo.query<Layout, [number]>(id => {
    const found = group(id)
    if (found === undefined) return NO_LAYOUT
    const resources = found.selections.flatMap(resourcesOf)
    const present = new Set(resources.map(one => one.id))
    const variantOf = ({ maker, key }: FragmentRef) =>
      variant(maker, key, presence(maker.variesWith(key).filter(resource => present.has(resource))))
    const { roots, conflicts } = rootsOf(resources, takenOf(found))
    const variants = withNeeds(roots.map(variantOf), needs, variantOf)
    return { buckets: inBuckets(variants).map(bucket), conflicts }
  }, identical)
}

function rootsOf(
  resources: readonly Resource[],
  taken: Taken,
): { readonly roots: readonly FragmentRef[]; readonly conflicts: Layout['conflicts'] } {
  const claims = resources.map(({ fragments, key }) => fragments.claim(key)).filter(claim => claim !== undefined)
  const { losers } = decide(claims, taken)
  const without = new Set(losers.map(({ claim }) => claim.resource))
  const roots = resources.filter(({ id }) => !without.has(id))
  return { roots: roots.map(({ fragments, key }) => ({ maker: fragments, key })), conflicts: conflictsOf(losers) }
}

function withNeeds(
  roots: readonly Variant[],
  needs: Needs,
  variantOf: (ref: FragmentRef) => Variant,
): ReadonlySet<Variant> {
  const all = new Set(roots)
  // Iteration includes fragments that are added meanwhile, without recursion: chains of needs can be long.
  for (const one of all) for (const ref of needs(one)) all.add(variantOf(ref))
  return all
}

/** Without conflicts with other proxies at the same address, which are reported separately. */
function conflictsOf(losers: readonly Loser[]): Layout['conflicts'] {
  const problem = ({ claim, socket, holder }: Loser) =>
    portConflict(claim, `The socket ${socket} is in use by ${holder}. Choose another one, or free it.`)
  return new Map(
    losers.filter(({ holder }) => holder !== ANOTHER_PROXY).map(loser => [loser.claim.resource, problem(loser)]),
  )
}

const ANOTHER_PROXY = 'another proxy'

function takenOf({ own, takenByOthers }: Group): Taken {
  return new Map([...takenByOthers.map(socket => [socket, ANOTHER_PROXY] as const), ...ownSockets(own)])
}

function inBuckets(variants: ReadonlySet<Variant>): readonly (readonly Variant[])[] {
  const buckets = Array.from({ length: BUCKETS }, (): Variant[] => [])
  for (const variant of variants) buckets[variant.bucket]?.push(variant)
  return buckets
}

/** Depends only on the name of a fragment: its FNV-1a hash. */
function bucketOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % BUCKETS
}
