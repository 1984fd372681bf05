/**
 * Translation: from a snapshot to what each proxy should hold, and what is wrong with the resources. Pure; a translator
 * remembers what it made before so that a round costs what has changed, and gives the same as a new one would.
 *
 * The parts, from the bottom: `references`, `selectors`, `matches`, `rewrites`, `endpoints` read single fields;
 * `clusters`, `routes`, `rules`, `listeners` make objects of a proxy; `targets`, `services`, `virtual-services` know the
 * resources, and `mesh` gives each by its key; `sequences`, `filling`, `conflicts`, `merge` and `groups` put together what proxies hold.
 */
import type { Snapshot } from '../sources/snapshot.ts'
import { createDemands } from './demands.ts'
import type { DesiredFleet, DesiredProxy, Problem } from './desired.ts'
import { createGroups, ownPorts } from './groups.ts'
import { createMemo, identical, type Memo, type Query, sameList, sameMap } from './memo.ts'
import { createMesh, type WholeMesh } from './mesh.ts'
import type { TranslateOptions } from './scope.ts'
import { createVerdicts } from './verdicts.ts'
import { EMPTY_VIEW, look } from './view.ts'
import { createWorld } from './world.ts'

export type { TranslateOptions } from './scope.ts'
export type Translator = (snapshot: Snapshot) => DesiredFleet

/** Nothing that an operator does not have to allow is allowed. */
export const DEFAULT_OPTIONS: TranslateOptions = {
  selectorScope: 'all',
  allowControllerDestination: false,
  allowLogFiles: false,
}

export function createTranslator(options: TranslateOptions = DEFAULT_OPTIONS): Translator {
  let view = EMPTY_VIEW
  const memo = createMemo()
  const world = createWorld(memo, () => view, options)
  const mesh = createMesh(memo, world, options)
  const fleet = createFleet(memo, mesh)
  return snapshot => {
    view = look(snapshot, view)
    return memo.round(fleet)
  }
}

/** The kinds that have a selector, in the order in which they stand in a signature. */
const PLACED_KINDS = ['VirtualService', 'Target', 'Rule'] as const

function createFleet(memo: Memo, mesh: WholeMesh): () => DesiredFleet {
  const { world } = mesh
  const selectedBy = createSelectedBy(memo, mesh)
  /** Proxy → its own ports and all resources that select it, as text. Proxies with equal text hold the same. */
  const signatures = memo.query<ReadonlyMap<string, string>>(() => {
    const lines = new Map(world.proxies().map(key => [key, [ownPorts(world.proxy(key))]]))
    for (const kind of PLACED_KINDS)
      for (const key of world.keys(kind))
        for (const proxy of selectedBy(`${kind}/${key}`)) lines.get(proxy)?.push(`${kind}/${key}`)
    return new Map([...lines].map(([proxy, list]) => [proxy, list.join('\n')]))
  }, sameMap)
  const signature = memo.query<string>(key => signatures('').get(key) ?? '', identical)
  /** Signature → the first of the proxies that have it. */
  const firsts = memo.query<ReadonlyMap<string, string>>(
    () => new Map([...signatures('')].reverse().map(([proxy, text]) => [text, proxy])),
    sameMap,
  )
  const group = createGroups(memo, mesh, signature)
  const desired = memo.query<DesiredProxy | undefined>(key => {
    const proxy = world.proxy(key)
    const { config, parts } = group(firsts('').get(signature(key)) ?? key)
    return proxy && { proxy, config, parts }
  }, sameDesired)
  const conflicts = memo.query<ReadonlyMap<string, Problem>>(
    () => new Map([...firsts('').values()].flatMap(first => [...group(first).conflicts])),
  )
  const verdicts = createVerdicts(memo, mesh, conflicts)
  const destinations = createDemands(memo, mesh)
  const proxies = memo.query<DesiredFleet['proxies']>(
    () => new Map(world.proxies().flatMap(key => entry(key, desired(key)))),
    sameMap,
  )
  return () => ({ proxies: proxies(''), verdicts: verdicts(''), destinations: destinations('') })
}

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

function sameDesired(a: DesiredProxy | undefined, b: DesiredProxy | undefined): boolean {
  return a?.proxy === b?.proxy && a?.config === b?.config && a?.parts === b?.parts
}

function entry<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]]
}
