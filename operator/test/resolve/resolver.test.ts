import { describe, expect, it } from 'vitest'
import { isShortOfService, mayBeOfService, namesIn } from '../../src/resolve/resolvable-names.ts'
import { Resolver, resolveOnce } from '../../src/resolve/resolver.ts'
import { VirtualTime } from '../support/virtual-time.ts'

type Says = readonly number[] | 'ENOTFOUND' | 'EAI_AGAIN' | 'late' | 'silence'

/** A DNS server with the given responses, after 10 ms; `late` is a failure after 10 s. */
function world(says: Record<string, Says>) {
  const time = new VirtualTime()
  const asked: string[] = []
  let atOnce = 0
  let most = 0
  let changes = 0
  const lookup = async (name: string) => {
    asked.push(name)
    most = Math.max(most, ++atOnce)
    const answer = says[name] ?? 'ENOTFOUND'
    await new Promise<void>(
      resolve => answer !== 'silence' && time.at(time.now + (answer === 'late' ? 10_000 : 10), resolve),
    )
    atOnce -= 1
    if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer })
    return answer.map(family => ({ family }))
  }
  const resolver = new Resolver({ lookup, clock: time.clock, onChange: () => changes++ })
  return {
    time,
    says,
    asked,
    resolver,
    most: () => most,
    changes: () => changes,
    known: (name: string) => resolver.resolutions().get(name),
    want: (...names: readonly string[]) => resolver.setNames(new Set(names)),
  }
}
const NOWHERE = { ipv4: false, ipv6: false }

describe('a resolver', () => {
  it('determines the address families of a name', async () => {
    const { time, want, known } = world({ a: [4], b: [6, 6], c: [6, 4] })
    want('a', 'b', 'c')
    await time.pass(100)
    expect([known('a'), known('b'), known('c')]).toEqual([
      { ipv4: true, ipv6: false },
      { ipv4: false, ipv6: true },
      { ipv4: true, ipv6: true },
    ])
  })

  it('considers a name nonexistent after two responses', async () => {
    const { time, want, known, says, changes } = world({})
    want('a')
    await time.pass(1000)
    expect([known('a'), changes()]).toEqual([undefined, 0])
    await time.pass(2000)
    expect([known('a'), changes()]).toEqual([NOWHERE, 1])
    says.a = [4]
    await time.pass(6000)
    expect([known('a'), changes()]).toEqual([{ ipv4: true, ipv6: false }, 2])
  })

  it('ignores server failures', async () => {
    const { time, want, known, says } = world({ a: [4], b: 'EAI_AGAIN' })
    want('a', 'b')
    await time.pass(1000)
    says.a = 'EAI_AGAIN'
    await time.pass(200_000)
    expect([known('a'), known('b')]).toEqual([{ ipv4: true, ipv6: false }, undefined])
  })

  it('returns the same map without changes', async () => {
    const { time, want, resolver, asked } = world({ a: [4] })
    want('a')
    await time.pass(1000)
    const before = resolver.resolutions()
    await time.pass(100_000)
    expect(asked.length).toBe(4)
    expect(resolver.resolutions()).toBe(before)
  })

  it('looks up two names concurrently, at most a thousand, and none that are no longer set', async () => {
    const { time, want, asked, most, known } = world({ n0: [4] })
    want(...Array.from({ length: 1200 }, (_, i) => `n${i}`))
    await time.pass(1990)
    expect(most()).toBe(2)
    await time.pass(20_000)
    expect(new Set(asked).size).toBe(1000)
    want()
    await time.pass(1000)
    const count = asked.length
    await time.pass(100_000)
    expect([asked.length, known('n0')]).toEqual([count, undefined])
  })

  it('is not blocked by a name without a response', async () => {
    const { time, want, known } = world({ a: 'silence', b: [4] })
    want('a', 'b')
    await time.pass(1000)
    expect([known('a'), known('b')]).toEqual([undefined, { ipv4: true, ipv6: false }])
  })

  it('looks up all names while the servers of several are unavailable', async () => {
    const { time, want, known } = world({ a: 'late', b: 'late', c: 'late', d: 'late', e: 'late', f: 'late', g: [4] })
    want('a', 'b', 'c', 'd', 'e', 'f', 'g', 'wrong')
    await time.pass(120_000)
    expect([known('g'), known('wrong')]).toEqual([{ ipv4: true, ipv6: false }, NOWHERE])
  })

  it('stops when it is closed', async () => {
    const { time, want, resolver, asked } = world({ a: [4] })
    want('a')
    await time.pass(1000)
    resolver.close()
    await time.pass(100_000)
    expect(asked).toHaveLength(1)
  })
})

describe('names that are resolved once', () => {
  it('exist, do not exist, or stay unknown', async () => {
    const lookup = async (name: string) => {
      if (name === 'a') return [{ family: 4 }]
      if (name === 'c') return new Promise<never>(() => {})
      throw Object.assign(new Error(), { code: name === 'b' ? 'ENOTFOUND' : 'EAI_AGAIN' })
    }
    expect(await resolveOnce(new Set(['a', 'b', 'c', 'd']), lookup, 20)).toEqual(
      new Map([
        ['a', { ipv4: true, ipv6: false }],
        ['b', NOWHERE],
      ]),
    )
  })

  it('are those of all destinations', () => {
    const destination = { path: '', named: undefined, cluster: '', protocol: 'UDP', source: 'addresses' } as const
    const of = (...names: readonly string[]) => ({ ...destination, ready: 1, total: 1, unreachable: [], names })
    const destinations = new Map([
      ['VirtualService/a/b', [of('x', 'y')]],
      ['Target/a/b', [of('y'), of('z')]],
    ] as const)
    expect([...namesIn({ destinations })]).toEqual(['x', 'y', 'z'])
  })
})

it.each([
  ['web', true, true],
  ['web.shop', true, false],
  ['web.shop.svc', true, false],
  ['web.shop.svc.cluster.local.', true, false],
  ['db', true, true],
  ['db-0.db', true, true],
  ['db-0.db.shop', true, false],
  ['web-0.web', false, false],
  ['web.', false, false],
  ['other.shop', false, false],
  ['other', false, false],
  ['web.example.com', false, false],
])('%s may be the name of a Service: %s, in one namespace: %s', (name, expected, short) => {
  const of = (service: string, spec: object) =>
    [`shop/${service}`, { metadata: { name: service, namespace: 'shop' }, spec }] as const
  const services = new Map([of('web', {}), of('db', { clusterIP: 'None' })])
  expect([mayBeOfService(name, { services }), isShortOfService(name, { services })]).toEqual([expected, short])
})
