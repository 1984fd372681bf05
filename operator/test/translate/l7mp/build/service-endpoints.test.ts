/** Compares the choice of endpoints with a simpler implementation, on slices in transitional states. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EndpointSlice, SliceEndpoint } from '../../../../src/kinds/core-types.ts'
import { sliceSupply } from '../../../../src/translate/l7mp/build/service-endpoints.ts'

const FAMILIES = ['IPv4', 'IPv6'] as const
type Pod = { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean; readonly port: number }
type World = {
  readonly pods: readonly Pod[]
  /** The families of each pod, and whether its endpoint is in a second slice too. */
  readonly held: readonly { readonly IPv4: boolean; readonly IPv6: boolean; readonly twice: boolean }[]
}

const pod = fc.record({
  ready: fc.boolean(),
  serving: fc.boolean(),
  terminating: fc.boolean(),
  port: fc.constantFrom(5060, 5061, 5062),
})
const held = fc.record({ IPv4: fc.boolean(), IPv6: fc.boolean(), twice: fc.boolean() })
const world: fc.Arbitrary<World> = fc
  .array(fc.tuple(pod, held), { maxLength: 6 })
  .map(pairs => ({ pods: pairs.map(([one]) => one), held: pairs.map(([, where]) => where) }))
const families = fc.constantFrom<readonly string[]>([], ['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4'])
const reach = fc.constantFrom<'ip' | 'ipv4'>('ip', 'ipv4')

const addressOf = (index: number, family: 'IPv4' | 'IPv6') =>
  family === 'IPv4' ? `10.0.0.${index}` : `2001:db8::${index}`

/** A slice for each family and port, and duplicates of some endpoints in slices of their own. */
function slicesOf({ pods, held: where }: World): readonly EndpointSlice[] {
  const endpoint = (index: number, family: 'IPv4' | 'IPv6'): SliceEndpoint => {
    const { ready, serving, terminating } = pods[index] ?? {}
    return {
      addresses: [addressOf(index, family)],
      conditions: { ready: ready === true, serving: serving === true, terminating: terminating === true },
      targetRef: { kind: 'Pod', name: `pod-${index}` },
    }
  }
  const slice = (name: string, family: 'IPv4' | 'IPv6', port: number, indexes: readonly number[]): EndpointSlice => ({
    metadata: { name, namespace: 'default' },
    addressType: family,
    ports: [
      { name: 'other', port: 1 },
      { name: 'sip', port },
    ],
    endpoints: indexes.map(index => endpoint(index, family)),
  })
  const indexes = pods.map((_, index) => index)
  return FAMILIES.flatMap(family =>
    [5060, 5061, 5062].flatMap(port => {
      const here = indexes.filter(index => pods[index]?.port === port && where[index]?.[family])
      const again = here.filter(index => where[index]?.twice)
      return [
        slice(`${family}-${port}`, family, port, here),
        ...again.map(index => slice(`${family}-${port}-${index}`, family, port, [index])),
      ]
    }),
  )
}

/** One pod after the other. */
function expected({ pods, held: where }: World, order: readonly string[], reached: 'ip' | 'ipv4') {
  const preferred = [...order, ...FAMILIES].filter(family => reached === 'ip' || family === 'IPv4')
  const reachable: { address: string; port: number; pod: Pod }[] = []
  for (const [index, one] of pods.entries())
    for (const family of preferred)
      if ((family === 'IPv4' || family === 'IPv6') && where[index]?.[family]) {
        reachable.push({ address: addressOf(index, family), port: one.port, pod: one })
        break
      }
  const ready = reachable.filter(one => one.pod.ready)
  const used = ready.length > 0 ? ready : reachable.filter(one => one.pod.serving && one.pod.terminating)
  return used.map(({ address, port }) => `${address}:${port}`).toSorted()
}

const ask = (slices: readonly EndpointSlice[], order: readonly string[], reached: 'ip' | 'ipv4') =>
  sliceSupply({ slices, port: { name: 'sip', port: 5060 }, families: order, reach: reached })
const sent = ({ places, port }: ReturnType<typeof ask>) =>
  places.map(place => `${place.address}:${place.port ?? port}`).toSorted()

