/** A rollout that changes the port of a Service's pods: new clients, and the config of a proxy without a preload. */
import { type Cluster, type Config, EMPTY_CONFIG, type Endpoint } from '@l7mesh/proxy-client'
import { FakeProxy } from '@l7mesh/proxy-client/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { converge } from '../support/converging.ts'
import { type Backend, echo } from '../support/echo.ts'
import { connectionTo, heldBy } from '../support/fake-connection.ts'
import { type Document, FolderMesh, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'

const PROXIES = { app: 'proxy' }
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** The endpoint that the endpoint slice controller writes for a pod. */
const READY = { ready: true, serving: true, terminating: false }
const STARTING = { ready: false, serving: false, terminating: false }
const ENDING = { ready: false, serving: true, terminating: true }
type Conditions = typeof READY

describe.each(['UDP', 'TCP'] as const)('a rollout from one port to another, over %s', protocol => {
  it('gets responses for every new client, from each pod as soon as it is ready', async () => {
    const old = await backend('old', '127.0.0.2')
    const fresh = await backend('fresh', '127.0.0.3')
    const proxy = await startRealProxy()
    cleanups.push(() => proxy.stop())
    const port = await freePort()
    const mesh = await FolderMesh.start({
      'proxy.yaml': [proxyPod('proxy', proxy.port, PROXIES)],
      'mesh.yaml': [service(), virtualService(port)],
      'slices.yaml': slices([old, READY]),
    })
    cleanups.push(() => mesh.stop())
    await mesh.converged()

    const ask = () => answerAt(port)
    let over = false
    const asked: string[] = []
    const asking = (async () => {
      while (!over) asked.push(await ask())
    })()
    const stages = [
      [slices([old, READY], [fresh, STARTING]), ['old']],
      [slices([old, READY], [fresh, READY]), ['fresh', 'old']],
      [slices([old, ENDING], [fresh, READY]), ['fresh']],
      [slices([old, ENDING], [fresh, STARTING]), ['old']],
      [slices([fresh, READY]), ['fresh']],
    ] as const
    for (const [documents, expected] of stages) {
      await mesh.edit('slices.yaml', documents)
      const answers = new Set<string>()
      // The endpoint of a client is random.
      while (answers.size < expected.length) answers.add(await ask())
      expect([...answers].toSorted()).toEqual(expected)
    }
    over = true
    await asking
    expect(asked.length).toBeGreaterThan(0)
  })

  async function backend(name: string, address: string): Promise<Backend> {
    const made = await echo(protocol, name, { address })
    cleanups.push(() => made.close())
    return made
  }

  /** The name of the backend that responds to a new client. Lost datagrams are sent again. */
  async function answerAt(port: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const ended = () => reject(new Error('a client was turned away'))
    const session = openSession(protocol, port, { message: text => resolve(text.split(' ')[0] ?? ''), ended })
    await session.open
    session.send('hello')
    const again = protocol === 'UDP' ? setInterval(() => session.send('hello'), 100) : undefined
    try {
      return await promise
    } finally {
      clearInterval(again)
      session.close()
    }
  }

  function service(): Document {
    const ports = [{ name: 'main', port: 5060, protocol, targetPort: 'main' }]
    return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'pods' }, spec: { selector: { app: 'x' }, ports } }
  }

  function virtualService(port: number): Document {
    return {
      apiVersion: 'l7mp.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'entry' },
      spec: {
        selector: { matchLabels: PROXIES },
        listener: { spec: { [protocol]: { port } }, rules: [{ action: { route: { destinationRef: 'pods' } } }] },
      },
    }
  }

  function slices(...pods: readonly (readonly [Backend, Conditions])[]): readonly Document[] {
    return pods.map(([{ name, address, port }, conditions]) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `pods-${name}`, labels: { 'kubernetes.io/service-name': 'pods' } },
      addressType: 'IPv4',
      ports: [{ name: 'main', port, protocol }],
      endpoints: [{ addresses: [address], conditions, targetRef: { kind: 'Pod', name, namespace: 'default' } }],
    }))
  }
})

describe('an endpoint with its own port', () => {
  const name = '/apis/l7mp.io/v1/namespaces/default/services/pods:5060@1'
  const plain: Endpoint = { name: `${name}/10.0.0.1`, spec: { address: '10.0.0.1' }, weight: 1 }
  const ported: Endpoint = { name: `${name}/10.0.0.2@p5061`, spec: { address: '10.0.0.2', port: 5061 }, weight: 1 }
  const cluster: Cluster = {
    name,
    spec: { protocol: 'UDP', port: 5060 },
    loadbalancer: { policy: 'HashRing' },
    endpoints: [plain, ported],
  }
  const desired: Config = { ...EMPTY_CONFIG, clusters: new Map([[name, cluster]]) }

  it.each([
    ['without a preload', { hardened: false }, [plain]],
    ['with an older preload', { capabilities: [] }, [plain]],
    ['that connects it there', {}, [plain, ported]],
  ])('is given to a proxy %s as it can be', async (_, options, expected) => {
    const fake = new FakeProxy(options)
    const results = await converge(connectionTo(fake), desired)
    expect(results.at(-1)).toMatchObject({ done: true, calls: 0, failures: new Map() })
    expect((await heldBy(fake)).clusters.get(name)?.endpoints).toEqual(expected)
  })
})
