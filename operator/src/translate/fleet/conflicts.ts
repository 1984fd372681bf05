/** Sockets that more than one VirtualService wants on a proxy: the oldest gets them. */
import { type Listener, overlap, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import type { Problem } from '../desired.ts'

export type Claim = { readonly key: string; readonly created: string; readonly listener: Listener }

export function claimOf(
  key: string,
  { listener, created }: { readonly listener: Listener | undefined; readonly created: string },
): readonly Claim[] {
  return listener === undefined ? [] : [{ key, created, listener }]
}

/** Sockets that are not to be had, and what has them. */
export type Taken = ReadonlyMap<string, string>

type Decision = {
  readonly winners: readonly Claim[]
  /** By key of the VirtualService that does not get its socket. */
  readonly conflicts: ReadonlyMap<string, Conflict>
}
export type Conflict = { readonly socket: string; readonly holder: string }

export function decide(claims: readonly Claim[], taken: Taken): Decision {
  const holders = new Holders(taken)
  const conflicts = new Map<string, Conflict>()
  const winners: Claim[] = []
  for (const claim of claims.toSorted(byAge)) {
    const socket = socketOf(claim.listener.spec)
    const holder = holders.of(socket)
    if (holder === undefined) {
      holders.add(socket, `VirtualService ${claim.key}, which is older`)
      winners.push(claim)
    } else conflicts.set(claim.key, { socket, holder })
  }
  return { winners, conflicts }
}

/** Who has which socket. */
class Holders {
  readonly #byPort = new Map<string, (readonly [socket: string, holder: string])[]>()

  constructor(taken: Taken) {
    for (const [socket, holder] of taken) this.add(socket, holder)
  }

  add(socket: string, holder: string): void {
    const port = portOfSocket(socket)
    const held = this.#byPort.get(port)
    if (held) held.push([socket, holder])
    else this.#byPort.set(port, [[socket, holder]])
  }

  of(socket: string): string | undefined {
    return this.#byPort.get(portOfSocket(socket))?.find(([held]) => overlap(held, socket))?.[1]
  }
}

export function portConflict(message: string): Problem {
  return { condition: 'Accepted', reason: 'PortConflict', path: 'spec.listener.spec', message }
}

function byAge(a: Claim, b: Claim): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1
  return a.key < b.key ? -1 : 1
}
