import { afterEach, beforeEach, expect, it } from 'vitest'
import { type HealthServer, operatorChecks, serveHealth } from '../../src/app/health.ts'

const operator = { sinceLastRound: 0, isSynced: true, leaseAge: 0 }
let server: HealthServer

beforeEach(async () => {
  Object.assign(operator, { sinceLastRound: 0, isSynced: true, leaseAge: 0 })
  const checks = operatorChecks({
    sinceLastRound: () => operator.sinceLastRound,
    isSynced: () => operator.isSynced,
    leaseAge: () => operator.leaseAge,
  })
  const pages = { '/metrics': (_: unknown, response: { end(text: string): unknown }) => void response.end('a 1\n') }
  server = await serveHealth({ host: '127.0.0.1', port: 0 }, { checks, pages })
})
afterEach(() => server.close())

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
  return { status: response.status, text: await response.text() }
}

it('is alive if the loop runs, and ready if sources and lease are read', async () => {
  expect(await get('/healthz')).toEqual({ status: 200, text: '[+]loop ok\n' })
  expect(await get('/livez?verbose')).toEqual({ status: 200, text: '[+]loop ok\n' })
  expect(await get('/readyz')).toEqual({ status: 200, text: '[+]loop ok\n[+]sources ok\n[+]lease ok\n' })
})

it('is not alive if the loop has not run for too long', async () => {
  operator.sinceLastRound = 6000
  expect((await get('/healthz')).status).toBe(200)
  operator.sinceLastRound = 21_000
  expect(await get('/healthz')).toEqual({ status: 503, text: '[-]loop failed: last ran 21 s ago\n' })
})

it('is alive but not ready until all sources have been read', async () => {
  operator.isSynced = false
  expect((await get('/healthz')).status).toBe(200)
  const { status, text } = await get('/readyz')
  expect(status).toBe(503)
  expect(text).toContain('[-]sources failed: not all sources have been read yet')
})

it('is not ready if the API server does not respond about the lease', async () => {
  operator.leaseAge = 31_000
  expect((await get('/readyz')).status).toBe(503)
  operator.leaseAge = Number.POSITIVE_INFINITY
  expect((await get('/readyz')).text).toContain('[-]lease failed: never observed')
})

it('has no lease check without leader election', () => {
  const checks = operatorChecks({ sinceLastRound: () => 0, isSynced: () => true })
  expect(Object.keys(checks['/readyz'] ?? {})).toEqual(['loop', 'sources'])
})

it('serves other pages, and 404 for unknown paths', async () => {
  expect(await get('/metrics')).toEqual({ status: 200, text: 'a 1\n' })
  expect((await get('/')).status).toBe(404)
})

it('rejects if the port is in use', async () => {
  await expect(serveHealth({ host: '127.0.0.1', port: server.port }, { checks: {} })).rejects.toThrow('EADDRINUSE')
})
