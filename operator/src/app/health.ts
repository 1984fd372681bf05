/**
 * What a kubelet asks: is this process alive, and can it do its work? `/healthz` and `/livez` ask whether the loop goes
 * round, which it does every few seconds also when nothing happens; a process that is stuck does not answer at all.
 */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListenAddress } from '../settings/value-types.ts'
import { messageOf, UserError } from '../user-error.ts'

/** Why a check fails, for people; undefined where it passes. */
export type Check = () => string | undefined
export type Checks = Readonly<Record<string, Check>>

export type HealthOptions = {
  /** By path: `/healthz`. */
  readonly checks: Readonly<Record<string, Checks>>
  /** What is served beside the checks, by path. */
  readonly pages?: Readonly<Record<string, RequestListener>>
}

export type HealthServer = { readonly port: number; close(): Promise<void> }

/** Rejects with a UserError. */
export async function serveHealth({ host, port }: ListenAddress, options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const page = options.pages?.[path]
    if (page) return page(request, response)
    const { status, text } = answer(options.checks[path])
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  })
  // Whoever asks and does not go on asking must not hold up the end of the process.
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

/** A line for each check, as Kubernetes' own components answer. */
function answer(checks: Checks | undefined): { readonly status: number; readonly text: string } {
  if (!checks) return { status: 404, text: 'there is no such page\n' }
  const results = Object.entries(checks).map(([name, check]) => ({ name, why: check() }))
  const failed = results.some(({ why }) => why !== undefined)
  const lines = results.map(({ name, why }) => (why === undefined ? `[+]${name} ok` : `[-]${name} failed: ${why}`))
  return { status: failed ? 503 : 200, text: `${lines.join('\n')}\n` }
}

export type LoopHealth = {
  /** How long ago the loop went round last, in milliseconds. */
  sinceLastRound(): number
  /** Every source has been read. */
  isSynced(): boolean
  /** How long ago the API server last answered about the lease, in milliseconds. Default: there is no lease. */
  readonly leaseAge?: () => number
}

/** In milliseconds; the loop goes round every five seconds. */
const STILL_FOR_TOO_LONG = 20_000
const SILENT_FOR_TOO_LONG = 30_000

export function operatorChecks({ sinceLastRound, isSynced, leaseAge }: LoopHealth): HealthOptions['checks'] {
  const alive: Checks = {
    loop: () => late(sinceLastRound(), STILL_FOR_TOO_LONG, 'went round'),
  }
  const ready: Checks = {
    ...alive,
    sources: () => (isSynced() ? undefined : 'not everything has been read yet'),
    ...(leaseAge && { lease: () => late(leaseAge(), SILENT_FOR_TOO_LONG, 'was seen') }),
  }
  return { '/healthz': alive, '/livez': alive, '/readyz': ready }
}

function late(milliseconds: number, most: number, what: string): string | undefined {
  if (milliseconds <= most) return undefined
  const ago = Number.isFinite(milliseconds) ? `last ${what} ${Math.round(milliseconds / 1000)} s ago` : `never ${what}`
  return ago
}
