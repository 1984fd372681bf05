/** Selects a proxy of a mesh by its name or address, or because it is the only candidate. Pure. */
import type { DesiredFleet, DesiredProxy } from '../../translate/desired.ts'
import { UserError } from '../../user-error.ts'
import type { Address } from '../options/address.ts'

export function proxyByName({ proxies }: DesiredFleet, name: string): DesiredProxy {
  const found = proxies.get(name) ?? only([...proxies.values()].filter(({ proxy }) => proxy.key.endsWith(`/${name}`)))
  if (found) return found
  throw new UserError(`proxy ${name} not found`, { help: namesOf(proxies) })
}

/** The desired config of the proxy at an address; of any proxy if all have the same desired config. */
export function proxyByAddress({ proxies }: DesiredFleet, { host, port }: Address): DesiredProxy {
  const all = [...proxies.values()]
  const reached = all.find(({ proxy }) => proxy.address === host && proxy.port === port)
  if (reached) return reached
  const configs = new Set(all.map(({ config }) => config))
  const [first] = all
  if (first && configs.size === 1) return first
  const message = first ? `cannot tell which proxy ${host}:${port} is` : 'there are no proxies'
  throw new UserError(message, { help: first ? `Name it with --as. ${namesOf(proxies)}` : NO_PROXY })
}

const NO_PROXY = 'A proxy is a pod with a container named l7mp.'

function only<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined
}

function namesOf(proxies: DesiredFleet['proxies']): string {
  return proxies.size === 0 ? NO_PROXY : `The proxies are: ${[...proxies.keys()].sort().join(', ')}.`
}
