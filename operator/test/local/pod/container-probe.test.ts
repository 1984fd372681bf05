import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { ProbeCheck } from '../../../src/local/manifests/workload.ts'
import { probeCheck, watchLiveness, watchReadiness, watchStartup } from '../../../src/local/pod/container-probe.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: (path: string, header: string | undefined) => number | undefined): Promise<number> {
  const server = createServer((request, response) => {
    const status = answer(request.url ?? '', request.headers['x-probe']?.toString())
    if (status !== undefined) response.writeHead(status).end()
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const target = (port: number, exec: () => boolean = () => false) => ({
  address: '127.0.0.1',
  ports: [{ name: 'http', containerPort: port }],
  exec: async () => exec(),
})
const never = new AbortController().signal
const get = (changes: Partial<Extract<ProbeCheck, { type: 'httpGet' }>>): ProbeCheck => ({
  type: 'httpGet',
  scheme: 'http',
  port: 'http',
  path: '/',
  headers: {},
  ...changes,
})

describe('probeCheck', () => {
  it.each([
    [200, true],
    [302, true],
    [404, false],
    [500, false],
  ])('httpGet answered with %i: %s', async (status, passed) => {
    const port = await serve(() => status)
    expect(await probeCheck(get({}), target(port), never)).toBe(passed)
  })

  it('sends the path and headers of an httpGet', async () => {
    const port = await serve((path, header) => (path === '/ready?x=1' && header === 'yes' ? 200 : 404))
    const check = get({ path: '/ready?x=1', headers: { 'X-Probe': 'yes' } })
    expect(await probeCheck(check, target(port), never)).toBe(true)
  })

  it('opens a tcpSocket by number, by name and by a number in quotes', async () => {
    const port = await serve(() => 200)
    for (const named of [port, 'http', String(port)]) {
      expect(await probeCheck({ type: 'tcpSocket', port: named }, target(port), never)).toBe(true)
    }
    expect(await probeCheck({ type: 'tcpSocket', port: 'none' }, target(port), never)).toBe(false)
  })

  it('fails if nothing listens, and if no response arrives in time', async () => {
    const port = await serve(() => undefined)
    expect(await probeCheck(get({}), target(port), AbortSignal.timeout(50))).toBe(false)
    servers.splice(0).forEach(server => {
      server.closeAllConnections()
      server.close()
    })
    expect(await probeCheck(get({}), target(port), never)).toBe(false)
  })

  it('runs a command', async () => {
    const exec = (passes: boolean) =>
      probeCheck(
        { type: 'exec', command: ['x'] },
        target(1, () => passes),
        never,
      )
    expect([await exec(true), await exec(false)]).toEqual([true, false])
  })
})

describe('watchReadiness', () => {
  it('is ready after successThreshold successes until failureThreshold failures', async () => {
    const answers = [false, true, true, false, true, false, false]
    const seen: string[] = []
    const over = new AbortController()
    const probe = {
      check: { type: 'exec', command: ['x'] } as const,
      initialDelaySeconds: 0,
      periodSeconds: 0.001,
      timeoutSeconds: 1,
      successThreshold: 2,
      failureThreshold: 2,
    }
    const exec = () => {
      const passed = answers.shift()
      if (passed === undefined) over.abort()
      else seen.push(passed ? 'pass' : 'fail')
      return passed ?? false
    }
    await watchReadiness(probe, target(1, exec), over.signal, ready => seen.push(ready ? 'READY' : 'NOT READY'))
    expect(seen).toEqual(['fail', 'pass', 'pass', 'READY', 'fail', 'pass', 'fail', 'fail', 'NOT READY'])
  })

  it('waits initialDelaySeconds, and stops immediately when aborted', async () => {
    const over = new AbortController()
    const probe = {
      check: { type: 'exec', command: ['x'] } as const,
      initialDelaySeconds: 1000,
      periodSeconds: 1,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 1,
    }
    let asked = 0
    const watching = watchReadiness(
      probe,
      target(1, () => ++asked > 0),
      over.signal,
      () => {},
    )
    over.abort()
    await watching
    expect(asked).toBe(0)
  })
})

const often = {
  check: { type: 'exec', command: ['check'] },
  initialDelaySeconds: 0,
  periodSeconds: 0.01,
  timeoutSeconds: 1,
  failureThreshold: 3,
  successThreshold: 1,
} as const

describe('watchLiveness', () => {
  it('fails after failureThreshold failures in a row', async () => {
    const results = [false, false, true, false, false, false, true]
    let asked = 0
    const lives = await watchLiveness(
      often,
      target(0, () => results[asked++] ?? true),
      never,
    )
    expect([lives, asked]).toEqual([false, 6])
  })
})

describe('watchStartup', () => {
  it('ends with the first success', async () => {
    let asked = 0
    const started = await watchStartup(
      often,
      target(0, () => ++asked === 2),
      never,
    )
    expect([started, asked]).toEqual([true, 2])
  })

  it('allows the startup time of the spec, however often it probes', async () => {
    const began = performance.now()
    const started = await watchStartup(
      { ...often, periodSeconds: 0.5, failureThreshold: 2 },
      target(0, () => false),
      never,
    )
    expect(started).toBe(false)
    expect(performance.now() - began).toBeGreaterThanOrEqual(1000)
  })
})
