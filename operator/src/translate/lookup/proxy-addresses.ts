/** Proxies by address. Several can share one, like those of a node with `hostNetwork`. */
import type { Pod } from '../../kinds/core-types.ts'
import { plainForm } from '../predicates/address-forms.ts'
import { podAddresses } from './pods.ts'

/** Groups of several proxies at one address, the oldest of each first. */
export function proxiesSharingAddress(
  proxies: readonly string[],
  pod: (key: string) => Pod | undefined,
): readonly (readonly string[])[] {
  const addressOfNode = new Map<string, string>()
  const members = proxies.map(key => {
    const found = pod(key)
    const [own = ''] = podAddresses(found)
    const node = found?.spec.hostNetwork === true ? found.spec.nodeName : undefined
    const address = node === undefined ? own : (addressOfNode.get(node) ?? own)
    if (node !== undefined) addressOfNode.set(node, address)
    return { key, address, created: found?.metadata.creationTimestamp ?? '' }
  })
  return [...Map.groupBy(members, ({ address }) => address).values()]
    .filter(group => group.length > 1)
    .map(group => group.toSorted(byAge).map(({ key }) => key))
}

/** All proxies by each of their addresses in plain form, the oldest first. */
export function proxiesByAddress(
  proxies: readonly string[],
  pod: (key: string) => Pod | undefined,
): ReadonlyMap<string, readonly string[]> {
  const members = proxies
    .map(key => ({ key, created: pod(key)?.metadata.creationTimestamp ?? '' }))
    .toSorted(byAge)
    .flatMap(({ key }) => podAddresses(pod(key)).map(address => ({ key, address: plainForm(address) ?? address })))
  return new Map(
    [...Map.groupBy(members, ({ address }) => address)].map(([address, at]) => [address, at.map(({ key }) => key)]),
  )
}

function byAge(a: { key: string; created: string }, b: { key: string; created: string }): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1
  return a.key < b.key ? -1 : 1
}
