/** Sockets that more than one VirtualService wants on a proxy: the oldest gets them. */
import { type Listener, socketOf } from '@l7mesh/proxy-client'
import type { Problem } from './desired.ts'

export type Claim = { readonly key: string; readonly created: string; readonly listener: Listener }

/** Sockets that are the proxy's own, and what it does with them. */
type Reserved = ReadonlyMap<string, string>

type Decision = {
  readonly winners: readonly Claim[]
  /** By key of the VirtualService that does not get its socket. */
  readonly conflicts: ReadonlyMap<string, Problem>
}

export function decide(claims: readonly Claim[], reserved: Reserved): Decision {
  const holders = new Map<string, string>()
  const conflicts = new Map<string, Problem>()
  const winners: Claim[] = []
  for (const claim of claims.toSorted(byAge)) {
    const socket = socketOf(claim.listener.spec)
    const holder = reserved.get(socket) ?? holders.get(socket)
    if (holder === undefined) {
      holders.set(socket, `VirtualService ${claim.key}, which is older`)
      winners.push(claim)
    } else conflicts.set(claim.key, conflict(socket, holder))
  }
  return { winners, conflicts }
}

function conflict(socket: string, holder: string): Problem {
  return {
    condition: 'Accepted',
    reason: 'PortConflict',
    path: 'spec.listener.spec',
    message: `The socket ${socket} is taken by ${holder}. Choose another, or remove that one.`,
  }
}

function byAge(a: Claim, b: Claim): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1
  return a.key < b.key ? -1 : 1
}
