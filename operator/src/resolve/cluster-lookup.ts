/** Looks up names as the pods of a cluster do whose DNS server is not that of this machine: at the server of `up`. */
import { Resolver } from 'node:dns/promises'
import type { Lookup } from './resolver.ts'

export type NameServerAddress = { readonly address: string; readonly port: number }

/** `namespaces`: of the pods that are to find the names. `machine`: asked for what is no name of the cluster. */
export function clusterLookup(server: NameServerAddress, namespaces: () => Iterable<string>, machine: Lookup): Lookup {
  const resolver = new Resolver({ timeout: 1000, tries: 3 })
  resolver.setServers([`${server.address}:${server.port}`])
  return async name => {
    const plain = name.toLowerCase().replace(/\.$/, '')
    const answers = await Promise.all(candidates(plain, new Set(namespaces())).map(each => ask(resolver, each)))
    const found = answers.find(({ addresses }) => addresses.length > 0)
    if (found) return found.addresses.map(() => ({ family: 4 }))
    if (!isOfCluster(plain)) return machine(name)
    throw (
      answers.find(({ error }) => error?.code !== 'ENOTFOUND')?.error ?? answers[0]?.error ?? new Error(`no ${name}`)
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

type ServerAnswer = { readonly addresses: readonly string[]; readonly error?: NodeJS.ErrnoException }

async function ask(resolver: Resolver, name: string): Promise<ServerAnswer> {
  try {
    return { addresses: await resolver.resolve4(name) }
  } catch (error) {
    return { addresses: [], error: asLookup(error) }
  }
}

/** A name without an address, of a headless Service without pods: `lookup` of `node:dns` says that there is no such name. */
function asLookup(error: unknown): NodeJS.ErrnoException {
  if (!(error instanceof Error)) return new Error(String(error))
  const isEmpty = 'code' in error && error.code === 'ENODATA'
  return isEmpty ? Object.assign(new Error(error.message, { cause: error }), { code: 'ENOTFOUND' }) : error
}
