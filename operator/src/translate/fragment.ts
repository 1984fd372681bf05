/**
 * Fragments: the interface between the kinds of resources and the proxies. A folder like `l7mp/` defines for some kinds
 * which proxies each resource selects and what it adds to them; `fleet/` merges fragments, independent of kinds.
 *
 * To add a kind: let its objects be a field of the snapshot (`lookup.FIELD` then reads them), write a folder that defines
 * its fragments, and add it to `FRAGMENTS` in translate.ts and to scripts/rooms.ts. For one that puts a listener on the proxies it selects:
 *
 *     export const createToyFragments: FragmentFactory = (memo, lookup) => {
 *       const placement = memo.query<{ selection: Selection | undefined; verdict: Verdict }>(key => {
 *         const problems = new ProblemCollector()
 *         const { spec } = lookup.toys.get(key) ?? {}
 *         const selection = spec && lookup.select(spec.selector, namespaceOf(key), problems.at('spec').at('selector'))
 *         return { selection, verdict: problems.verdict() }
 *       })
 *       return [
 *         defineFragments(memo, {
 *           kind: 'Toy',
 *           keys: lookup.toys.keys,
 *           selection: key => placement(key).selection,
 *           fragment: key => ({ config: { ...EMPTY_CONFIG, listeners }, parts: new Map([[`Toy/${key}`, ids]]), needs: [] }),
 *           verdict: key => placement(key).verdict,
 *         }),
 *       ]
 *     }
 *
 * These functions read only from `lookup` and from queries of the memo, so they are called again when those change.
 */
import { type Config, EMPTY_CONFIG, type ObjectId } from '@l7mesh/proxy-client'
import type { ResourceKey, ResourceKind } from '../sources/snapshot.ts'
import type { Destination, Verdict } from './desired.ts'
import { identical, type Memo, type Query, sameList } from './incremental/memo.ts'
import type { Lookup } from './lookup/lookup.ts'
import type { Selection } from './lookup/selections.ts'
import type { Claim } from './sockets.ts'

/** The objects that must be on the proxy for a resource to be programmed there. */
export type Parts = ReadonlyMap<ResourceKey, readonly ObjectId[]>

/** Objects for a proxy. Objects with the same name are equal in all fragments. */
export type Fragment = {
  readonly config: Config
  readonly parts: Parts
  /** Fragments that its objects refer to. The proxy gets them too, once for all referrers. */
  readonly needs: readonly FragmentRef[]
}

export const EMPTY_FRAGMENT: Fragment = { config: EMPTY_CONFIG, parts: new Map(), needs: [] }

/** Makes the fragments of one kind, identified by `key`. */
export type FragmentMaker = {
  /** A kind of resources, or of objects that these refer to. */
  readonly kind: string
  /** The resources whose presence on a proxy changes the fragment there, like Rules that are inserted into a rulelist. */
  readonly variesWith: Query<readonly ResourceKey[]>
  /** The fragment for a proxy on which these of them are present. */
  fragment(key: string, present: ReadonlySet<ResourceKey>): Fragment
}

export type FragmentRef = { readonly maker: FragmentMaker; readonly key: string }

/** The resources of one kind. Keys are `NAMESPACE/NAME`. */
export type ResourceFragments = FragmentMaker & {
  readonly kind: ResourceKind
  /** In the order of the snapshot. */
  readonly keys: Query<readonly string[], []>
  /** The pods that a resource selects: those that are proxies get its fragment. undefined: none. */
  readonly selection: Query<Selection | undefined>
  /** The socket that it needs, if any: a proxy on which another resource has the socket does not get the fragment. */
  readonly claim: Query<Claim | undefined>
  readonly verdict: Query<Verdict>
  /** The destinations of its sessions. */
  readonly destinations: Query<readonly Destination[]>
}

/** Defines the fragments of some kinds. */
export type FragmentFactory<Options = unknown> = (
  memo: Memo,
  lookup: Lookup,
  options: Options,
) => readonly ResourceFragments[]

type Definition = Pick<ResourceFragments, 'kind' | 'keys' | 'verdict'> &
  Partial<Pick<ResourceFragments, 'selection' | 'claim' | 'variesWith' | 'fragment' | 'destinations'>>

/** Completes a definition: omitted functions return undefined or an empty value for all resources of the kind. */
export function defineFragments(memo: Memo, definition: Definition): ResourceFragments {
  const { kind, keys, selection, claim, variesWith, fragment, verdict, destinations } = definition
  return {
    kind,
    keys,
    selection: memo.query<Selection | undefined>(key => selection?.(key), identical),
    claim: memo.query<Claim | undefined>(key => claim?.(key)),
    variesWith: memo.query<readonly ResourceKey[]>(key => variesWith?.(key) ?? [], sameList),
    fragment: fragment ?? (() => EMPTY_FRAGMENT),
    verdict: memo.query<Verdict>(verdict),
    destinations: memo.query<readonly Destination[]>(key => destinations?.(key) ?? []),
  }
}
