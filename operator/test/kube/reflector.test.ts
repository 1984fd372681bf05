import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ApiFault, FakeApiServer } from '../../src/kube/testing/api-server.ts'
import { POD, TARGET } from '../support/kinds.ts'
import { eventually, FAST, reflect, specsIn, startServer } from './support/reflecting.ts'

async function withPods(...names: readonly string[]): Promise<FakeApiServer> {
  const server = await startServer()
  for (const name of names) server.store.put(POD, { metadata: { name }, spec: { of: name } })
  return server
}

/** Faults of the next requests that `isMeant`, one each. */
function nextFaults(server: FakeApiServer, faults: readonly ApiFault[], isMeant = (_: 'list' | 'watch') => true): void {
  const left = [...faults]
  server.fault = ({ isWatch }) => (isMeant(isWatch ? 'watch' : 'list') ? left.shift() : undefined)
}

/** The reflector still hears of what happens: a new object arrives, and one that goes is gone. */
async function expectAlive(server: FakeApiServer, specs: () => object): Promise<void> {
  server.store.put(POD, { metadata: { name: 'new' }, spec: { n: server.store.version } })
  server.store.delete(POD, 'default', 'a')
  await eventually(() => expect(specs()).toEqual(specsIn(server, POD)))
}

describe('lists and watches', () => {
  test('a list of several pages arrives whole', async () => {
    const server = await withPods('a', 'b', 'c', 'd', 'e', 'f', 'g')
    const { reflector, specs } = await reflect(server, POD)
    await eventually(() => expect(reflector.isSynced).toBe(true))
    expect(specs()).toEqual(specsIn(server, POD))
    expect(server.requests.filter(({ isWatch }) => !isWatch)).toHaveLength(3)
    await expectAlive(server, specs)
  })

  test('nothing is known before the last page is there', async () => {
    const server = await withPods('a', 'b', 'c', 'd')
    server.fault = ({ query }) => (query.has('continue') ? { type: 'status', status: 500 } : undefined)
    const { reflector } = await reflect(server, POD)
    await eventually(() => expect(reflector.state.tag).toBe('failing'))
    expect(reflector).toMatchObject({ isSynced: false })
    expect(reflector.objects().size).toBe(0)
    server.fault = () => undefined
    await eventually(() => expect(reflector.objects().size).toBe(4))
  })

  test('a list whose continue token expires is begun anew', async () => {
    const server = await withPods('a', 'b', 'c', 'd')
    let isExpired = false
    server.fault = ({ query }) => {
      if (query.has('continue') && !isExpired) {
        server.expireTokens()
        isExpired = true
      }
      return undefined
    }
    const { specs } = await reflect(server, POD)
    await eventually(() => expect(specs()).toEqual(specsIn(server, POD)))
    expect(isExpired).toBe(true)
  })

  test('only what matters is a change, and what does not change keeps its identity', async () => {
    const server = await withPods('a', 'b')
    const { reflector, calls } = await reflect(server, POD)
    await eventually(() => expect(server.watches).toBe(1))
    const before = reflector.objects()
    const callsBefore = calls()
    server.store.put(POD, { metadata: { name: 'a', labels: { any: 'label' } }, spec: { of: 'a' } })
    server.store.put(POD, { metadata: { name: 'b' }, spec: { of: 'B' } })
    await eventually(() => expect(calls()).toBe(callsBefore + 1))
    expect(reflector.objects()).not.toBe(before)
    expect(reflector.objects().get('default/a')).toBe(before.get('default/a'))
    expect(before.get('default/b')).toEqual({ name: 'b', spec: { of: 'b' } })
  })

  test('a list in which nothing is new is no change', async () => {
    const server = await withPods('a', 'b')
    const { reflector, calls } = await reflect(server, POD)
    await eventually(() => expect(server.watches).toBe(1))
    const [before, callsBefore] = [reflector.objects(), calls()]
    server.store.put(POD, { metadata: { name: 'c' }, spec: { skip: true } })
    server.cutWatches()
    server.store.compact()
    await eventually(() => expect(server.requests.filter(({ isWatch }) => !isWatch)).toHaveLength(2))
    await eventually(() => expect(server.watches).toBe(1))
    expect(reflector.objects()).toBe(before)
    expect(calls()).toBe(callsBefore)
  })

  test('with a namespace, only what is in it', async () => {
    const server = await withPods('a')
    server.store.put(POD, { metadata: { name: 'mine', namespace: 'games' }, spec: {} })
    const { specs } = await reflect(server, POD, 'games')
    await eventually(() => expect(specs()).toEqual({ 'games/mine': {} }))
    server.store.put(POD, { metadata: { name: 'mine', namespace: 'games' }, spec: { now: 2 } })
    await eventually(() => expect(specs()).toEqual({ 'games/mine': { now: 2 } }))
  })

  test('an object of which nothing is kept does not show, and shows once something is', async () => {
    const server = await withPods('a')
    const { specs } = await reflect(server, POD)
    await eventually(() => expect(specs()).toEqual({ 'default/a': { of: 'a' } }))
    server.store.put(POD, { metadata: { name: 'a' }, spec: { skip: true } })
    await eventually(() => expect(specs()).toEqual({}))
    server.store.put(POD, { metadata: { name: 'a' }, spec: {} })
    await eventually(() => expect(specs()).toEqual({ 'default/a': {} }))
  })
})

