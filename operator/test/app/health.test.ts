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

async function ask(path: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`)
  return { status: answer.status, text: await answer.text() }
}

it('an operator whose loop goes round is alive, and ready when it can work', async () => {
  expect(await ask('/healthz')).toEqual({ status: 200, text: '[+]loop ok\n' })
  expect(await ask('/livez?verbose')).toEqual({ status: 200, text: '[+]loop ok\n' })
  expect(await ask('/readyz')).toEqual({ status: 200, text: '[+]loop ok\n[+]sources ok\n[+]lease ok\n' })
})

it('a quiet loop is alive, a hung one is not', async () => {
  operator.sinceLastRound = 6000
  expect((await ask('/healthz')).status).toBe(200)
  operator.sinceLastRound = 21_000
  expect(await ask('/healthz')).toEqual({ status: 503, text: '[-]loop failed: last went round 21 s ago\n' })
})

it('an operator that still reads its sources is alive and not ready', async () => {
  operator.isSynced = false
  expect((await ask('/healthz')).status).toBe(200)
  const { status, text } = await ask('/readyz')
  expect(status).toBe(503)
  expect(text).toContain('[-]sources failed: not everything has been read yet')
})

it('is not ready while the API server does not answer about the lease', async () => {
  operator.leaseAge = 31_000
  expect((await ask('/readyz')).status).toBe(503)
  operator.leaseAge = Number.POSITIVE_INFINITY
  expect((await ask('/readyz')).text).toContain('[-]lease failed: never was seen')
})

it('without an election, the lease says nothing', () => {
  const checks = operatorChecks({ sinceLastRound: () => 0, isSynced: () => true })
  expect(Object.keys(checks['/readyz'] ?? {})).toEqual(['loop', 'sources'])
})

it('serves other pages beside the checks, and nothing else', async () => {
  expect(await ask('/metrics')).toEqual({ status: 200, text: 'a 1\n' })
  expect((await ask('/')).status).toBe(404)
})

it('says that it cannot listen where somebody else does', async () => {
  await expect(serveHealth({ host: '127.0.0.1', port: server.port }, { checks: {} })).rejects.toThrow('EADDRINUSE')
})
