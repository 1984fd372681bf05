/** Which addresses pods get, and which port a proxy's REST API gets. Pure; `network.ts` makes the addresses real. */
import { createHash } from 'node:crypto'

/**
 * Loopback addresses for the pods of one folder: `127.A.x.y`, with A from the folder's name, so that two folders that
 * run side by side do not share addresses. 127.0.x.y and 127.1.x.y are left to the system, which has services there.
 */
export function loopbackAddress(folder: string, index: number): string {
  return `127.${rangeOf(folder)}.${hostPart(index)}`
}

/** For Services, in the same range, where no folder has so many pods. */
export function loopbackServiceAddress(folder: string, index: number): string {
  return loopbackAddress(folder, 128 * 254 + index)
}

function rangeOf(folder: string): number {
  return 2 + ((createHash('sha256').update(folder).digest()[0] ?? 0) % 253)
}

/** The address of the mesh itself on its bridge; node k is at 10.244.0.(k + 2), and its pods in 10.244.(k + 1).0/24. */
export const BRIDGE_ADDRESS = '10.244.0.1'
export const BRIDGE_PREFIX = 16
/** So many nodes and pods on each of them have an address. */
export const MOST_NODES = 250
export const MOST_PODS_OF_A_NODE = 254
export const nodeAddress = (node: number) => `10.244.0.${node + 2}`
/** Services are at addresses of their own, which belong to the mesh itself. */
export const SERVICE_RANGE = '10.244.252.0/22'
export const bridgeServiceAddress = (index: number) => `10.244.${252 + Math.floor(index / 254)}.${(index % 254) + 1}`
export const MOST_SERVICES = 4 * 254
export const podAddress = (node: number, index: number) => `10.244.${node + 1}.${index + 1}`

/** Of the interface with this address: the same for as often as the address is given, for others remember it. */
export const macOf = (address: string) =>
  ['02', '00', ...address.split('.').map(part => Number(part).toString(16).padStart(2, '0'))].join(':')

/** 0 is `0.1`, 253 is `0.254`, 254 is `1.1`: no part is 0 or 255 at the end. */
const hostPart = (index: number) => `${Math.floor(index / 254)}.${(index % 254) + 1}`

/** Hands out the lowest number that is free, so that few numbers serve a run however long it lasts. */
export type NumberPool = { take(): number; free(number: number): void }

export function numberPool(): NumberPool {
  const taken = new Set<number>()
  return {
    take() {
      let number = 0
      while (taken.has(number)) number++
      taken.add(number)
      return number
    },
    free: number => void taken.delete(number),
  }
}

/**
 * The first port from `wanted` on that no other proxy of the same socket space has and that `isFree` finds free.
 * Rejects where there is none up to 65535.
 */
export async function firstFreePort(
  wanted: number,
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean>,
): Promise<number> {
  for (let port = wanted; port <= 65_535; port++) {
    if (!taken.has(port) && (await isFree(port))) return port
  }
  throw new RangeError(`no port from ${wanted} on is free`)
}