describe('what happened while a watch was broken is there afterwards', () => {
  /** Breaks something, changes the world meanwhile, and looks whether all is as it should be. */
  async function survives(breakIt: (server: FakeApiServer) => void, silenceMs = 60_000): Promise<FakeApiServer> {
    const server = await withPods('a', 'b', 'c', 'd')
    const { reflector, specs } = await reflect(server, POD, undefined, { silenceMs })
    await eventually(() => expect(server.watches).toBe(1))
    breakIt(server)
    server.store.put(POD, { metadata: { name: 'b' }, spec: { changed: true } })
    server.store.delete(POD, 'default', 'c')
    await eventually(() => expect(specs()).toEqual(specsIn(server, POD)))
    await expectAlive(server, specs)
    await eventually(() => expect(reflector.state).toEqual({ tag: 'well' }))
    return server
  }

  const lists = (server: FakeApiServer) =>
    server.requests.filter(({ isWatch, query }) => !isWatch && !query.has('continue'))

  test('the watch is cut', async () => {
    const server = await survives(server => server.cutWatches())
    expect(lists(server)).toHaveLength(1)
  })

  test('the server ends the watch since its time is up', async () => {
    const server = await survives(server => server.endWatches())
    expect(lists(server)).toHaveLength(1)
  })

  test('the connection is half open: nothing comes any more', async () => {
    await survives(server => server.freezeWatches(), 400)
  })

  test('the server has forgotten where the watch was: an event says so', async () => {
    const server = await survives(server => {
      server.cutWatches()
      server.store.put(POD, { metadata: { name: 'e' }, spec: {} })
      server.store.compact()
    })
    expect(lists(server)).toHaveLength(2)
  })

  test('what a bookmark says need not be remembered by the server', async () => {
    const server = await withPods('a')
    const { specs } = await reflect(server, POD)
    await eventually(() => expect(server.watches).toBe(1))
    server.store.put(TARGET, { metadata: { name: 'other' }, spec: {} })
    server.sendBookmarks()
    server.store.compact()
    server.endWatches()
    await expectAlive(server, specs)
    expect(lists(server)).toHaveLength(1)
  })

  test('the server has forgotten where the watch was: the answer says so', async () => {
    await survives(server => {
      nextFaults(server, [{ type: 'status', status: 410 }])
      server.cutWatches()
    })
  })

  const twice = (fault: ApiFault) => (server: FakeApiServer) => {
    nextFaults(server, [fault, fault])
    server.cutWatches()
  }
  test.each<readonly [string, ApiFault]>([
    ['500', { type: 'status', status: 500 }],
    ['429 with Retry-After', { type: 'status', status: 429, retryAfter: 1 }],
    ['401', { type: 'status', status: 401 }],
    ['403', { type: 'status', status: 403 }],
    ['404 although the kind is there', { type: 'status', status: 404 }],
    ['400', { type: 'status', status: 400 }],
    ['a reset', { type: 'reset' }],
    ['silence before the answer', { type: 'hang' }],
    ['what is no JSON', { type: 'garbage' }],
    ['an event of no known type', { type: 'event', line: '{"type":"ODD","object":{}}' }],
    ['an object without a name', { type: 'event', line: '{"type":"ADDED","object":{"metadata":{}}}' }],
    ['an error of the server within the watch', { type: 'event', line: '{"type":"ERROR","object":{"code":500}}' }],
    ['a watch that ends at once', { type: 'event', line: '' }],
  ])('the next two watches get %s', async (_what, fault) => {
    await survives(twice(fault), fault.type === 'hang' ? 400 : undefined)
  })

  test('a storm of 410, each after a good list', async () => {
    await survives(server => {
      nextFaults(
        server,
        Array.from({ length: 5 }, () => ({ type: 'status', status: 410 })),
        which => which === 'watch',
      )
      server.cutWatches()
    })
  })
})

