import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Candidate, LeaseSimulation, TIMES } from './support/lease-simulation.ts'

const LOST = () => undefined

/** Starts two operators, of which the first leads. */
async function two(): Promise<{ world: LeaseSimulation; first: Candidate; second: Candidate }> {
  const world = new LeaseSimulation()
  const first = new Candidate(world, 'first')
  await world.runUntil(20_000)
  const second = new Candidate(world, 'second')
  await world.runUntil(30_000)
  expect([first.isWriting, second.isWriting]).toEqual([true, false])
  return { world, first, second }
}

/** Returns how long it takes until the candidate writes. */
async function timeUntilWriting(world: LeaseSimulation, candidate: Candidate): Promise<number> {
  const began = world.now
  while (!candidate.isWriting && world.now < began + 60_000) await world.runUntil(world.now + 50)
  return world.now - began
}

describe('an operator', () => {
  it('acquires a released Lease immediately', async () => {
    const world = new LeaseSimulation()
    world.lease = { version: 'a', holder: '', duration: 1000, transitions: 3, acquiredAt: undefined, metadata: {} }
    const only = new Candidate(world, 'only')
    await world.runUntil(100)
    expect(only.isWriting).toBe(true)
    expect(world.lease).toMatchObject({ holder: 'only', duration: 10_000, transitions: 4 })
  })

  it('waits before leading if no Lease exists, because a deleted Lease may have had a leader', async () => {
    const world = new LeaseSimulation()
    const only = new Candidate(world, 'only')
    const took = await timeUntilWriting(world, only)
    expect(took).toBeGreaterThan(TIMES.duration - 100)
    expect(took).toBeLessThan(TIMES.duration + 2 * TIMES.renewEvery)
  })

  it('takes over from a killed leader within 12 seconds', async () => {
    const { world, first, second } = await two()
    first.kill()
    expect(await timeUntilWriting(world, second)).toBeLessThan(12_000)
  })

  it('takes over from a stopped leader within half a second', async () => {
    const { world, first, second } = await two()
    first.stop()
    expect(await timeUntilWriting(world, second)).toBeLessThan(600)
    await first.ended
  })

  it('does not write when it resumes after another operator has taken over', async () => {
    const { world, first, second } = await two()
    first.pause(30_000)
    await world.runUntil(world.now + 29_999)
    expect(second.isWriting).toBe(true)
    await world.runUntil(world.now + 5000)
    expect([first.isWriting, second.isWriting]).toEqual([false, true])
    expect(first.elector.holder).toBe('second')
  })

  it('stops before another operator starts if the API server is unreachable, but tolerates one lost message', async () => {
    const { world, first, second } = await two()
    first.way = LOST
    await world.runUntil(world.now + 4500)
    expect(first.isWriting).toBe(true)
    await world.runUntil(world.now + 2600)
    expect([first.isWriting, second.isWriting]).toEqual([false, false])
    await timeUntilWriting(world, second)
    expect([first.isWriting, second.isWriting]).toEqual([false, true])
    expect(first.failures.length).toBeGreaterThan(1)
  })

  it('counts a renewal from its request, not from its response', async () => {
    const { world, first, second } = await two()
    second.kill()
    let turn = 0
    first.way = () => (turn++ % 2 === 0 ? 0 : 1900)
    const writes = world.writes
    while (world.writes === writes) await world.runUntil(world.now + 10)
    const written = world.now
    first.way = LOST
    await world.runUntil(written + 6900)
    expect(first.isWriting).toBe(true)
    await world.runUntil(written + 7100)
    expect(first.isWriting).toBe(false)
  })

  it('keeps leading when the Lease is deleted', async () => {
    const { world, first, second } = await two()
    const stopped: number[] = []
    world.observe(() => first.isWriting || stopped.push(world.now))
    world.lease = undefined
    await world.runUntil(world.now + 30_000)
    expect(stopped).toEqual([])
    expect(second.isWriting).toBe(false)
    expect(world.lease).toMatchObject({ holder: 'first' })
  })

  it('stops leading when another holder is written into the Lease', async () => {
    const { world, first } = await two()
    world.lease = {
      version: 'edited',
      holder: 'somebody',
      duration: 10_000,
      transitions: 1,
      acquiredAt: undefined,
      metadata: {},
    }
    await world.runUntil(world.now + 2200)
    expect(first.isWriting).toBe(false)
  })

  it('leads again when the API server is available again', async () => {
    const { world, first, second } = await two()
    second.kill()
    first.way = LOST
    await world.runUntil(world.now + 60_000)
    expect(first.isWriting).toBe(false)
    first.way = () => 5
    expect(await timeUntilWriting(world, first)).toBeLessThan(3000)
  })

  it('writes the Lease once every two seconds, and not as a standby', async () => {
    const { world } = await two()
    const before = world.writes
    await world.runUntil(world.now + 60_000)
    expect(world.writes - before).toBeLessThanOrEqual(33)
  })
})

