/**
 * The addresses that no endpoint can have for an API server, since they mean a link or no machine. Pure. Loopback addresses,
 * which it refuses too, are left out: in the folder of a mesh on one machine they are those of its servers.
 */
import { BlockList, isIPv6 } from 'node:net'

type Range = readonly [reason: string, ...subnets: (readonly [address: string, prefix: number])[]]

const RANGES: readonly Range[] = [
  ['the address of no machine', ['0.0.0.0', 32], ['::', 128]],
  ['a link-local address', ['169.254.0.0', 16], ['fe80::', 10]],
  ['a link-local multicast address', ['224.0.0.0', 24], ['ff02::', 16]],
]

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

const KNOWN = RANGES.map(([reason, ...subnets]) => {
  const list = new BlockList()
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, familyOf(address))
  return { reason, list }
})

/** What the IP address is; undefined where an endpoint can have it. */
export function noEndpoint(address: string): string | undefined {
  return KNOWN.find(({ list }) => list.check(address, familyOf(address)))?.reason
}
