/** Convergence on a real proxy from any live config, with any failed call. */
import { createProbe, type L7mpDriverOptions, ProxyClient, readAll } from '@l7mesh/proxy-client'
import { assert, asyncProperty, constantFrom, nat } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { desiredOn, liveOn } from '../../proxy-client/test/arbitrary.ts'
import { dangling } from '../../proxy-client/test/mirror.ts'
import { converge, foreign, MISHAPS, plant, spoiled } from '../support/converging.ts'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'

let proxy: RealProxy
let connection: L7mpDriverOptions
let kept: ReadonlySet<string>
const ports: number[] = []

beforeAll(async () => {
  proxy = await startRealProxy()
  const client = new ProxyClient({ origin: proxy.origin })
  connection = { calls: client, reads: client, client, probe: createProbe('127.0.0.1') }
  kept = new Set(Object.values(await readAll(client)).flatMap(objects => [...objects.keys()]))
  for (let i = 0; i < 6; i++) ports.push(await freePort())
})
afterAll(async () => {
  await connection.client.close()
  await proxy.stop()
})

describe('a real proxy', () => {
  it('converges from any live config, with any failed call', async () => {
    await assert(
      asyncProperty(
        liveOn(ports),
        desiredOn(ports),
        nat(40),
        constantFrom(...MISHAPS),
        async (live, desired, n, mishap) => {
          await plant(connection, live, kept)
          const before = foreign(await readAll(connection.reads))
          await converge(spoiled(connection, n, mishap), desired, 1)
          const results = await converge(connection, desired)
          expect(results.at(-1)).toMatchObject({ done: true, calls: 0, failures: new Map() })
          const after = await readAll(connection.reads)
          expect(foreign(after)).toEqual(before)
          expect(dangling(after)).toEqual([])
        },
      ),
      { numRuns: 36 },
    )
  })
})
