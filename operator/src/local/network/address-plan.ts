/**
 * The address plan: the addresses of pods and the REST API ports of proxies. Pure; `network.ts` assigns the addresses.
 */
import { createHash } from 'node:crypto'

/**
 * Loopback addresses for the pods of one folder: `127.A.x.y`, with A derived from the folder's path, so that two
 * folders can run at the same time without sharing addresses. 127.0.x.y and 127.1.x.y are avoided, because services of
 * the system listen there.
 */
export function loopbackAddress(folder: string, index: number): string {
  return `127.${rangeOf(folder)}.${hostPart(index)}`
}

/** Service addresses, at the end of the same range, which pods do not reach. */
export function loopbackServiceAddress(folder: string, index: number): string {
  return loopbackAddress(folder, 128 * 254 + index)
}

function rangeOf(folder: string): number {
  return 2 + ((createHash('sha256').update(folder).digest()[0] ?? 0) % 253)
}

/** The address of the bridge. Node k is at 10.244.0.(k + 2), and its pods are in 10.244.(k + 1).0/24. */
export const BRIDGE_ADDRESS = '10.244.0.1'
export const BRIDGE_PREFIX = 16
/** The number of nodes, and of pods per node, that have an address. */
export const MAX_NODES = 250
export const MAX_PODS_PER_NODE = 254
export const nodeAddress = (node: number) => `10.244.0.${node + 2}`
/** Service addresses are local to the network namespace of the mesh itself. */
export const SERVICE_RANGE = '10.244.252.0/22'
export const bridgeServiceAddress = (index: number) => `10.244.${252 + Math.floor(index / 254)}.${(index % 254) + 1}`
export const MAX_SERVICES = 4 * 254
export const podAddress = (node: number, index: number) => `10.244.${node + 1}.${index + 1}`

/**
 * The MAC address of the interface with this IP address. It is stable when an address is reused, because other hosts
 * cache it.
 */
export const macOf = (address: string) =>
  ['02', '00', ...address.split('.').map(part => Number(part).toString(16).padStart(2, '0'))].join(':')

/** 0 is `0.1`, 253 is `0.254`, 254 is `1.1`: the last octet is never 0 or 255. */
const hostPart = (index: number) => `${Math.floor(index / 254)}.${(index % 254) + 1}`

/** Allocates the lowest free number, so that long runs do not exhaust the range. */
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
 * The first port from `wanted` on that no other proxy of the same network has allocated and that `isFree` reports as
 * free. Rejects if there is none up to 65535.
 */
export async function firstFreePort(
  wanted: number,
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean>,
): Promise<number> {
  for (let port = wanted; port <= 65_535; port++) {
    if (!taken.has(port) && (await isFree(port))) return port
  }
  throw new RangeError(`no free port from ${wanted} on`)
}