type Fault = { readonly at: number; readonly who: number; readonly what: string; readonly for: number }
const FAULTS = ['pause', 'cut off', 'slow', 'lose responses', 'delete', 'stop', 'kill'] as const
const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.integer({ min: 0, max: 120_000 }),
  who: fc.nat({ max: 2 }),
  what: fc.constantFrom(...FAULTS),
  for: fc.integer({ min: 100, max: 40_000 }),
})

function inject(world: LeaseSimulation, candidate: Candidate, { what, for: length }: Fault): void {
  const until = (way: Candidate['way']) => {
    candidate.way = way
    world.at(world.now + length, () => {
      candidate.way = () => 5
    })
  }
  let turn = 0
  if (what === 'pause') candidate.pause(length)
  else if (what === 'cut off') until(LOST)
  else if (what === 'slow') until(() => length / 10)
  else if (what === 'lose responses') until(() => (turn++ % 2 === 0 ? length / 20 : undefined))
  else if (what === 'delete') world.lease = undefined
  else if (what === 'stop') candidate.stop()
  else candidate.kill()
}

/** Clock rates that differ by up to a sixth, for which `duration` and `renewDeadline` leave room. */
const rate = fc.double({ min: 6 / 7, max: 7 / 6, noNaN: true })
const begin = fc.integer({ min: 0, max: 60_000 })
const candidates = fc.array(fc.record({ rate, begin }), { minLength: 2, maxLength: 3 })

describe('any number of operators', () => {
  it('never write at the same time, whatever faults occur', async () => {
    await fc.assert(
      fc.asyncProperty(candidates, fc.array(fault, { maxLength: 12 }), async (those, faults) => {
        const world = new LeaseSimulation()
        const running: Candidate[] = []
        those.forEach((one, index) => {
          world.at(one.begin, () => running.push(new Candidate(world, `operator-${index}`, one.rate)))
        })
        for (const one of faults)
          world.at(one.at, () => {
            const candidate = running[one.who]
            if (candidate) inject(world, candidate, one)
          })
        const together: number[] = []
        world.observe(() => {
          if (running.filter(({ isWriting }) => isWriting).length > 1) together.push(world.now)
        })
        await world.runUntil(180_000)
        expect(together).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('end with one leader if one operator survives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 6 }), async faults => {
        const world = new LeaseSimulation()
        const running = [new Candidate(world, 'a'), new Candidate(world, 'b'), new Candidate(world, 'survivor')]
        for (const one of faults)
          world.at(one.at, () => {
            const candidate = running[one.who]
            const isSpared = one.who === 2 && (one.what === 'kill' || one.what === 'stop')
            if (candidate && !isSpared) inject(world, candidate, one)
          })
        await world.runUntil(200_000)
        expect(running.filter(({ isWriting }) => isWriting)).toHaveLength(1)
      }),
      { numRuns: 50 },
    )
  })
})
