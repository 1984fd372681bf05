import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  firstFreePort,
  loopbackAddress,
  macOf,
  nodeAddress,
  numberPool,
  podAddress,
} from '../../../src/local/network/address-plan.ts'
import { nextBackoff } from '../../../src/local/pod/restart-backoff.ts'

describe('loopbackAddress', () => {
  it('is a different unused host of 127.0.0.0/8 for each pod', () => {
    fc.assert(
      fc.property(fc.string(), fc.uniqueArray(fc.nat({ max: 60_000 }), { minLength: 2 }), (folder, indexes) => {
        const addresses = indexes.map(index => loopbackAddress(folder, index))
        for (const address of addresses) {
          const [first = 0, range = 0, third = 0, last = 0] = address.split('.').map(Number)
          expect([first, range > 1 && range < 255, third < 256, last > 0 && last < 255]).toEqual([
            127,
            true,
            true,
            true,
          ])
        }
        expect(new Set(addresses).size).toBe(indexes.length)
      }),
    )
  })

  it('is the same in every run of a folder', () => {
    expect(loopbackAddress('/mesh', 0)).toBe(loopbackAddress('/mesh', 0))
    expect(loopbackAddress('/mesh', 0)).not.toBe(loopbackAddress('/other', 0))
  })
})

it('gives nodes and pods of the bridge distinct addresses', () => {
  const nodes = Array.from({ length: 250 }, (_, node) => nodeAddress(node))
  const pods = [0, 1, 249].flatMap(node => Array.from({ length: 254 }, (_, index) => podAddress(node, index)))
  expect(new Set(['10.244.0.1', ...nodes, ...pods]).size).toBe(1 + nodes.length + pods.length)
})

it('allocates the lowest free number', () => {
  const free = numberPool()
  expect([free.take(), free.take(), free.take()]).toEqual([0, 1, 2])
  free.free(1)
  expect([free.take(), free.take()]).toEqual([1, 3])
})

describe('firstFreePort', () => {
  it('skips ports of other proxies and of the system', async () => {
    expect(await firstFreePort(1234, new Set([1234]), async port => port !== 1235)).toBe(1236)
    await expect(firstFreePort(65_535, new Set([65_535]), async () => true)).rejects.toThrow(RangeError)
  })
})

it('backs off from 0.2 s to 10 s, and anew after 10 s of running', () => {
  const waits = [0]
  for (let exits = 0; exits < 8; exits++) waits.push(nextBackoff(waits.at(-1) ?? 0, 50))
  expect(waits.slice(1)).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  expect(nextBackoff(10_000, 10_000)).toBe(200)
})

describe('macOf', () => {
  it('is locally administered, and different for each address', () => {
    expect(macOf('10.244.0.17')).toBe('02:00:0a:f4:00:11')
  })
})
