/** Makes the connections that workers, and commands that only look, talk to proxies over. */
import { type Calls, createProbe, HARDENED, ProxyClient } from '@l7mesh/proxy-client'
import type { ProxyRef } from '../translate/desired.ts'
import type { Connection } from './round.ts'

export type ConnectOptions = {
  /** Sent to every proxy as a bearer token. */
  readonly token?: string
}

/** One kept-alive connection, made at the first call. */
export function connect({ address, port }: ProxyRef, options: ConnectOptions = {}): Connection {
  const reach = { ...options, origin: originOf(address, port) }
  const client = new ProxyClient(reach)
  const ending = sessionEnder(client, () => new ProxyClient({ ...reach, hardened: true }))
  return {
    calls: withDeleteSession(client, ending.deleteSession),
    reads: client,
    probe: createProbe(address),
    // A connection that nobody used says nothing of the proxy.
    onDisconnect: callback => void client.onDisconnect(why => why === 'lost' && callback()),
    close: async () => void (await Promise.all([client.close(), ending.close()])),
  }
}

export function originOf(address: string, port: number): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

type DeleteSession = Calls['deleteSession']

/**
 * A guarded proxy survives the end of any session, and whether it is guarded is asked each time: it may have been
 * replaced. Its client is made when the first session is to be ended, which for most proxies is never.
 */
function sessionEnder(client: ProxyClient, makeHardened: () => ProxyClient) {
  let hardened: ProxyClient | undefined
  const deleteSession: DeleteSession = async (name, signal) => {
    if ((await client.rulelists.get(HARDENED, signal)) === undefined) return client.deleteSession(name, signal)
    hardened ??= makeHardened()
    return hardened.deleteSession(name, signal)
  }
  return { deleteSession, close: async () => hardened?.close() }
}

function withDeleteSession(client: ProxyClient, deleteSession: DeleteSession): Calls {
  return {
    createCluster: (cluster, signal) => client.createCluster(cluster, signal),
    createEndpoint: (cluster, endpoint, signal) => client.createEndpoint(cluster, endpoint, signal),
    createRoute: (route, signal) => client.createRoute(route, signal),
    createRule: (rule, signal) => client.createRule(rule, signal),
    createRuleList: (list, signal) => client.createRuleList(list, signal),
    createListener: (listener, signal) => client.createListener(listener, signal),
    replaceListener: (old, listener, signal) => client.replaceListener(old, listener, signal),
    insertRule: (rulelist, position, rule, signal) => client.insertRule(rulelist, position, rule, signal),
    removeRuleAt: (rulelist, position, signal) => client.removeRuleAt(rulelist, position, signal),
    deleteObject: (kind, name, signal) => client.deleteObject(kind, name, signal),
    sessions: signal => client.sessions(signal),
    deleteSession,
  }
}
