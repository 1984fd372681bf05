import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ApiFault, FakeApiServer } from '../../src/kube/testing/api-server.ts'
import { POD, TARGET } from '../support/kinds.ts'
import { eventually, FAST, reflect, specsIn, startServer } from './support/reflect.ts'

async function withPods(...names: readonly string[]): Promise<FakeApiServer> {
  const server = await startServer()
  for (const name of names) server.store.put(POD, { metadata: { name }, spec: { of: name } })
  return server
}

/** Injects one fault into each of the next requests that `isAffected` selects. */
function nextFaults(
  server: FakeApiServer,
  faults: readonly ApiFault[],
  isAffected = (_: 'list' | 'watch') => true,
): void {
  const left = [...faults]
  server.fault = ({ isWatch }) => (isAffected(isWatch ? 'watch' : 'list') ? left.shift() : undefined)
}

/** Checks that the reflector still receives events: one object is added and one deleted. */
async function expectAlive(server: FakeApiServer, specs: () => object): Promise<void> {
  server.store.put(POD, { metadata: { name: 'new' }, spec: { n: server.store.version } })
  server.store.delete(POD, 'default', 'a')
  await eventually(() => expect(specs()).toEqual(specsIn(server, POD)))
}

describe('lists and watches', () => {
  test('a list of several pages is complete', async () => {
    const server = await withPods('a', 'b', 'c', 'd', 'e', 'f', 'g')
    const { reflector, specs } = await reflect(server, POD)
    await eventually(() => expect(reflector.isSynced).toBe(true))
    expect(specs()).toEqual(specsIn(server, POD))
    expect(server.requests.filter(({ isWatch }) => !isWatch)).toHaveLength(3)
    await expectAlive(server, specs)
  })

  test('no object is visible before the last page has arrived', async () => {
    const server = await withPods('a', 'b', 'c', 'd')
    server.fault = ({ query }) => (query.has('continue') ? { type: 'status', status: 500 } : undefined)
    const { reflector } = await reflect(server, POD)
    await eventually(() => expect(reflector.state.tag).toBe('failing'))
    expect(reflector).toMatchObject({ isSynced: false })
    expect(reflector.objects().size).toBe(0)
    server.fault = () => undefined
    await eventually(() => expect(reflector.objects().size).toBe(4))
  })

  test('a list whose continue token expires is restarted', async () => {
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

  test('only relevant fields count as a change, and unchanged objects keep their identity', async () => {
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

  test('a list without differences is not a change', async () => {
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

  test('a namespaced collection contains only objects of that namespace', async () => {
    const server = await withPods('a')
    server.store.put(POD, { metadata: { name: 'mine', namespace: 'games' }, spec: {} })
    const { specs } = await reflect(server, POD, 'games')
    await eventually(() => expect(specs()).toEqual({ 'games/mine': {} }))
    server.store.put(POD, { metadata: { name: 'mine', namespace: 'games' }, spec: { now: 2 } })
    await eventually(() => expect(specs()).toEqual({ 'games/mine': { now: 2 } }))
  })

  test('an object without a stored value is hidden until it has one', async () => {
    const server = await withPods('a')
    const { specs } = await reflect(server, POD)
    await eventually(() => expect(specs()).toEqual({ 'default/a': { of: 'a' } }))
    server.store.put(POD, { metadata: { name: 'a' }, spec: { skip: true } })
    await eventually(() => expect(specs()).toEqual({}))
    server.store.put(POD, { metadata: { name: 'a' }, spec: {} })
    await eventually(() => expect(specs()).toEqual({ 'default/a': {} }))
  })
})

describe('changes during a broken watch are caught up after', () => {
  /** Breaks something, changes objects meanwhile, and expects the reflector to recover. */
  async function expectRecovery(disrupt: (server: FakeApiServer) => void, silenceMs = 60_000): Promise<FakeApiServer> {
    const server = await withPods('a', 'b', 'c', 'd')
    const { reflector, specs } = await reflect(server, POD, undefined, { silenceMs })
    await eventually(() => expect(server.watches).toBe(1))
    disrupt(server)
    server.store.put(POD, { metadata: { name: 'b' }, spec: { changed: true } })
    server.store.delete(POD, 'default', 'c')
    await eventually(() => expect(specs()).toEqual(specsIn(server, POD)))
    await expectAlive(server, specs)
    await eventually(() => expect(reflector.state).toEqual({ tag: 'in-sync' }))
    return server
  }

  const lists = (server: FakeApiServer) =>
    server.requests.filter(({ isWatch, query }) => !isWatch && !query.has('continue'))

  test('the connection of the watch breaks', async () => {
    const server = await expectRecovery(server => server.cutWatches())
    expect(lists(server)).toHaveLength(1)
  })

  test('the server ends the watch because it has expired', async () => {
    const server = await expectRecovery(server => server.endWatches())
    expect(lists(server)).toHaveLength(1)
  })

  test('the connection is half open and silent', async () => {
    await expectRecovery(server => server.freezeWatches(), 400)
  })

  test('the resourceVersion has expired, reported by an event', async () => {
    const server = await expectRecovery(server => {
      server.cutWatches()
      server.store.put(POD, { metadata: { name: 'e' }, spec: {} })
      server.store.compact()
    })
    expect(lists(server)).toHaveLength(2)
  })

  test('the server compacts versions before the last bookmark', async () => {
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

  test('the resourceVersion has expired, reported by the response', async () => {
    await expectRecovery(server => {
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
    ['404 although the kind exists', { type: 'status', status: 404 }],
    ['400', { type: 'status', status: 400 }],
    ['a reset', { type: 'reset' }],
    ['silence before the response', { type: 'hang' }],
    ['invalid JSON', { type: 'garbage' }],
    ['an event of unknown type', { type: 'event', line: '{"type":"ODD","object":{}}' }],
    ['an object without a name', { type: 'event', line: '{"type":"ADDED","object":{"metadata":{}}}' }],
    ['an error of the server within the watch', { type: 'event', line: '{"type":"ERROR","object":{"code":500}}' }],
    ['a watch that ends at once', { type: 'event', line: '' }],
  ])('the next two watches get %s', async (_what, fault) => {
    await expectRecovery(twice(fault), fault.type === 'hang' ? 400 : undefined)
  })

  test('a series of 410, each after a successful list', async () => {
    await expectRecovery(server => {
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
  test('one failure is not reported, a second in a row is, until the server has recovered', async () => {
    const server = await withPods('a')
    const { reflector, tags } = await reflect(server, POD)
    await eventually(() => expect(server.watches).toBe(1))
    server.cutWatches()
    await eventually(() => expect(server.requests.filter(({ isWatch }) => isWatch)).toHaveLength(2))
    expect(tags).toEqual(['in-sync'])
    server.fault = () => ({ type: 'status', status: 503, message: 'etcd is unavailable' })
    server.cutWatches()
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'failing', error: { code: 'server-fault' } }))
    expect(reflector.objects().size).toBe(1)
    server.fault = () => undefined
    await eventually(() => expect(reflector.state).toEqual({ tag: 'in-sync' }))
    expect(tags).toEqual(['in-sync', 'failing', 'in-sync'])
  })

  test('a refusal is reported immediately, with the message of the server', async () => {
    const server = await withPods('a')
    server.fault = () => ({ type: 'status', status: 403, message: 'pods is forbidden' })
    const { reflector } = await reflect(server, POD)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'failing', error: { code: 'forbidden' } }))
    expect(server.requests).toHaveLength(1)
    expect(reflector.isSynced).toBe(false)
    server.fault = () => undefined
    await eventually(() => expect(reflector.isSynced).toBe(true))
  })

  test('the intervals between requests grow, whatever the failure', async () => {
    const server = await withPods('a')
    server.fault = ({ isWatch }) => (isWatch ? { type: 'event', line: '' } : undefined)
    const { waits } = await reflect(server, POD)
    const pauses = () => waits.filter(milliseconds => milliseconds !== FAST.settledMs)
    await eventually(() => expect(pauses().slice(0, 8)).toEqual([150, 300, 600, 1200, 2400, 4800, 6000, 6000]))
  })

  test('watches that deliver an event and end immediately are resumed after a delay', async () => {
    const server = await withPods('a')
    const line = JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '200' } } })
    server.fault = ({ isWatch }) => (isWatch ? { type: 'event', line } : undefined)
    const { reflector, waits } = await reflect(server, POD)
    const pauses = () => waits.filter(milliseconds => milliseconds !== FAST.settledMs)
    await eventually(() => expect(pauses().slice(0, 4)).toEqual([150, 150, 150, 150]))
    expect(reflector.state).toEqual({ tag: 'in-sync' })
  })

  test('a pending retry can be triggered early', async () => {
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

describe('a custom kind that is missing', () => {
  test('is reported, counts as empty, and is found once it is installed', async () => {
    const server = await startServer()
    server.removeKind(TARGET)
    const { reflector, specs } = await reflect(server, TARGET)
    await eventually(() => expect(reflector.isSynced).toBe(true))
    expect(reflector.state).toEqual({ tag: 'missing', absence: { served: ['v1'] }, lost: false })
    server.addKind(TARGET)
    server.store.put(TARGET, { metadata: { name: 'dns' }, spec: {} })
    await eventually(() => expect(specs()).toEqual({ 'default/dns': {} }))
    expect(reflector.state).toEqual({ tag: 'in-sync' })
  })

  test('does not count as missing if discovery fails', async () => {
    const server = await startServer()
    server.fault = ({ path }) => ({ type: 'status', status: path === '/apis' ? 503 : 404 })
    const { reflector } = await reflect(server, TARGET)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'failing' }))
    expect(reflector.isSynced).toBe(false)
  })

  test('is distinguished from one that is served in other versions only', async () => {
    const server = await startServer()
    server.removeKind(TARGET)
    server.addKind({ ...TARGET, version: 'v1alpha1' })
    for (const kind of server.kinds) if (kind.group === 'l7mp.io' && kind.version === 'v1') server.removeKind(kind)
    const { reflector } = await reflect(server, TARGET)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'missing', absence: { served: ['v1alpha1'] } }))
  })

  test('retains its objects when its CRD is deleted with all objects, one by one', async () => {
    const server = await startServer()
    for (const name of ['a', 'b', 'c', 'd']) server.store.put(TARGET, { metadata: { name }, spec: {} })
    const { reflector, specs } = await reflect(server, TARGET)
    await eventually(() => expect(server.watches).toBe(1))
    const all = specs()
    expect(Object.keys(all)).toHaveLength(4)
    server.startRemoval(TARGET)
    await eventually(() => expect(reflector.state).toEqual({ tag: 'terminating' }))
    expect(specs()).toEqual(all)
    server.finishRemoval(TARGET)
    await eventually(() => expect(reflector.state).toMatchObject({ tag: 'missing', lost: true }))
    expect(specs()).toEqual(all)
    server.addKind(TARGET)
    server.store.put(TARGET, { metadata: { name: 'b' }, spec: { new: true } })
    await eventually(() => expect(specs()).toEqual({ 'default/b': { new: true } }))
    expect(reflector.state).toEqual({ tag: 'in-sync' })
  })

  test('retains its objects if only discovery may be read, not CRDs', async () => {
    const server = await startServer()
    server.store.put(TARGET, { metadata: { name: 'a' }, spec: {} })
    const { reflector, specs } = await reflect(server, TARGET, 'default')
    await eventually(() => expect(server.watches).toBe(1))
    server.fault = ({ path }) => (path.includes('customresource') ? { type: 'status', status: 403 } : undefined)
    server.startRemoval(TARGET)
    await eventually(() => expect(reflector.state).toEqual({ tag: 'terminating' }))
    expect(specs()).toEqual({ 'default/a': {} })
  })

  test('needs permission to read its CRD if it is read in all namespaces, and retains its objects without', async () => {
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

  test('does not retain a single deleted object if access is by Roles only', async () => {
    const server = await startServer()
    for (const name of ['a', 'b']) server.store.put(TARGET, { metadata: { name }, spec: {} })
    server.fault = ({ path }) => (path.includes('customresource') ? { type: 'status', status: 403 } : undefined)
    const { specs } = await reflect(server, TARGET, 'default')
    await eventually(() => expect(server.watches).toBe(1))
    server.store.delete(TARGET, 'default', 'a')
    await eventually(() => expect(specs()).toEqual({ 'default/b': {} }))
  })

  test('does not retain a single deleted object', async () => {
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

describe('any sequence of changes and faults', () => {
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
  type Scenario = { readonly server: FakeApiServer; readonly faults: ApiFault[] }
  type Step = { readonly what: unknown; readonly run: (scenario: Scenario) => unknown }
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.tuple(name, fc.nat(9)).map(([name, spec]) => ({
      what: ['put', name, spec],
      run: ({ server }) => server.store.put(POD, { metadata: { name }, spec }),
    })),
    name.map(name => ({
      what: ['delete', name],
      run: ({ server }) => server.store.delete(POD, 'default', name),
    })),
    fc.constantFrom(...FAULTS).map(fault => ({ what: fault, run: ({ faults }) => faults.push(fault) })),
    fc.constantFrom<Step>(
      { what: 'cut', run: ({ server }) => server.cutWatches() },
      { what: 'end', run: ({ server }) => server.endWatches() },
      { what: 'compact', run: ({ server }) => server.store.compact() },
      { what: 'bookmark', run: ({ server }) => server.sendBookmarks() },
      { what: 'expire', run: ({ server }) => server.expireTokens() },
      { what: 'pause', run: () => new Promise(resolve => setTimeout(resolve, 5)) },
    ),
  )

  test('ends with a copy that equals the objects of the server', async () => {
    const server = await withPods('a', 'b', 'c', 'd')
    const faults: ApiFault[] = []
    server.fault = () => faults.shift()
    const { reflector, specs } = await reflect(server, POD)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        for (const { run } of steps) await run({ server, faults })
        // Faults that no request has consumed must not affect the next run.
        faults.length = 0
        await eventually(() => expect(specs()).toEqual(specsIn(server, POD)))
      }),
      { numRuns: 40 },
    )
    await eventually(() => expect(reflector.state).toEqual({ tag: 'in-sync' }))
  })
})