describe('the endpoints of a Service', () => {
  it('are the ready pods, or else the terminating ones that still serve, each once in its first reachable family', () => {
    fc.assert(
      fc.property(world, families, reach, (given, order, reached) => {
        expect(sent(ask(slicesOf(given), order, reached))).toEqual(expected(given, order, reached))
      }),
      { numRuns: 2000 },
    )
  })

  it('have a port of their own if it is not the most common one', () => {
    fc.assert(
      fc.property(world, families, reach, (given, order, reached) => {
        const { places, port } = ask(slicesOf(given), order, reached)
        const own = places.filter(place => place.port !== undefined)
        for (const place of own) expect(place.port).not.toBe(port)
        const others = Map.groupBy(own, place => place.port).values()
        for (const of of others) expect(of.length).toBeLessThanOrEqual(places.length - own.length)
      }),
    )
  })

  it('do not depend on the order of slices and endpoints', () => {
    const shuffled = world.chain(given => {
      const slices = slicesOf(given)
      const mixed = fc
        .shuffledSubarray([...slices], { minLength: slices.length })
        .map(all => all.map(slice => ({ ...slice, endpoints: slice.endpoints.toReversed() })))
      return fc.tuple(fc.constant(slices), mixed)
    })
    fc.assert(
      fc.property(shuffled, families, reach, ([slices, mixed], order, reached) => {
        expect(ask(mixed, order, reached)).toEqual(ask(slices, order, reached))
      }),
    )
  })

  it('keep the port of the cluster during a rollout, until most have the new one', () => {
    const ports = Array.from({ length: 6 }, (_, done) => {
      const pods = [
        ...Array.from({ length: 5 - done }, () => ({ ready: true, serving: true, terminating: false, port: 5060 })),
        ...Array.from({ length: done }, () => ({ ready: true, serving: true, terminating: false, port: 5061 })),
      ]
      return ask(slicesOf({ pods, held: pods.map(() => ({ IPv4: true, IPv6: false, twice: false })) }), [], 'ipv4').port
    })
    expect(ports).toEqual([5060, 5060, 5060, 5061, 5061, 5061])
  })

  it('are ready without conditions', () => {
    const conditions = [undefined, {}, { ready: null }, { ready: true, terminating: true }, { ready: false }, null]
    const slice = {
      metadata: { name: 's', namespace: 'default' },
      addressType: 'IPv4' as const,
      ports: [{ name: 'sip', port: 1 }],
      endpoints: conditions.map((one, index) => ({ addresses: [addressOf(index, 'IPv4')], conditions: one })),
      // An API server omits these, or prints null.
    } as unknown as EndpointSlice
    expect(sent(ask([slice], [], 'ipv4'))).toEqual([0, 1, 2, 3, 5].map(index => `10.0.0.${index}:1`))
  })

  it('serve by default, as in the API', () => {
    const slice: EndpointSlice = {
      metadata: { name: 's', namespace: 'default' },
      addressType: 'IPv4',
      ports: [{ name: 'sip', port: 1 }],
      endpoints: [
        { addresses: ['10.0.0.1'], conditions: { ready: false, terminating: true } },
        { addresses: ['10.0.0.2'], conditions: { ready: false, serving: true } },
        { addresses: ['10.0.0.3'], conditions: { ready: false, serving: false, terminating: true } },
      ],
    }
    const places = [{ address: '10.0.0.1', weight: 1 }]
    expect(ask([slice], [], 'ipv4')).toMatchObject({ places, total: 2, unreachable: [] })
  })

  it('are counted once for each pod, without unused terminating ones', () => {
    const pods = [
      { ready: true, serving: true, terminating: false, port: 5060 },
      { ready: false, serving: false, terminating: false, port: 5060 },
      { ready: false, serving: true, terminating: true, port: 5060 },
    ]
    const both = { IPv4: true, IPv6: true, twice: true }
    expect(ask(slicesOf({ pods, held: [both, both, both] }), [], 'ip').total).toBe(2)
    expect(ask(slicesOf({ pods: pods.slice(1), held: [both, both] }), [], 'ip').total).toBe(2)
  })

  it('are omitted if only their other family is reachable', () => {
    const ready = { ready: true, serving: true, terminating: false, port: 5060 }
    const six = { IPv4: false, IPv6: true, twice: false }
    const four = { IPv4: true, IPv6: true, twice: false }
    const answer = ask(slicesOf({ pods: [ready, ready], held: [six, four] }), ['IPv6', 'IPv4'], 'ipv4')
    expect(answer).toMatchObject({ places: [{ address: '10.0.0.1' }], total: 2, unreachable: ['2001:db8::0'] })
  })
})
