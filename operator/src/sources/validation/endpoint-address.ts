/**
 * The addresses that an API server rejects for endpoints: unspecified and link-local ones. Pure. Loopback addresses,
 * which it also rejects, are allowed: in the folder of a mesh on one machine, servers have them.
 */
import { BlockList, isIPv6 } from 'node:net'

type Range = readonly [reason: string, ...subnets: (readonly [address: string, prefix: number])[]]

const RANGES: readonly Range[] = [
  ['the unspecified address', ['0.0.0.0', 32], ['::', 128]],
  ['a link-local address', ['169.254.0.0', 16], ['fe80::', 10]],
  ['a link-local multicast address', ['224.0.0.0', 24], ['ff02::', 16]],
]

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

const INVALID = RANGES.map(([reason, ...subnets]) => {
  const list = new BlockList()
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, familyOf(address))
  return { reason, list }
})

/** The reason why an endpoint cannot have the IP address; undefined if it can. */
export function invalidReason(address: string): string | undefined {
  return INVALID.find(({ list }) => list.check(address, familyOf(address)))?.reason
}
