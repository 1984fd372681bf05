/** Meshes in which every route has a listener as its destination: exactly the loops are found. */
import { type Cluster, socketOf } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DesiredFleet } from '../../../../src/translate/desired.ts'
import { createTranslator } from '../../../../src/translate/translate.ts'
import { podOf, snapshotOf } from '../../support.ts'

const COUNT = 5
const port = (n: number) => 5000 + n
const pods = [
  podOf({ name: 'one', ip: '10.0.0.1', proxy: true, labels: { app: 'one' } }),
  podOf({ name: 'two', ip: '10.0.0.2', proxy: true, labels: { app: 'two' } }),
  podOf({ name: 'beside', ip: '10.0.0.2', labels: { app: 'beside' } }),
  podOf({ name: 'backend', ip: '10.0.0.3', labels: { app: 'backend' } }),
]
const selector = fc.constantFrom(...['one', 'two', 'beside', 'backend'].map(app => ({ matchLabels: { app } })))
const proxies = fc.constantFrom<object>({}, { matchLabels: { app: 'one' } }, { matchLabels: { app: 'two' } })

/** Where a rule of VirtualService `n` leads: to one that `mayLead` allows. */
const destination = (targets: readonly number[]) =>
  fc.oneof(
    fc.constant({ destination: { spec: { Echo: {} } } }),
    ...(targets.length === 0
      ? []
      : [
          fc.constantFrom(...targets).map(n => ({ destinationRef: `v${n}` })),
          fc.constantFrom(...targets).map(n => ({ destinationRef: `/l7mp.io/v1/VirtualService/default/v${n}` })),
          fc.constantFrom(...targets).map(n => ({ destinationRef: `t${n}` })),
          fc.tuple(fc.constantFrom(...targets), selector).map(([n, one]) => ({
            destination: { spec: { UDP: { port: port(n) } }, endpoints: [{ selector: one }] },
          })),
          fc.constantFrom(...targets).map(n => ({
            destination: { spec: { Echo: {} } },
            ingress: [{ clusterRef: `t${n}` }],
          })),
        ]),
  )

const rule = (targets: readonly number[]) =>
  fc.record(
    {
      match: fc.constant({ op: 'test', path: '/UDP/src_port', value: 1 }),
      action: fc.oneof(
        destination(targets).map(route => ({ route })),
        ...targets.map(n => fc.constant({ apply: `v${n}` })),
      ),
    },
    { requiredKeys: ['action'] },
  )

const mesh = (targetsOf: (n: number) => readonly number[]) =>
  fc
    .tuple(
      ...Array.from({ length: COUNT }, (_, n) =>
        fc.record({ selector: proxies, rules: fc.array(rule(targetsOf(n)), { maxLength: 2 }) }),
      ),
    )
    .map(services =>
      snapshotOf([
        ...pods,
        ...services.flatMap(({ selector: on, rules }, n) => [
          {
            kind: 'VirtualService',
            metadata: { name: `v${n}` },
            spec: { selector: on, listener: { spec: { UDP: { port: port(n) } }, rules } },
          },
          { kind: 'Target', metadata: { name: `t${n}` }, spec: { linkedVirtualService: `v${n}` } },
        ]),
      ]),
    )

const all = Array.from({ length: COUNT }, (_, n) => n)

describe('cycles of routes', () => {
  it('are cut if sessions would never leave them', () => {
    fc.assert(
      fc.property(
        mesh(() => all),
        given => {
          const next = unconditional(createTranslator()(given))
          for (const start of next.keys()) expect(reachedFrom(start, next)).not.toContain(start)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('appear and disappear with the route that closes them', () => {
    fc.assert(
      fc.property(
        fc.array(
          mesh(() => all),
          { minLength: 2, maxLength: 4 },
        ),
        meshes => {
          const translate = createTranslator()
          for (const given of meshes) expect(translate(given)).toEqual(createTranslator()(given))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('are not reported if there are none', () => {
    fc.assert(
      fc.property(
        mesh(n => all.filter(other => other > n)),
        given => {
          for (const { problems, notes } of createTranslator()(given).verdicts.values())
            expect([...problems.filter(({ reason }) => reason === 'RouteCycle'), ...notes]).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })
})

function reachedFrom(start: string, next: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set(next.get(start))
  for (const one of reached) for (const further of next.get(one) ?? []) reached.add(further)
  return reached
}

/** Follows a session by its first rule, which has no match, to the listener at its endpoints. */
function unconditional({ proxies: fleet }: DesiredFleet): ReadonlyMap<string, readonly string[]> {
  const at = new Map<string, string>()
  for (const { proxy, config } of fleet.values())
    for (const { name, spec } of config.listeners.values())
      at.set(`${proxy.address} ${socketOf(spec)}`, `${proxy.key} ${name}`)
  return new Map(
    [...fleet.values()].flatMap(({ proxy, config }) =>
      [...config.listeners.values()].map(({ name, rules }) => {
        const [first] = config.rulelists.get(rules)?.rules ?? []
        const rule = config.rules.get(first ?? '')
        const route = rule?.match === undefined ? config.routes.get(rule?.action.route ?? '') : undefined
        const clusters = route === undefined ? [] : [route.destination, ...route.ingress, ...route.egress]
        const sockets = clusters.flatMap(cluster => socketsOf(config.clusters.get(cluster)))
        return [`${proxy.key} ${name}`, sockets.flatMap(socket => at.get(socket) ?? [])] as const
      }),
    ),
  )
}

function socketsOf(cluster: Cluster | undefined): readonly string[] {
  const { spec, endpoints = [] } = cluster ?? {}
  return spec?.protocol === 'UDP' ? endpoints.map(endpoint => `${endpoint.spec.address} udp:${spec.port}`) : []
}
