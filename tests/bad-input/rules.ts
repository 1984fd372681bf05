/**
 * Random rules that match and rewrite the metadata of sessions. The CRD accepts all of them, and most are meaningful to
 * the proxy, so that sessions reach them.
 */
import type { Json } from '@l7mesh/crds'
import fc from 'fast-check'

type Fields = { readonly [field: string]: Json }

/** Mostly typical values, and sometimes unusual ones. */
const mostly = <T>(sane: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: sane }, { weight: 1, arbitrary: odd })

const textPath = fc.constantFrom(
  '/HTTP/method',
  '/HTTP/version',
  '/HTTP/url/path',
  '/HTTP/url/query',
  '/HTTP/headers/host',
  '/HTTP/headers/x-user',
  '/IP/src_addr',
  '/labels/user',
  '/name',
)
const strangePath = fc.constantFrom(
  '/HTTP',
  '/HTTP/url',
  '/HTTP/url/auth',
  '/HTTP/headers',
  '/HTTP/headers/x-user/0',
  '/HTTP/headers/toString',
  '/HTTP/headers/sec-websocket-key',
  '/IP/src_addr/length',
  '/TCP/src_port',
  '/TCP/src_port/0',
  '/labels',
  '/labels/user/name',
  '/labels/0',
  '/hasOwnProperty',
  '/é',
  `/${'deep/'.repeat(60)}x`,
)
const brokenPath = fc.oneof(
  fc.constantFrom('/', '//', '', 'HTTP/method', '/HTTP/', '/HTTP/headers/__proto__', '/constructor/prototype/x'),
  fc.string(),
)
const path = mostly(fc.oneof(textPath, strangePath), brokenPath)

const text = fc.oneof(fc.constantFrom('GET', '', '/', 'a', 'é\u{1f600}', '__proto__', 'x'.repeat(5000)), fc.string())
const json = fc.oneof(
  text,
  fc.constantFrom<Json>(null, 0, -1, 80, 1e308, true, [], {}, ['GET', 'POST'], [[]], { a: { b: 1 } }, { path: '/x' }),
  fc.jsonValue({ maxDepth: 3 }).map(value => JSON.parse(JSON.stringify(value)) as Json),
)
const list = fc.array(json, { maxLength: 3 })
const number = fc.constantFrom(0, -1, 80, 1e308)
const regex = mostly(
  fc.constantFrom('^/api/', '.*', '^.*a.*$', '^(a|b)c?$', '[a-z]+=[^&]*', '^(?!x)', '', '\\d{1,9}', '[\\u{10ffff}]'),
  fc.constantFrom('(a+)+$', '^(a|aa)+$', '^(\\w+\\s?)*$', '.*.*.*=.*', '([a-z]+)\\1', '(', '[', '\\', 'a{1,65536}'),
)
const range = mostly(
  fc.constantFrom('127.0.0.0/8', '0.0.0.0/0', '10.1.2.3/32'),
  fc.constantFrom('::1/128', '1.2.3.4/99'),
)

const VALUES: { readonly [op: string]: fc.Arbitrary<Json> } = {
  test: json,
  in: list,
  more: number,
  less: number,
  starts: text,
  ends: text,
  contains: json,
  matches: regex,
  type: fc.constantFrom('string', 'number', 'object', 'array', 'date-time', 'lang-range', 'iri'),
  contained: json,
  intersects: list,
  cidr: range,
  defined: json,
  undefined: json,
}

const one = fc.constantFrom(...Object.entries(VALUES)).chain(([op, values]) =>
  fc.record<Fields>({
    op: mostly(fc.constant(op), fc.constant('no-such-op')),
    path: TEXTUAL.has(op) ? mostly(textPath, path) : path,
    value: mostly(values, json),
    ignore_case: fc.boolean(),
  }),
)
const TEXTUAL: ReadonlySet<string> = new Set(['starts', 'ends', 'contains', 'matches', 'cidr'])

const match = fc.letrec<{ one: Fields; many: Fields; predicate: Fields }>(tie => ({
  predicate: fc.oneof({ maxDepth: 4, withCrossShrink: true }, { weight: 3, arbitrary: tie('one') }, tie('many')),
  one,
  many: fc.record({
    op: fc.constantFrom('and', 'or', 'not'),
    apply: mostly(fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }), list),
  }),
})).predicate

const rewrite = fc.oneof(
  fc.record<Fields>({ path, value: fc.dictionary(fc.string(), json, { maxKeys: 2 }) }),
  fc.record<Fields>({
    path,
    valueStr: mostly(
      json.map(value => JSON.stringify(value)),
      fc.string(),
    ),
  }),
)

/** Ports of running backends, and one without a listener. */
export type Backends = { readonly UDP: number; readonly TCP: number; readonly WebSocket: number; readonly none: number }

/** A rule with a route to a backend or to a destination built into the proxy, or that applies another list. */
export function ruleTo(backends: Backends, lists: readonly string[]): fc.Arbitrary<Json> {
  const cluster = fc.oneof({ weight: 2, arbitrary: virtualCluster }, remoteCluster(backends))
  const chain = fc.array(fc.record<Fields>({ cluster }), { maxLength: 1 })
  const retry = fc.record<Fields>({
    retry_on: fc.constantFrom('never', 'connect-failure', 'disconnect', 'always'),
    num_retries: fc.constantFrom(1, 3),
    timeout: fc.constantFrom(1, 100, 2000),
  })
  const route = fc.record<Fields>(
    { destination: cluster, ingress: chain, egress: chain, retry },
    { requiredKeys: ['destination'] },
  )
  const rewrites = fc.record<Fields>({ rewrite: fc.array(rewrite, { maxLength: 2 }) }, { requiredKeys: [] })
  const action = mostly(
    fc.tuple(route, rewrites).map(([to, changed]): Fields => ({ route: to, ...changed })),
    fc.constantFrom(...lists, 'nowhere').map((apply): Fields => ({ apply })),
  )
  return fc.record<Fields>({ match, action }, { requiredKeys: ['action'] })
}

const virtualCluster = fc.oneof(
  fc.constantFrom<Fields>({ spec: { Echo: {} } }, { spec: { Discard: {} } }, { spec: { Prometheus: {} } }),
  fc.constantFrom<Fields>({ spec: { JSONEncap: {} } }, { spec: { JSONDecap: {} } }),
  fc.constant<Fields>({ spec: { Metric: { byteCounterName: 'bytes', packetCounterName: 'packets' } } }),
  path.map((query): Fields => ({ spec: { Sync: { query } } })),
)

function remoteCluster({ none, ...ports }: Backends): fc.Arbitrary<Fields> {
  const transport = fc
    .tuple(fc.constantFrom(...Object.entries(ports)), mostly(fc.constant(true), fc.constant(false)))
    .map(([[protocol, port], isThere]): Fields => ({ [protocol]: { port: isThere ? port : none } }))
  return fc.record<Fields>(
    {
      spec: fc.oneof(
        { weight: 3, arbitrary: transport },
        transport.map((inner): Fields => ({ JSONSocket: { transport: inner } })),
      ),
      endpoints: mostly(fc.constant<Json>([{ spec: { address: '127.0.0.1' } }]), fc.constant<Json>([])),
      loadbalancer: path.map((key): Fields => ({ policy: 'ConsistentHash', key })),
    },
    { requiredKeys: ['spec', 'endpoints'] },
  )
}
