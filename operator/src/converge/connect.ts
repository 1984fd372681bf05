/** Creates the drivers with which workers, and commands without a fleet, access proxies. */
import {
  createProbe,
  type Driver,
  KnownLists,
  l7mpDriver,
  type Obstacle,
  Presence,
  ProxyClient,
} from '@l7mesh/proxy-client'
import type { ProxyRef } from '../translate/desired.ts'
import { gatedTransport, type MayWrite } from './leader-gate.ts'
import { originOf } from './origin.ts'

/**
 * Returns the bearer token for a proxy; undefined for none. Called before each call. `refused`: the token that the proxy
 * has just rejected; the call is repeated once if another one is returned then.
 */
export type ProxyCredentials = (proxy: ProxyRef, refused?: string) => string | undefined

export type ConnectOptions = {
  /** Default: no token. */
  readonly credentials?: ProxyCredentials
  /** Default: always. */
  readonly mayWrite?: MayWrite
  /** Default: obstacles are unknown. */
  readonly obstacle?: Obstacle
  /** Shared by connections whose proxies may have equal configs. Default: none. */
  readonly lists?: KnownLists
}

/** Like `connect`, but proxies with equal configs share them in memory. */
export function createConnect(): typeof connect {
  const lists = new KnownLists()
  return (proxy, options) => connect(proxy, { lists, ...options })
}

/** One kept-alive connection, made at the first call. */
export function connect(proxy: ProxyRef, { credentials, mayWrite, obstacle, lists }: ConnectOptions = {}): Driver {
  const origin = originOf(proxy.address, proxy.port)
  const client = new ProxyClient({
    origin,
    ...(credentials && { token: refused => credentials(proxy, refused) }),
    ...(mayWrite && { transport: gatedTransport({ origin }, mayWrite) }),
  })
  const presence = new Presence({ host: proxy.address, port: proxy.port })
  const probe = createProbe(proxy.address)
  return l7mpDriver({ calls: client, reads: client, client, probe, obstacle, presence, lists })
}