describe('a server that fails', () => {
  test('one break alone is not told, a second in a row is, and it is over when the server is back', async () => {
    const server = await withPods('a')
    const { reflector, tags } = await reflect(server, POD)
    await eventually(() => expect(server.watches).toBe(1))
    server.cutWatches()
    await eventually(() => expect(server.requests.filter(({ isWatch }) => isWatch)).toHaveLength(2))
    expect(tags).toEqual(['well'])
    server.fault = () => ({ type: 'status', status: 503, message: 'etcd is away' })
    server.cutWatches()
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'failing', error: { code: 'server-fault' } }))
    expect(reflector.objects().size).toBe(1)
    server.fault = () => undefined
    await eventually(() => expect(reflector.state).toEqual({ tag: 'well' }))
    expect(tags).toEqual(['well', 'failing', 'well'])
  })

  test('a refusal is told at once, in the words of the server', async () => {
    const server = await withPods('a')
    server.fault = () => ({ type: 'status', status: 403, message: 'pods is forbidden' })
    const { reflector } = await reflect(server, POD)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'failing', error: { code: 'forbidden' } }))
    expect(server.requests).toHaveLength(1)
    expect(reflector.isSynced).toBe(false)
    server.fault = () => undefined
    await eventually(() => expect(reflector.isSynced).toBe(true))
  })

  test('it is asked less and less often, however it fails', async () => {
    const server = await withPods('a')
    server.fault = ({ isWatch }) => (isWatch ? { type: 'event', line: '' } : undefined)
    const { waits } = await reflect(server, POD)
    const pauses = () => waits.filter(milliseconds => milliseconds !== FAST.settledMs)
    await eventually(() => expect(pauses().slice(0, 8)).toEqual([150, 300, 600, 1200, 2400, 4800, 6000, 6000]))
  })

  test('watches that say something and end at once are not taken up without a pause', async () => {
    const server = await withPods('a')
    const line = JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '200' } } })
    server.fault = ({ isWatch }) => (isWatch ? { type: 'event', line } : undefined)
    const { reflector, waits } = await reflect(server, POD)
    const pauses = () => waits.filter(milliseconds => milliseconds !== FAST.settledMs)
    await eventually(() => expect(pauses().slice(0, 4)).toEqual([150, 150, 150, 150]))
    expect(reflector.state).toEqual({ tag: 'well' })
  })

  test('a pause can be cut short', async () => {
    const server = await withPods('a')
    server.fault = () => ({ type: 'status', status: 429, retryAfter: 100_000 })
    const { reflector } = await reflect(server, POD)
    await eventually(() => expect(server.requests).toHaveLength(1))
    server.fault = () => undefined
    await eventually(() => {
      reflector.retry()
      expect(reflector.isSynced).toBe(true)
    })
  })
})

