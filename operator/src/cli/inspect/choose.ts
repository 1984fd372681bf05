/** Which proxy of a mesh is meant: by its name, its address, or because there is only one that it can be. Pure. */
import type { DesiredFleet, DesiredProxy } from '../../translate/desired.ts'
import { UserError } from '../../user-error.ts'
import type { Address } from '../options/address.ts'

export function proxyNamed({ proxies }: DesiredFleet, name: string): DesiredProxy {
  const found = proxies.get(name) ?? only([...proxies.values()].filter(({ proxy }) => proxy.key.endsWith(`/${name}`)))
  if (found) return found
  throw new UserError(`there is no proxy ${name}`, { help: namesOf(proxies) })
}

/** The desired config of the proxy at an address; of any, where all want the same. */
export function proxyReachedAt({ proxies }: DesiredFleet, { host, port }: Address): DesiredProxy {
  const all = [...proxies.values()]
  const reached = all.find(({ proxy }) => proxy.address === host && proxy.port === port)
  if (reached) return reached
  const configs = new Set(all.map(({ config }) => config))
  const [first] = all
  if (first && configs.size === 1) return first
  const message = first ? `which proxy is ${host}:${port}?` : 'there is no proxy'
  throw new UserError(message, { help: first ? `Say so with --as. ${namesOf(proxies)}` : NO_PROXY })
}

const NO_PROXY = 'A proxy is a pod with a container named l7mp.'

function only<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined
}

function namesOf(proxies: DesiredFleet['proxies']): string {
  return proxies.size === 0 ? NO_PROXY : `There are: ${[...proxies.keys()].sort().join(', ')}.`
}
