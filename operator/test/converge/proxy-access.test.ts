import { describe, expect, it, onTestFinished } from 'vitest'
import { ProxyGoneError, withOpenProxies } from '../../src/converge/proxy-access.ts'
import type { ProxyRef } from '../../src/translate/desired.ts'
import { A, DNS, fleetOfOne } from './memory-fleet.ts'
import { MemoryProxy, memoryDriver } from './memory-proxy.ts'

const session = (name: string) => ({
  name,
  metadata: {},
  listener: 'l',
  cluster: undefined,
  endpoint: undefined,
  address: undefined,
  status: 'CONNECTED',
})

/** A fleet whose proxy is in a round, and a function that ends the round. */
async function inARound() {
  const { time, proxy, fleet, want, state } = fleetOfOne()
  const held = Promise.withResolvers<void>()
  onTestFinished(async () => {
    held.resolve()
    await fleet.stop()
  })
  proxy.hold = held.promise
  want(DNS)
  await time.pass(10)
  expect(proxy.puts).toBe(1)
  return { time, proxy, fleet, want, state, endRound: held.resolve }
}

describe('access to a proxy of a fleet', () => {
  it('reads concurrently with a round', async () => {
    const { proxy, fleet } = await inARound()
    proxy.sessions = [session('UDP:1')]
    expect(await fleet.readProxy(A.key, reader => reader.sessions())).toHaveLength(1)
  })

  it('changes the proxy after the current round', async () => {
    const { time, proxy, fleet, state, endRound } = await inARound()
    proxy.sessions = [session('UDP:1')]
    const work = fleet.withProxy(A.key, async driver => {
      expect(state()?.phase).toBe('converged')
      await driver.endSession('UDP:1')
    })
    await time.pass(10)
    expect(proxy.sessions).toHaveLength(1)
    endRound()
    await work
    expect(proxy.sessions).toEqual([])
  })

  it('blocks rounds until the work is done', async () => {
    const { time, proxy, fleet, want } = fleetOfOne()
    onTestFinished(() => fleet.stop())
    want(DNS)
    await time.pass(10)
    const held = Promise.withResolvers<void>()
    const work = fleet.withProxy(A.key, () => held.promise)
    proxy.restart()
    await time.pass(10_000)
    expect(proxy.puts).toBe(1)
    held.resolve()
    await work
    await time.pass(10)
    expect(proxy.puts).toBe(2)
  })

  it('fails with the error of the work', async () => {
    const { fleet } = await inARound()
    await expect(fleet.readProxy(A.key, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })

  it('fails if there is no such proxy', async () => {
    const { fleet } = fleetOfOne()
    await expect(fleet.withProxy('l7mp/b', async () => {})).rejects.toThrow(ProxyGoneError)
    await expect(fleet.readProxy('l7mp/b', async () => {})).rejects.toThrow(ProxyGoneError)
  })

  it.each([
    ['leaves the fleet', async ({ want }: Awaited<ReturnType<typeof inARound>>) => want(undefined)],
    ['is left as the fleet stops', async ({ fleet }: Awaited<ReturnType<typeof inARound>>) => void fleet.stop()],
  ])('is aborted when the proxy %s', async (_what, leave) => {
    const held = await inARound()
    const signals: AbortSignal[] = []
    const reading = held.fleet.readProxy(A.key, (_reader, signal) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    const waiting = held.fleet.withProxy(A.key, async () => {
      throw new Error('it began')
    })
    const results = Promise.allSettled([reading, waiting])
    await leave(held)
    held.endRound()
    expect(await results).toMatchObject([
      { status: 'rejected', reason: { name: 'ProxyGoneError', proxy: A.key } },
      { status: 'rejected', reason: { name: 'ProxyGoneError', proxy: A.key } },
    ])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})

describe('access without a fleet', () => {
  const B: ProxyRef = { ...A, key: 'l7mp/b' }

  it('opens one connection per used proxy, and closes it', async () => {
    const opened: { readonly key: string; readonly driver: ReturnType<typeof memoryDriver> }[] = []
    const connect = ({ key }: ProxyRef) => {
      const driver = memoryDriver(new MemoryProxy())
      opened.push({ key, driver })
      return driver
    }
    await withOpenProxies([A, B], connect, async access => {
      await access.readProxy(A.key, reader => reader.sessions())
      await access.withProxy(A.key, driver => driver.endSession('UDP:1'))
      expect(opened.map(({ driver }) => driver.isClosed())).toEqual([false])
    })
    expect(opened.map(({ key, driver }) => [key, driver.isClosed()])).toEqual([[A.key, true]])
  })

  it('fails for a proxy that is not part of it, and after it is closed', async () => {
    const access = await withOpenProxies(
      [A],
      () => memoryDriver(new MemoryProxy()),
      async opened => {
        await expect(opened.withProxy(B.key, async () => {})).rejects.toThrow(ProxyGoneError)
        return opened
      },
    )
    await expect(access.readProxy(A.key, async () => {})).rejects.toThrow(ProxyGoneError)
  })
})