describe('a custom kind that is not there', () => {
  test('is missing, is as good as empty, and is found when it comes', async () => {
    const server = await startServer()
    server.removeKind(TARGET)
    const { reflector, specs } = await reflect(server, TARGET)
    await eventually(() => expect(reflector.isSynced).toBe(true))
    expect(reflector.state).toEqual({ tag: 'missing', absence: { served: ['v1'] }, lost: false })
    server.addKind(TARGET)
    server.store.put(TARGET, { metadata: { name: 'dns' }, spec: {} })
    await eventually(() => expect(specs()).toEqual({ 'default/dns': {} }))
    expect(reflector.state).toEqual({ tag: 'well' })
  })

  test('is not taken for missing where the server does not say what it has', async () => {
    const server = await startServer()
    server.fault = ({ path }) => ({ type: 'status', status: path === '/apis' ? 503 : 404 })
    const { reflector } = await reflect(server, TARGET)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'failing' }))
    expect(reflector.isSynced).toBe(false)
  })

  test('is told apart from one that is served in other versions only', async () => {
    const server = await startServer()
    server.removeKind(TARGET)
    server.addKind({ ...TARGET, version: 'v1alpha1' })
    for (const kind of server.kinds) if (kind.group === 'l7mp.io' && kind.version === 'v1') server.removeKind(kind)
    const { reflector } = await reflect(server, TARGET)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'missing', absence: { served: ['v1alpha1'] } }))
  })

  test('loses nothing when it goes away with all its objects, one after the other', async () => {
    const server = await startServer()
    for (const name of ['a', 'b', 'c', 'd']) server.store.put(TARGET, { metadata: { name }, spec: {} })
    const { reflector, specs } = await reflect(server, TARGET)
    await eventually(() => expect(server.watches).toBe(1))
    const all = specs()
    expect(Object.keys(all)).toHaveLength(4)
    server.beginRemoval(TARGET)
    await eventually(() => expect(reflector.state).toEqual({ tag: 'leaving' }))
    expect(specs()).toEqual(all)
    server.endRemoval(TARGET)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'missing', lost: true }))
    expect(specs()).toEqual(all)
    server.addKind(TARGET)
    server.store.put(TARGET, { metadata: { name: 'b' }, spec: { new: true } })
    await eventually(() => expect(specs()).toEqual({ 'default/b': { new: true } }))
    expect(reflector.state).toEqual({ tag: 'well' })
  })

  test('loses nothing where only the kinds of the group may be looked at, not their definitions', async () => {
    const server = await startServer()
    server.store.put(TARGET, { metadata: { name: 'a' }, spec: {} })
    const { reflector, specs } = await reflect(server, TARGET, 'default')
    await eventually(() => expect(server.watches).toBe(1))
    server.fault = ({ path }) => (path.includes('customresource') ? { type: 'status', status: 403 } : undefined)
    server.beginRemoval(TARGET)
    await eventually(() => expect(reflector.state).toEqual({ tag: 'leaving' }))
    expect(specs()).toEqual({ 'default/a': {} })
  })

  test('that may be read everywhere needs the right to look at its definition too, and loses nothing without', async () => {
    const server = await startServer()
    server.store.put(TARGET, { metadata: { name: 'a' }, spec: {} })
    const { reflector, specs } = await reflect(server, TARGET)
    await eventually(() => expect(server.watches).toBe(1))
    server.fault = ({ path }) => (path.includes('customresource') ? { type: 'status', status: 403 } : undefined)
    server.store.delete(TARGET, 'default', 'a')
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'failing', error: { code: 'forbidden' } }))
    expect(specs()).toEqual({ 'default/a': {} })
    server.fault = () => undefined
    await eventually(() => expect(specs()).toEqual({}))
  })

  test('an object that is deleted by itself is gone where Roles alone allow to look', async () => {
    const server = await startServer()
    for (const name of ['a', 'b']) server.store.put(TARGET, { metadata: { name }, spec: {} })
    server.fault = ({ path }) => (path.includes('customresource') ? { type: 'status', status: 403 } : undefined)
    const { specs } = await reflect(server, TARGET, 'default')
    await eventually(() => expect(server.watches).toBe(1))
    server.store.delete(TARGET, 'default', 'a')
    await eventually(() => expect(specs()).toEqual({ 'default/b': {} }))
  })

  test('an object that is deleted by itself is gone', async () => {
    const server = await startServer()
    for (const name of ['a', 'b']) server.store.put(TARGET, { metadata: { name }, spec: {} })
    const { specs } = await reflect(server, TARGET)
    await eventually(() => expect(server.watches).toBe(1))
    server.store.delete(TARGET, 'default', 'a')
    await eventually(() => expect(specs()).toEqual({ 'default/b': {} }))
    server.cutWatches()
    server.store.delete(TARGET, 'default', 'b')
    server.store.compact()
    await eventually(() => expect(specs()).toEqual({}))
  })
})

describe('whatever happens', () => {
  const FAULTS: readonly ApiFault[] = [
    { type: 'status', status: 500 },
    { type: 'status', status: 410 },
    { type: 'status', status: 429, retryAfter: 0 },
    { type: 'status', status: 403 },
    { type: 'status', status: 404 },
    { type: 'reset' },
    { type: 'garbage' },
    { type: 'event', line: '{"type":"ERROR","object":{"code":410}}' },
    { type: 'delay', milliseconds: 20 },
  ]
  type World = { readonly server: FakeApiServer; readonly faults: ApiFault[] }
  type Step = { readonly what: unknown; readonly take: (world: World) => unknown }
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.tuple(name, fc.nat(9)).map(([name, spec]) => ({
      what: ['put', name, spec],
      take: ({ server }) => server.store.put(POD, { metadata: { name }, spec }),
    })),
    name.map(name => ({
      what: ['delete', name],
      take: ({ server }) => server.store.delete(POD, 'default', name),
    })),
    fc.constantFrom(...FAULTS).map(fault => ({ what: fault, take: ({ faults }) => faults.push(fault) })),
    fc.constantFrom<Step>(
      { what: 'cut', take: ({ server }) => server.cutWatches() },
      { what: 'end', take: ({ server }) => server.endWatches() },
      { what: 'compact', take: ({ server }) => server.store.compact() },
      { what: 'bookmark', take: ({ server }) => server.sendBookmarks() },
      { what: 'expire', take: ({ server }) => server.expireTokens() },
      { what: 'breathe', take: () => new Promise(resolve => setTimeout(resolve, 5)) },
    ),
  )

  test('in the end the copy is what the server holds', async () => {
    const server = await withPods('a', 'b', 'c', 'd')
    const faults: ApiFault[] = []
    server.fault = () => faults.shift()
    const { reflector, specs } = await reflect(server, POD)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        for (const { take } of steps) await take({ server, faults })
        // Those that nothing has run into by now shall not stand in the way of the next run.
        faults.length = 0
        await eventually(() => expect(specs()).toEqual(specsIn(server, POD)))
      }),
      { numRuns: 40 },
    )
    await eventually(() => expect(reflector.state).toEqual({ tag: 'well' }))
  })
})
