/**
 * The health endpoints for kubelet probes. `/healthz` and `/livez` check that the main loop runs, which it does every five
 * seconds even if nothing changes; a process that hangs does not respond at all. `/readyz` also checks that all sources have
 * been read and that the API server responds to reads of the lease.
 */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListenAddress } from '../settings/value-types.ts'
import { messageOf, UserError } from '../user-error.ts'

/** Returns why the check fails, or undefined if it passes. */
export type Check = () => string | undefined
export type Checks = Readonly<Record<string, Check>>

export type HealthOptions = {
  /** By path: `/healthz`. */
  readonly checks: Readonly<Record<string, Checks>>
  /** Further pages, by path. */
  readonly pages?: Readonly<Record<string, RequestListener>>
}

export type HealthServer = { readonly port: number; close(): Promise<void> }

/** Rejects with a UserError. */
export async function serveHealth({ host, port }: ListenAddress, options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const page = options.pages?.[path]
    if (page) return page(request, response)
    const { status, text } = responseOf(options.checks[path])
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  })
  // Idle keep-alive connections must not delay the exit of the process.
  server.keepAliveTimeout = 1000
  try {
    server.listen({ port, ...(host !== undefined && { host }) })
    await once(server, 'listening')
  } catch (cause) {
    throw new UserError(`cannot serve health: ${messageOf(cause)}`, {
      help: 'Give another --health-address, or off.',
      cause,
    })
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** One line per check, in the format of Kubernetes' own components. */
function responseOf(checks: Checks | undefined): { readonly status: number; readonly text: string } {
  if (!checks) return { status: 404, text: 'page not found\n' }
  const results = Object.entries(checks).map(([name, check]) => ({ name, why: check() }))
  const failed = results.some(({ why }) => why !== undefined)
  const lines = results.map(({ name, why }) => (why === undefined ? `[+]${name} ok` : `[-]${name} failed: ${why}`))
  return { status: failed ? 503 : 200, text: `${lines.join('\n')}\n` }
}

export type LoopHealth = {
  /** Milliseconds since the last run of the loop. */
  sinceLastRound(): number
  /** Whether all sources have been read. */
  isSynced(): boolean
  /** Milliseconds since the last response of the API server about the lease. Default: no lease is used. */
  readonly leaseAge?: () => number
}

/** In milliseconds; the loop runs every five seconds. */
const LOOP_TIMEOUT = 20_000
const LEASE_TIMEOUT = 30_000

export function operatorChecks({ sinceLastRound, isSynced, leaseAge }: LoopHealth): HealthOptions['checks'] {
  const alive: Checks = {
    loop: () => late(sinceLastRound(), LOOP_TIMEOUT, 'ran'),
  }
  const ready: Checks = {
    ...alive,
    sources: () => (isSynced() ? undefined : 'not all sources have been read yet'),
    ...(leaseAge && { lease: () => late(leaseAge(), LEASE_TIMEOUT, 'observed') }),
  }
  return { '/healthz': alive, '/livez': alive, '/readyz': ready }
}

function late(milliseconds: number, timeout: number, verb: string): string | undefined {
  if (milliseconds <= timeout) return undefined
  return Number.isFinite(milliseconds) ? `last ${verb} ${Math.round(milliseconds / 1000)} s ago` : `never ${verb}`
}
