/** DNS lookups with the search domains of pods, at the DNS server of `l7mesh up`. */
import { Resolver } from 'node:dns/promises'
import type { Lookup } from './resolver.ts'

export type NameServerAddress = { readonly address: string; readonly port: number }

/** `namespaces`: those of the pods that use the names. `machine`: looks up names outside of the cluster domain. */
export function clusterLookup(server: NameServerAddress, namespaces: () => Iterable<string>, machine: Lookup): Lookup {
  const resolver = new Resolver({ timeout: 1000, tries: 3 })
  resolver.setServers([`${server.address}:${server.port}`])
  return async name => {
    const plain = name.toLowerCase().replace(/\.$/, '')
    const responses = await Promise.all(candidates(plain, new Set(namespaces())).map(each => query(resolver, each)))
    const found = responses.find(({ addresses }) => addresses.length > 0)
    if (found) return found.addresses.map(() => ({ family: 4 }))
    if (!isOfCluster(plain)) return machine(name)
    throw (
      responses.find(({ error }) => error?.code !== 'ENOTFOUND')?.error ??
      responses[0]?.error ??
      new Error(`no ${name}`)
    )
  }
}

const DOMAIN = 'cluster.local'

const isOfCluster = (name: string) => name.endsWith('.svc') || name.endsWith(`.${DOMAIN}`)

function candidates(name: string, namespaces: ReadonlySet<string>): readonly string[] {
  if (name.endsWith(`.${DOMAIN}`)) return [name]
  const own = [...namespaces].map(namespace => `${name}.${namespace}.svc.${DOMAIN}`)
  return [...own, `${name}.svc.${DOMAIN}`, `${name}.${DOMAIN}`]
}

type Response = { readonly addresses: readonly string[]; readonly error?: NodeJS.ErrnoException }

async function query(resolver: Resolver, name: string): Promise<Response> {
  try {
    return { addresses: await resolver.resolve4(name) }
  } catch (error) {
    return { addresses: [], error: lookupError(error) }
  }
}

/** ENODATA (a headless Service without pods) becomes ENOTFOUND, as with `lookup` of `node:dns`. */
function lookupError(error: unknown): NodeJS.ErrnoException {
  if (!(error instanceof Error)) return new Error(String(error))
  const isEmpty = 'code' in error && error.code === 'ENODATA'
  return isEmpty ? Object.assign(new Error(error.message, { cause: error }), { code: 'ENOTFOUND' }) : error
}
