/**
 * The endpoints of a Service's port, from its EndpointSlices, as in kube-proxy: ready endpoints are used, and if there
 * are none, terminating ones that still serve. A pod is one endpoint, whatever the number of its families
 * and slices. Endpoints may have different ports, as during a rollout: all serve.
 */
import type { EndpointSlice, ServicePort, SliceEndpoint } from '../../../kinds/core-types.ts'
import { podOfEndpoint } from '../../lookup/selections.ts'
import { addressProblem, type Family, familyOf } from '../fields/addresses.ts'
import type { Reach } from '../fields/reach.ts'
import type { EndpointSupply } from './endpoint-supply.ts'
import type { EndpointAddress } from './endpoints.ts'

export type SliceSupply = EndpointSupply & {
  /** The port of most of the endpoints in use, else of most endpoints; undefined if no slice has the port. */
  readonly port: number | undefined
  /** Some slice has an endpoint at the port, whatever its state. */
  readonly hasPort: boolean
  /** None is ready, so terminating ones that still serve are used. */
  readonly isTerminating: boolean
  /** Invalid addresses, which are omitted. */
  readonly problems: readonly string[]
}

export type SliceQuery = {
  readonly slices: readonly EndpointSlice[]
  readonly port: ServicePort
  /** The IP families of the Service, in its order of preference. */
  readonly families: readonly string[]
  readonly reach: Reach
}

export function sliceSupply({ slices, port, families, reach }: SliceQuery): SliceSupply {
  const all = slices.flatMap(slice => candidatesOf(slice, port))
  const good = all.filter(({ family }) => family !== undefined)
  const ranked = good.toSorted(inOrder([...families, 'IPv4', 'IPv6', 'name']))
  const owners = [...Map.groupBy(ranked, ({ owner }) => owner).values()]
  const reached = owners.flatMap(of => of.find(one => isReached(one, reach)) ?? [])
  const used = usable(reached)
  const main = mostFrequent(used.map(one => one.port)) ?? mostFrequent(good.map(one => one.port))
  const out = owners.flatMap(of => (of.some(one => isReached(one, reach)) ? [] : of.slice(0, 1)))
  return {
    port: main,
    hasPort: all.length > 0,
    places: used.map(one => placeOf(one, main)).toSorted(byAddress),
    total: owners.filter(([best]) => best && isCounted(best, used)).length,
    unreachable: usable([...used, ...out]).flatMap(one => (out.includes(one) ? one.address : [])),
    isTerminating: used.some(({ state }) => state === 'draining'),
    problems: all.flatMap(({ slice, address }) => {
      const problem = addressProblem(address)
      return problem === undefined ? [] : [`an address of EndpointSlice ${slice} is omitted: ${problem}`]
    }),
  }
}

/** Of terminating endpoints, `draining` ones still serve, and `over` ones do not. */
type State = 'ready' | 'draining' | 'unready' | 'over'

/** One address of an endpoint, as one slice has it. */
type Candidate = {
  /** The name of its slice. */
  readonly slice: string
  /** Identifies the endpoint across slices: its pod, or else its address and port. */
  readonly owner: string
  readonly isPod: boolean
  readonly address: string
  readonly family: Family | undefined
  readonly port: number
  readonly state: State
}

function candidatesOf(slice: EndpointSlice, port: ServicePort): readonly Candidate[] {
  const { metadata } = slice
  const number = portIn(slice.ports ?? [], port)
  if (number === undefined) return []
  return slice.endpoints.flatMap(endpoint => {
    // All addresses of an endpoint are equivalent.
    const [address] = endpoint.addresses
    if (address === undefined) return []
    const pod = podOfEndpoint(slice, endpoint)
    return {
      slice: `${metadata.namespace}/${metadata.name}`,
      owner: pod ?? `${address} ${number}`,
      isPod: pod !== undefined,
      address,
      family: familyOf(address),
      port: number,
      state: stateOf(endpoint.conditions ?? {}),
    }
  })
}

/** A slice has the name of the Service's port; the protocol distinguishes ports of one name. */
function portIn(ports: NonNullable<EndpointSlice['ports']>, { name, protocol }: ServicePort): number | undefined {
  const named = ports.filter(port => (port.name ?? '') === (name ?? '') && typeof port.port === 'number')
  const exact = named.find(port => (port.protocol ?? 'TCP') === (protocol ?? 'TCP'))
  return (exact ?? named[0])?.port
}

/** The API's defaults: ready and serving, and not terminating. */
function stateOf({ ready, serving, terminating }: NonNullable<SliceEndpoint['conditions']>): State {
  if (ready ?? true) return 'ready'
  if (!terminating) return 'unready'
  return (serving ?? true) ? 'draining' : 'over'
}

/** The best candidate of each owner is first: by family, then by state. */
function inOrder(families: readonly string[]): (a: Candidate, b: Candidate) => number {
  const ranks = (one: Candidate) => [families.indexOf(one.family ?? ''), STATES.indexOf(one.state), one.port]
  return (a, b) => {
    const others = ranks(b)
    const difference = ranks(a)
      .map((rank, i) => rank - (others[i] ?? 0))
      .find(each => each !== 0)
    return difference ?? (a.address < b.address ? -1 : Number(a.address > b.address))
  }
}

const STATES: readonly State[] = ['ready', 'draining', 'unready', 'over']

function isReached({ family }: Candidate, reach: Reach): boolean {
  return reach === 'ip' || family !== 'IPv6'
}

function usable(candidates: readonly Candidate[]): readonly Candidate[] {
  const ready = candidates.filter(({ state }) => state === 'ready')
  return ready.length > 0 ? ready : candidates.filter(({ state }) => state === 'draining')
}

/** The least of several equally frequent ones, so that it is stable while endpoints change. */
function mostFrequent(numbers: readonly number[]): number | undefined {
  const groups = [...Map.groupBy(numbers, number => number)]
  return groups.toSorted(([a, as], [b, bs]) => bs.length - as.length || a - b)[0]?.[0]
}

/** Terminating endpoints are not counted, unless they are in use. */
function isCounted(one: Candidate, used: readonly Candidate[]): boolean {
  return one.state === 'ready' || one.state === 'unready' || used.some(({ owner }) => owner === one.owner)
}

function placeOf({ address, port, isPod }: Candidate, main: number | undefined): EndpointAddress {
  return { address, weight: 1, ...(port !== main && { port }), ...(isPod && { isPod }) }
}

/** At one address, the endpoint at the port of the cluster is first. */
function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1
  return (a.port ?? 0) - (b.port ?? 0)
}
