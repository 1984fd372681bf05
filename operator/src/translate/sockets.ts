/**
 * Socket conflicts: of the resources that claim the same socket of a proxy, the oldest gets it; of equally old ones, the
 * first by name.
 */
import { type Listener, overlap, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../sources/snapshot.ts'
import type { Problem, ProxyRef } from './desired.ts'

/** The listener that a resource needs. `created` is its creation timestamp. */
export type Claim = {
  /** For messages, like `VirtualService shop/web`. */
  readonly holder: string
  readonly resource: ResourceKey
  readonly created: string
  readonly listener: Listener
  /** The field that a conflict is reported at. */
  readonly path: string
}

/** Sockets in use, with their holder for messages. */
export type Taken = ReadonlyMap<string, string>

type Decision = { readonly winners: readonly Claim[]; readonly losers: readonly Loser[] }
export type Loser = { readonly claim: Claim; readonly socket: string; readonly holder: string }

/** Decides between all claims on one proxy. */
export function decide(claims: readonly Claim[], taken: Taken): Decision {
  const holders = new Holders(taken)
  const losers: Loser[] = []
  const winners: Claim[] = []
  for (const claim of claims.toSorted(byAge)) {
    const socket = socketOf(claim.listener.spec)
    const holder = holders.of(socket)
    if (holder === undefined) {
      holders.add(socket, claim)
      winners.push(claim)
    } else losers.push({ claim, socket, holder: titleOf(holder, claim) })
  }
  return { winners, losers }
}

/** A claim, or, for a socket that is taken, the holder for messages. */
type Holder = Claim | string

function titleOf(holder: Holder, { created }: Claim): string {
  return typeof holder === 'string' ? holder : `${holder.holder}, ${precedence(holder.created, created)}`
}

/** Why the first of two takes precedence, by their creation timestamps. */
export function precedence(first: string, second: string): string {
  return first === second ? 'which comes first by name at equal age' : 'which is older'
}

/** The holder of each socket. */
class Holders {
  readonly #byPort = new Map<string, (readonly [socket: string, holder: Holder])[]>()

  constructor(taken: Taken) {
    for (const [socket, holder] of taken) this.add(socket, holder)
  }

  add(socket: string, holder: Holder): void {
    const port = portOfSocket(socket)
    const held = this.#byPort.get(port)
    if (held) held.push([socket, holder])
    else this.#byPort.set(port, [[socket, holder]])
  }

  of(socket: string): Holder | undefined {
    return this.#byPort.get(portOfSocket(socket))?.find(([held]) => overlap(held, socket))?.[1]
  }
}

export function portConflict({ path }: Claim, message: string): Problem {
  return { condition: 'Accepted', reason: 'PortConflict', path, message }
}

function byAge(a: Claim, b: Claim): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1
  return a.resource < b.resource ? -1 : 1
}

/** The sockets that a proxy itself uses. */
export function ownSockets({ port, metricsPort }: Pick<ProxyRef, 'port' | 'metricsPort'>): Taken {
  const sockets = new Map([[`tcp:${port}`, 'the REST API of the proxy itself']])
  if (metricsPort !== undefined) sockets.set(`tcp:${metricsPort}`, 'the metrics of the proxy itself')
  return sockets
}
