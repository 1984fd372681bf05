/** The listeners of a real proxy that receive data of a socket, and their destinations. */
import { afterEach, describe, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { echo, type Protocol } from '../support/echo.ts'
import { type Document, FolderMesh, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const PROXIES = { app: 'edge' }
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

it('a UDP port has a listener on each of several addresses', async () => {
  const [proxy, port] = [await startProxy(), await freePort()]
  const [inside, outside] = [await backend('UDP', 'inside'), await backend('UDP', 'outside')]
  const on = (name: string, address: string, to: number) =>
    virtualService(name, { UDP: { port, address } }, { destination: at('UDP', to) })
  const mesh = await start([
    proxyPod('edge', proxy.port, PROXIES),
    on('inside', '127.0.0.2', inside),
    on('outside', '127.0.0.3', outside),
  ])
  await answers('UDP', port, '127.0.0.2', 'inside')
  await answers('UDP', port, '127.0.0.3', 'outside')
  expect(problems(mesh)).toEqual([])

  // Addresses are swapped, so that each socket belongs to another listener.
  await mesh.edit('mesh.yaml', [
    proxyPod('edge', proxy.port, PROXIES),
    on('inside', '127.0.0.3', inside),
    on('outside', '127.0.0.2', outside),
  ])
  await answers('UDP', port, '127.0.0.3', 'inside')
  await answers('UDP', port, '127.0.0.2', 'outside')
})

it('a VirtualService routes to the Service of the same name', async () => {
  const [proxy, port] = [await startProxy(), await freePort()]
  const pods = await backend('UDP', 'pods')
  const mesh = await start([
    proxyPod('edge', proxy.port, PROXIES),
    virtualService('dns', { UDP: { port } }, { destinationRef: 'dns' }),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'dns' }, spec: { ports: [{ port: 53, protocol: 'UDP' }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'dns-1', labels: { 'kubernetes.io/service-name': 'dns' } },
      addressType: 'IPv4',
      ports: [{ port: pods, protocol: 'UDP' }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ])
  await answers('UDP', port, '127.0.0.1', 'pods')
  expect(problems(mesh)).toEqual([])
})

it('datagrams are not forwarded in a cycle of VirtualServices', async () => {
  const [proxy, ping, pong, own] = [await startProxy(), await freePort(), await freePort(), await freePort()]
  const ownPods = { spec: { UDP: { port: own } }, endpoints: [{ selector: { matchLabels: PROXIES } }] }
  const mesh = await start([
    proxyPod('edge', proxy.port, PROXIES),
    virtualService('ping', { UDP: { port: ping } }, { destinationRef: 'pong' }),
    virtualService('pong', { UDP: { port: pong } }, { destinationRef: 'ping' }),
    virtualService('own', { UDP: { port: own } }, { destination: ownPods }),
  ])
  expect(problems(mesh)).toEqual(['ping RouteCycle', 'pong RouteCycle', 'own RouteCycle'])
  for (const port of [ping, pong, own]) await send('UDP', port, '127.0.0.1')
  const sessions = await (await fetch(`${proxy.origin}/api/v1/sessions`)).json()
  const names = (sessions as readonly { name: string }[]).map(({ name }) => name)
  expect(names.filter(name => name.startsWith('UDP')).length).toBeLessThanOrEqual(3)
})

describe.each(['UDP', 'TCP'] as const)('two proxies at one address and a %s port', protocol => {
  it('conflict: the older pod gets it, and the younger one after its end', async () => {
    const [older, younger, port] = [await startProxy(), await startProxy(), await freePort()]
    const to = await backend(protocol, 'backend')
    const service = virtualService('service', { [protocol]: { port } }, { destination: at(protocol, to) })
    const pods = (isGoing: boolean) => [
      hostPod(proxyPod('b-older', older.port, PROXIES), {
        creationTimestamp: '2026-01-01T00:00:00Z',
        ...going(isGoing),
      }),
      hostPod(proxyPod('a-younger', younger.port, PROXIES), { creationTimestamp: '2026-01-02T00:00:00Z' }),
    ]
    const mesh = await start([...pods(false), service])
    expect(problems(mesh)).toEqual(['service PortConflict'])
    expect(mesh.report?.statuses().get('VirtualService/default/service')?.proxies).toEqual({
      selected: 1,
      programmed: 1,
    })
    expect([await listens(older.origin), await listens(younger.origin)]).toEqual([true, false])
    await answers(protocol, port, '127.0.0.1', 'backend')

    await older.kill()
    await mesh.edit('mesh.yaml', [...pods(true), service])
    await until('the younger has it', () => listens(younger.origin))
    expect(problems(mesh)).toEqual([])
  })
})

const going = (isGoing: boolean) => (isGoing ? { deletionTimestamp: '2026-01-03T00:00:00Z' } : {})

function hostPod(pod: Document, metadata: Document): Document {
  return {
    ...pod,
    metadata: { ...Object(pod.metadata), ...metadata },
    spec: { ...Object(pod.spec), hostNetwork: true, nodeName: 'node' },
  }
}

async function listens(origin: string): Promise<boolean> {
  const listeners = await (await fetch(`${origin}/api/v1/listeners`)).json()
  return JSON.stringify(listeners).includes('/virtualservices/service@')
}

async function startProxy() {
  const proxy = await startRealProxy()
  cleanups.push(() => proxy.stop())
  return proxy
}

/** Its port. */
async function backend(protocol: Protocol, name: string): Promise<number> {
  const made = await echo(protocol, name)
  cleanups.push(() => made.close())
  return made.port
}

async function start(documents: readonly Document[]): Promise<FolderMesh> {
  const mesh = await FolderMesh.start({ 'mesh.yaml': documents })
  cleanups.push(() => mesh.stop())
  await mesh.converged()
  return mesh
}

function virtualService(name: string, spec: Document, route: Document): Document {
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: { selector: { matchLabels: PROXIES }, listener: { spec, rules: [{ action: { route } }] } },
  }
}

const at = (protocol: Protocol, port: number) => ({
  spec: { [protocol]: { port } },
  endpoints: [{ spec: { address: '127.0.0.1' } }],
})

/** `NAME REASON` of resources that are not accepted. */
function problems(mesh: FolderMesh): readonly string[] {
  return [...(mesh.report?.statuses() ?? [])].flatMap(([key, { conditions }]) =>
    conditions
      .filter(({ type, status }) => type === 'Accepted' && status === 'False')
      .map(({ reason }) => `${key.split('/').at(-1)} ${reason}`),
  )
}

async function answers(protocol: Protocol, port: number, host: string, name: string): Promise<void> {
  const heard: string[] = []
  const session = openSession(protocol, port, { message: text => heard.push(text), ended: () => {} }, host)
  cleanups.push(() => session.close())
  await session.open
  await until(`${name} answers at ${host}:${port}`, () => {
    if (heard.length === 0) session.send('hello')
    return heard.length > 0
  })
  expect(heard[0]).toBe(`${name} hello`)
}

async function send(protocol: Protocol, port: number, host: string): Promise<void> {
  const session = openSession(protocol, port, { message: () => {}, ended: () => {} }, host)
  cleanups.push(() => session.close())
  await session.open
  session.send('hello')
}
