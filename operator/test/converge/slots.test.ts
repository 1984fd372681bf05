import { expect, it } from 'vitest'
import { Slots } from '../../src/converge/slots.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const never = new AbortController().signal

/** Slots, and work that records its start and ends on request. */
function slotsOf(count: number) {
  const time = new VirtualTime()
  const slots = new Slots({ count, longest: 500, clock: time.clock })
  const begun: string[] = []
  const work = (name: string, signal = never) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const result = slots.run(() => {
      begun.push(name)
      return promise
    }, signal)
    return { result, end: () => resolve(name), fail: (error: Error) => reject(error) }
  }
  return { time, slots, begun, work }
}

/** Waits until pending callbacks have run. */
const settled = () => new Promise(resolve => setImmediate(resolve))

it('runs at most as much work as there are slots, and the rest in order of arrival', async () => {
  const { slots, begun, work } = slotsOf(2)
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => work(name))
  expect(slots.areTaken).toBe(true)
  await settled()
  expect(begun).toEqual(['a', 'b'])
  b?.end()
  expect(await b?.result).toBe('b')
  await settled()
  expect(begun).toEqual(['a', 'b', 'c'])
  for (const each of [a, c, d]) each?.end()
  expect(await Promise.all([a, c, d].map(each => each?.result))).toEqual(['a', 'c', 'd'])
  expect(slots.areTaken).toBe(false)
})

it('keeps the order of waiting work', async () => {
  const { begun, work } = slotsOf(1)
  const a = work('a')
  work('b')
  a.end()
  await a.result
  work('c')
  await settled()
  expect(begun).toEqual(['a', 'b'])
})

it('frees the slot of work that fails', async () => {
  const { begun, work } = slotsOf(1)
  const a = work('a')
  work('b')
  a.fail(new Error('it failed'))
  await expect(a.result).rejects.toThrow('it failed')
  await settled()
  expect(begun).toEqual(['a', 'b'])
})

it('stops waiting when the signal aborts, without delaying others', async () => {
  const { begun, work } = slotsOf(1)
  const leaving = new AbortController()
  const a = work('a')
  const b = work('b', leaving.signal)
  work('c')
  leaving.abort(new Error('it left'))
  await expect(b.result).rejects.toThrow('it left')
  await expect(work('d', leaving.signal).result).rejects.toThrow('it left')
  a.end()
  await settled()
  expect(begun).toEqual(['a', 'c'])
})

it('releases the slot of slow work, once', async () => {
  const { time, begun, work } = slotsOf(1)
  const slow = work('slow')
  const next = work('next')
  work('last')
  await time.pass(500)
  expect(begun).toEqual(['slow', 'next'])
  // Its slot belongs to other work now.
  slow.end()
  await slow.result
  await settled()
  expect(begun).toEqual(['slow', 'next'])
  next.end()
  await next.result
  await settled()
  expect(begun).toEqual(['slow', 'next', 'last'])
})
