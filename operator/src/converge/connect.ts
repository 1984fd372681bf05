/** Makes the connections that workers, and commands that only look, talk to proxies over. */
import { createProbe, ProxyClient } from '@l7mesh/proxy-client'
import type { ProxyRef } from '../translate/desired.ts'
import { gatedTransport, type MayWrite } from './leader-gate.ts'
import { originOf } from './origin.ts'
import type { Connection } from './round.ts'

export type ConnectOptions = {
  /** Sent to every proxy as a bearer token. */
  readonly token?: string
  /** Default: always. */
  readonly mayWrite?: MayWrite
}

/** One kept-alive connection, made at the first call. */
export function connect({ address, port }: ProxyRef, { mayWrite, ...options }: ConnectOptions = {}): Connection {
  const http = { ...options, origin: originOf(address, port) }
  const client = new ProxyClient({ ...http, ...(mayWrite && { transport: gatedTransport(http, mayWrite) }) })
  return {
    calls: client,
    reads: client,
    probe: createProbe(address),
    // A connection that nobody used says nothing of the proxy.
    onDisconnect: callback => void client.onDisconnect(why => why === 'lost' && callback()),
    close: () => client.close(),
  }
}
