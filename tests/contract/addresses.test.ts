/**
 * Matches on addresses, with a real proxy and clients: one rulelist for listeners of all protocols, on which the proxy
 * represents the address of a client in two forms.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const CLIENT = '/IP/src_addr'
const PREDICATES: readonly object[] = [
  { op: 'test', path: CLIENT, value: '127.0.0.1' },
  { op: 'test', path: 'IP/src_addr', value: '::ffff:127.0.0.1' },
  { op: 'test', path: CLIENT, value: '::FFFF:7f00:1' },
  { op: 'in', path: CLIENT, value: ['192.0.2.1', '127.0.0.1'] },
  { op: 'starts', path: CLIENT, value: '127.' },
  { op: 'starts', path: CLIENT, value: '::ffff:127.' },
  { op: 'ends', path: CLIENT, value: '.0.1' },
  { op: 'contains', path: CLIENT, value: '.0.0.' },
  { op: 'matches', path: CLIENT, value: '^127\\.' },
  { op: 'matches', path: CLIENT, value: '^(::ffff:)?127\\.' },
  { op: 'cidr', path: CLIENT, value: '127.0.0.0/8' },
  { op: 'cidr', path: CLIENT, value: '::ffff:127.0.0.0/104' },
  { op: 'and', path: '/IP', apply: [{ op: 'test', path: '/src_addr', value: '127.0.0.1' }] },
  { op: 'not', apply: [{ op: 'test', path: CLIENT, value: '192.0.2.1' }] },
  { op: 'not', path: 'IP', apply: [{ op: 'matches', path: 'src_addr', value: '^(?!127\\.)' }] },
]

const PROTOCOLS = ['UDP', 'TCP', 'WebSocket', 'HTTP'] as const
const CASES = PROTOCOLS.flatMap(protocol =>
  PREDICATES.map((match, i) => ({ protocol, match: JSON.stringify(match), i })),
)

const ports = new Map<string, number>()
const portOf = (protocol: string, i: number) => ports.get(`${protocol} ${i}`) ?? 0
let proxy: RealProxy
let mesh: FolderMesh

beforeAll(async () => {
  proxy = await startRealProxy()
  for (const { protocol, i } of CASES) ports.set(`${protocol} ${i}`, await freePort())
  const services = CASES.map(({ protocol, i }) => listening(protocol, i))
  mesh = await FolderMesh.start({
    'pods.yaml': [proxyPod('proxy', proxy.port, { app: 'proxy' })],
    'mesh.yaml': [...PREDICATES.map(admitting), ...services],
  })
  await mesh.converged()
}, 60_000)
afterAll(async () => {
  await mesh.stop()
  await proxy.stop()
})

const selector = { matchLabels: { app: 'proxy' } }
const resource = (kind: string, name: string, spec: object): Manifest => ({
  apiVersion: 'l7mp.io/v1',
  kind,
  metadata: { name },
  spec: { selector, ...spec },
})

/** A list with one rule, which echoes to the clients of which the predicate is true; sessions of others end. */
function admitting(match: object, i: number): Manifest {
  const rule = { match, action: { route: { destination: { spec: { Echo: {} } } } } }
  return resource('Rule', `admits-${i}`, { rulelist: `list-${i}`, rule })
}

function listening(protocol: string, i: number): Manifest {
  const listener = { spec: { [protocol]: { port: portOf(protocol, i) } }, rules: [{ action: { apply: `list-${i}` } }] }
  return resource('VirtualService', `${protocol.toLowerCase()}-${i}`, { listener })
}

describe('a rule with addresses matches its client', () => {
  it.each(CASES)('over $protocol with $match', async ({ protocol, i }) => {
    expect(await echoed(protocol, portOf(protocol, i))).toBe('hello')
  })
})

async function echoed(protocol: (typeof PROTOCOLS)[number], port: number): Promise<string> {
  if (protocol === 'HTTP') return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'hello' })).text()
  const heard: string[] = []
  const session = openSession(protocol, port, { message: text => heard.push(text), ended: () => {} })
  try {
    await session.open
    await until('an answer', () => {
      session.send('hello')
      return heard.length > 0
    })
    return heard[0] ?? ''
  } finally {
    session.close()
  }
}
