/**
 * What the proxies hold that the same resources select; it is made once, and they share it. In three layers, so that a
 * change costs what it touches: the piece that one resource brings, a bunch of pieces, and the whole.
 */
import type { Listener } from '@l7mesh/proxy-client'
import type { Problem, ProxyRef } from '../desired.ts'
import { type Memo, type Query, sameList } from '../incremental/memo.ts'
import { Filling } from '../l7mp/resource-config.ts'
import type { WholeMesh } from '../l7mp/resource-queries.ts'
import { claimOf, decide, portConflict, type Taken } from './conflicts.ts'
import { type Filled, isSameFilled, type Merged, merge } from './merge.ts'
import { ownSockets } from './shared-addresses.ts'

export type Group = Filled & {
  /** By key of the VirtualService that does not get its socket. */
  readonly conflicts: ReadonlyMap<string, Problem>
}

/** What there is to know of a VirtualService before it is given a place. */
type Candidate = {
  readonly listener: Listener | undefined
  readonly created: string
  /** The keys of all Rules that could act on its sessions. */
  readonly rules: readonly string[]
}

/**
 * Which pieces there are, in bunches. A piece is told by one line of text: `VirtualService/KEY RULES`, RULES being the
 * keys of the Rules that act, with commas, or `Target/KEY`.
 */
type Layout = { readonly bunches: readonly string[]; readonly conflicts: Group['conflicts'] }

/** A resource keeps its bunch for as long as it is there, so their number is fixed. About the root of a large mesh. */
const BUNCHES = 64

/**
 * By the key of one proxy of the group, so that a group stays the same one while resources come and go. `signature` gives
 * what it holds: the ports that the proxy has for itself, and a line for each resource that selects it, as
 * `KIND/NAMESPACE/NAME`. Proxies with equal signatures hold the same.
 */
export function createGroups(memo: Memo, mesh: WholeMesh, signature: Query<string>): Query<Group> {
  const unplaced = memo.query<Unplaced>(
    (key, before) => unplacedOf(key, mesh, before),
    (a, b) => isSameFilled(a.filled, b.filled) && sameList(a.rules, b.rules),
  )
  const candidate = memo.query<Candidate>(key => ({
    listener: mesh.frontend(key).listener,
    created: mesh.world.virtualService(key)?.metadata.creationTimestamp ?? '',
    rules: unplaced(key).rules,
  }))
  const layout = memo.query<Layout>(proxy => layoutOf(signature(proxy), candidate))
  const piece = memo.query<Merged>((line, before) => pieceOf(line, mesh, unplaced, before), isSameFilled)
  const bunch = memo.query<Merged>((lines, before) => merge(linesOf(lines).map(piece), before), isSameFilled)
  const whole = memo.query<Merged>((proxy, before) => merge(layout(proxy).bunches.map(bunch), before), isSameFilled)
  return memo.query(
    proxy => {
      const { config, parts } = whole(proxy)
      return { config, parts, conflicts: layout(proxy).conflicts }
    },
    (a, b) => isSameFilled(a, b) && a.conflicts === b.conflicts,
  )
}

/** What a VirtualService brings where all Rules act that could, and the keys of these Rules. */
type Unplaced = { readonly filled: Merged; readonly rules: readonly string[] }

function unplacedOf(key: string, mesh: WholeMesh, before: Unplaced | undefined): Unplaced {
  const rules = new Set<string>()
  const acts = (rule: string) => rules.add(rule).has(rule)
  return { filled: ofVirtualService(key, mesh, acts, before?.filled), rules: [...rules] }
}

function ofVirtualService(
  key: string,
  mesh: WholeMesh,
  acts: (rule: string) => boolean,
  before: Merged | undefined,
): Merged {
  const filling = new Filling(mesh, acts)
  const { listener, removeOrphanSessions } = mesh.frontend(key)
  if (listener !== undefined) filling.virtualService(key, listener, removeOrphanSessions)
  return merge([filling.result()], before)
}

function pieceOf(line: string, mesh: WholeMesh, unplaced: Query<Unplaced>, before: Merged | undefined): Merged {
  const resource = resourceIn(line)
  const key = resource.slice(resource.indexOf('/') + 1)
  if (resource.startsWith('Target/')) return ofTarget(key, mesh, before)
  const rules = line.slice(resource.length + 1)
  const everything = unplaced(key)
  if (rules === everything.rules.join(',')) return everything.filled
  const acting = new Set(rules.split(','))
  return ofVirtualService(key, mesh, rule => acting.has(rule), before)
}

function ofTarget(key: string, mesh: WholeMesh, before: Merged | undefined): Merged {
  const filling = new Filling(mesh, () => false)
  filling.target(key)
  return merge([filling.result()], before)
}

function layoutOf(signature: string, candidate: Query<Candidate>): Layout {
  const [own = '', ...resources] = signature.split('\n')
  const of = (kind: string) =>
    resources.filter(key => key.startsWith(`${kind}/`)).map(key => key.slice(kind.length + 1))
  const services = of('VirtualService')
  const { winners, conflicts } = decide(
    services.flatMap(key => claimOf(key, candidate(key))),
    takenOf(own),
  )
  const acting = new Set(of('Rule'))
  const lines = [
    ...winners.map(
      ({ key }) =>
        `VirtualService/${key} ${candidate(key)
          .rules.filter(rule => acting.has(rule))
          .join(',')}`,
    ),
    ...of('Target').map(key => `Target/${key}`),
  ]
  return { bunches: inBunches(lines), conflicts: told(conflicts) }
}

/** What neighbours have is told of by them together. */
function told(conflicts: ReadonlyMap<string, { socket: string; holder: string }>): Layout['conflicts'] {
  return new Map(
    [...conflicts]
      .filter(([, { holder }]) => holder !== NEIGHBOUR)
      .map(([key, { socket, holder }]) => [
        key,
        portConflict(`The socket ${socket} is taken by ${holder}. Choose another, or remove that one.`),
      ]),
  )
}

const NEIGHBOUR = 'a neighbour'

/** What a proxy cannot give to a VirtualService, as the first line of a signature: its own ports, and what neighbours have. */
export function takenLine(proxy: ProxyRef, byNeighbours: readonly string[] = []): string {
  const { port, metricsPort } = proxy
  return JSON.stringify({ port, metricsPort, byNeighbours })
}

function takenOf(line: string): Taken {
  if (line === '') return new Map()
  const { port, metricsPort, byNeighbours }: ParsedLine = JSON.parse(line)
  const neighbours = byNeighbours.map(socket => [socket, NEIGHBOUR] as const)
  return new Map([...neighbours, ...ownSockets({ port, ...(metricsPort !== undefined && { metricsPort }) })])
}

type ParsedLine = { readonly port: number; readonly metricsPort?: number; readonly byNeighbours: readonly string[] }

function inBunches(lines: readonly string[]): readonly string[] {
  const bunches = Array.from({ length: BUNCHES }, (): string[] => [])
  for (const line of lines) bunches[spread(resourceIn(line))]?.push(line)
  return bunches.map(bunch => bunch.join('\n'))
}

function resourceIn(line: string): string {
  const space = line.indexOf(' ')
  return space < 0 ? line : line.slice(0, space)
}

function linesOf(bunch: string): readonly string[] {
  return bunch === '' ? [] : bunch.split('\n')
}

/** The bunch of a resource, from its key alone: the FNV-1a hash. */
function spread(resource: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < resource.length; i++) hash = Math.imul(hash ^ resource.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % BUNCHES
}
