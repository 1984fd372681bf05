/**
 * Services for the pods of this machine. Their names resolve; a Service with a target port that differs from its port
 * gets a virtual address, from which it is forwarded. Other Services are reached at the pods' addresses directly. Level
 * based: `follow` sets the current state.
 */
import { getServers } from 'node:dns'
import { isDeepStrictEqual } from 'node:util'
import type { Snapshot, SourceProblem } from '../../sources/snapshot.ts'
import { numberPool } from './address-plan.ts'
import { clusterNames } from './cluster-names.ts'
import { type ServedPort, type ServiceView, serviceViews } from './local-services.ts'
import { type NameServer, serveNames } from './name-server.ts'
import type { Network } from './network.ts'
import { type Forwarder, openForwarder } from './port-forwards.ts'

export type ClusterServices = {
  readonly nameServer: Pick<NameServer, 'address' | 'port'>
  follow(snapshot: Pick<Snapshot, 'services' | 'endpointSlices'>): void
  problems(): readonly SourceProblem[]
  close(): Promise<void>
}

export const DNS_PORT = 53
const LOCALHOST = '127.0.0.1'
/** The delay before a failed listen is retried. */
const RETRY_MS = 1000

/** `onChange`: `problems` has changed. Rejects if no DNS server can listen on this machine. */
export async function openServices(network: Network, onChange: () => void): Promise<ClusterServices> {
  let views: readonly ServiceView[] = []
  const addresses = virtualAddresses(network)
  let names = clusterNames(views, addresses.of)
  const nameServer = await openNameServer(network, name => names(name))
  const ports = servicePorts(onChange)
  let last: Parameters<ClusterServices['follow']>[0] | undefined
  return {
    nameServer,
    follow(snapshot) {
      if (last?.services === snapshot.services && last.endpointSlices === snapshot.endpointSlices) return
      last = snapshot
      views = serviceViews(snapshot)
      const own = views.some(({ key }) => key === KUBE_DNS.key) ? [] : [kubeDns(nameServer)]
      addresses.follow(views.filter(isForwarded))
      names = clusterNames([...views, ...own], addresses.of)
      ports.follow(views.flatMap(view => forwardedPorts(view, addresses.of(view.key))))
    },
    problems: ports.problems,
    async close() {
      await ports.close()
      nameServer.close()
    },
  }
}

/** On the standard DNS port if this process may use it. */
async function openNameServer(network: Network, names: ReturnType<typeof clusterNames>): Promise<NameServer> {
  const address = network.serviceAddress(0)
  const options = { address: address ?? LOCALHOST, names, upstreams: getServers() }
  const desired = address === undefined ? 0 : DNS_PORT
  return serveNames({ ...options, port: desired }).catch(() => serveNames({ ...options, port: 0 }))
}

/** The Service of the cluster DNS; a Service of the folder with this name takes precedence. */
const KUBE_DNS = { key: 'kube-system/kube-dns', namespace: 'kube-system', name: 'kube-dns' }

const kubeDns = ({ address, port }: NameServer): ServiceView => ({
  ...KUBE_DNS,
  headless: false,
  endpoints: port === DNS_PORT ? [{ address }] : [],
  ports: [],
  mapsPorts: false,
  sticky: false,
})

const isForwarded = ({ headless, externalName, mapsPorts }: ServiceView) =>
  mapsPorts && !headless && externalName === undefined

/** A Service keeps its address while it is forwarded. Index 0 belongs to the DNS server. */
function virtualAddresses(network: Network) {
  const indexes = numberPool()
  indexes.take()
  const taken = new Map<string, number>()
  return {
    follow(views: readonly ServiceView[]) {
      const keys = new Set(views.map(({ key }) => key))
      for (const [key, index] of [...taken]) {
        if (keys.has(key)) continue
        taken.delete(key)
        indexes.free(index)
      }
      for (const key of keys) if (!taken.has(key)) taken.set(key, indexes.take())
    },
    of(key: string): string | undefined {
      const index = taken.get(key)
      return index === undefined ? undefined : network.serviceAddress(index)
    },
  }
}

type ForwardedPort = ServedPort & { readonly service: string; readonly address: string; readonly sticky: boolean }

/** A port without backends is closed, so that clients are refused immediately. */
function forwardedPorts({ key, ports, sticky }: ServiceView, address: string | undefined): readonly ForwardedPort[] {
  if (address === undefined) return []
  return ports.filter(({ backends }) => backends.length > 0).map(port => ({ ...port, service: key, address, sticky }))
}

const idOf = ({ service, protocol, port, address, sticky }: ForwardedPort) =>
  `${service} ${protocol} ${address}:${port} ${sticky}`

/** Reconciles the open forwarders with the desired ones, one reconciliation at a time. */
function servicePorts(onChange: () => void) {
  const open = new Map<string, Forwarder>()
  let desired: readonly ForwardedPort[] = []
  let problems: readonly SourceProblem[] = []
  let retry: NodeJS.Timeout | undefined
  let reconciling = Promise.resolve()

  const openOne = async (port: ForwardedPort): Promise<SourceProblem | undefined> => {
    const known = open.get(idOf(port))
    if (known !== undefined) return void known.send(port.backends)
    try {
      const forwarder = await openForwarder(port)
      open.set(idOf(port), forwarder)
      forwarder.send(port.backends)
      return undefined
    } catch (error) {
      return cannotListen(port, error)
    }
  }
  const reconcile = async () => {
    clearTimeout(retry)
    const ids = new Set(desired.map(idOf))
    for (const [id, forwarder] of [...open]) {
      if (ids.has(id)) continue
      open.delete(id)
      forwarder.close()
    }
    const found: SourceProblem[] = []
    for (const port of desired) found.push(...[(await openOne(port)) ?? []].flat())
    if (found.length > 0) retry = setTimeout(request, RETRY_MS).unref()
    const isNew = !isDeepStrictEqual(found, problems)
    problems = found
    if (isNew) onChange()
  }
  const request = () => {
    reconciling = reconciling.then(reconcile)
  }
  return {
    follow(next: readonly ForwardedPort[]) {
      desired = next
      request()
    },
    problems: () => problems,
    async close() {
      desired = []
      request()
      await reconciling
    },
  }
}

function cannotListen({ service, protocol, port, address }: ForwardedPort, error: unknown): SourceProblem {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: '', message: `${error}` }
  const help =
    code === 'EACCES'
      ? 'Only root can listen on ports below 1024: run as root or with --netns (Linux), or give the Service a port of 1024 or higher.'
      : 'It is retried until the port is free.'
  return {
    where: `Service ${service}`,
    message: `${protocol} port ${port} cannot be forwarded from ${address}: ${message}`,
    help,
  }
}
