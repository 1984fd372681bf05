/**
 * Pods are created, become unready, terminate and are deleted; proxies are restarted and added; a node disappears. The
 * proxies always have the correct endpoints, and no session ends unnecessarily.
 */
import { ProxyClient } from '@l7mesh/proxy-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killPod } from '../support/pod-processes.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { BACKEND_PORT, backends, type Talk, talk } from './support/backends.ts'
import { apply, echoing, installBareMesh, portsOf, succeed } from './support/bare-mesh.ts'
import { isReady, type Pod, podsOf, readyPods } from './support/objects.ts'
import { type OperatorProcess, SHORT_LEASE, startOperator } from './support/operator-process.ts'

const NODES = ['node-1', 'node-2', 'node-3'] as const
const PROTOCOLS = ['TCP', 'UDP'] as const
const PORT = 6000
/** The node monitor grace period, in seconds. */
const NODE_GRACE = 8

let cluster: Cluster
let operator: OperatorProcess
beforeAll(async () => {
  cluster = await startCluster({ nodeGraceSeconds: NODE_GRACE })
  operator = startOperator(await installBareMesh(cluster), 'operator', ...SHORT_LEASE)
  await apply(cluster, backends(3), ...PROTOCOLS.map(listener))
  await readyPods(cluster, 'default', 'backend', 3)
  await balanced(addresses())
})
afterAll(async () => {
  await operator?.end()
  await cluster?.stop()
})

/** TCP and UDP port 6000 are routed to any backend. */
function listener(protocol: (typeof PROTOCOLS)[number]): object {
  const selector = { matchLabels: { app: 'backend' } }
  const destination = {
    spec: { [protocol]: { port: BACKEND_PORT } },
    loadbalancer: { policy: 'ConsistentHash' },
    endpoints: [{ selector }],
  }
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: protocol.toLowerCase(), namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'proxy' } },
      listener: { spec: { [protocol]: { port: PORT } }, rules: [{ action: { route: { destination } } }] },
    },
  }
}

const kubectl = (...args: readonly string[]) => succeed(cluster.kubectl(args))
const addresses = () => cluster.nodes.map(({ address }) => address)
const scale = (replicas: number) => kubectl('scale', 'deployment/backend', `--replicas=${replicas}`)
const remove = (pod: Pod) => kubectl('delete', 'pod', pod.metadata.name, '--wait=false')

async function backendAddresses(): Promise<readonly string[]> {
  const pods = await podsOf(cluster, 'default', 'backend')
  return pods
    .filter(isReady)
    .map(({ status }) => status.podIP)
    .sort()
}

/** The endpoints of each cluster on the proxy of a node. */
async function endpointsAt(address: string): Promise<readonly (readonly string[])[]> {
  const client = new ProxyClient({ origin: `http://${address}:1234` })
  try {
    const clusters = (await client.clusters.list()).filter(({ name }) => /\/virtualservices\/(tcp|udp)\//.test(name))
    return clusters.map(({ endpoints }) =>
      endpoints.flatMap(({ spec }) => ('address' in spec ? String(spec.address) : [])).sort(),
    )
  } finally {
    await client.close()
  }
}

/** Whether the proxies at these addresses balance both protocols over these backends. */
async function holds(proxies: readonly string[], expected: readonly string[]): Promise<boolean> {
  const all = await Promise.all(proxies.map(address => endpointsAt(address).catch(() => [])))
  const wanted = JSON.stringify(PROTOCOLS.map(() => expected))
  return all.every(found => JSON.stringify(found) === wanted)
}

/** Resolves when these proxies balance over all backends that are ready. */
async function balanced(proxies: readonly string[]): Promise<void> {
  await until('the proxies have the endpoints', async () => holds(proxies, await backendAddresses()))
  await until('they listen', async () => (await Promise.all(proxies.map(portsOf))).every(isListening))
}

const isListening = (ports: readonly number[]) => ports.filter(port => port === PORT).length === PROTOCOLS.length

/** A session of each protocol, through the proxy of a node, with the backend at an address. */
function talksWith(backend: string, proxy: string): Promise<readonly Talk[]> {
  return Promise.all(
    PROTOCOLS.map(async protocol => {
      const { value } = await until(`a ${protocol} session with ${backend}`, async () => {
        const session = await talk(protocol, proxy, PORT)
        if ((await session.who()) === backend) return session
        await session[Symbol.asyncDispose]()
        return undefined
      })
      return value
    }),
  )
}

/** The backends of a few new sessions of each protocol. */
async function newSessions(proxy: string): Promise<ReadonlySet<string | undefined>> {
  const found = new Set<string | undefined>()
  for (const protocol of PROTOCOLS)
    for (let count = 0; count < 10; count++) {
      await using session = await talk(protocol, proxy, PORT)
      found.add(await session.who())
    }
  return found
}

/** On one of these nodes, because the scheduler may not use all. */
async function backendOn(...nodes: readonly string[]): Promise<Pod> {
  const pod = (await podsOf(cluster, 'default', 'backend')).find(
    ({ spec, ...pod }) => nodes.includes(`${spec.nodeName}`) && isReady({ spec, ...pod }),
  )
  if (pod === undefined) throw new Error(`no backend on ${nodes.join(', ')}`)
  return pod
}

async function proxyOn(node: string): Promise<Pod> {
  const pod = (await podsOf(cluster, 'default', 'proxy')).find(({ spec }) => spec.nodeName === node)
  if (pod === undefined) throw new Error(`no proxy on ${node}`)
  return pod
}

describe('backends', () => {
  it('are endpoints of every proxy while they are ready', async () => {
    const [first] = await readyPods(cluster, 'default', 'backend', 3)
    const all = await backendAddresses()
    expect(all).toHaveLength(3)
    const ready = first?.status.podIP ?? ''
    await fetch(`http://${ready}:8080/unready`)
    const others = all.filter(address => address !== ready)
    await until('it is no endpoint', () => holds(addresses(), others))
    await fetch(`http://${ready}:8080/again`)
    await until('it is one again', () => holds(addresses(), all))
    await scale(5)
    await readyPods(cluster, 'default', 'backend', 5)
    await balanced(addresses())
    expect(await backendAddresses()).toHaveLength(5)
  })

  it('that terminate keep their sessions, and new ones are routed to others', async () => {
    const [proxy = ''] = addresses()
    const pod = await backendOn(...NODES)
    const ending = pod.status.podIP
    const sessions = await talksWith(ending, proxy)
    await remove(pod)
    const isEndpoint = async () => (await Promise.all(addresses().map(endpointsAt))).flat(2).includes(ending)
    await until('no proxy has it', async () => !(await isEndpoint()))
    for (let question = 0; question < 5; question++)
      expect(await Promise.all(sessions.map(session => session.who()))).toEqual([ending, ending])
    const found = await newSessions(proxy)
    expect(found).not.toContain(ending)
    expect(found).not.toContain(undefined)
    const after = (await podsOf(cluster, 'default', 'backend')).find(
      ({ metadata }) => metadata.uid === pod.metadata.uid,
    )
    expect(after?.metadata.deletionTimestamp).toBeDefined()
    await kubectl('delete', 'pod', pod.metadata.name, '--grace-period=1', '--wait=false')
    for (const session of sessions) await session[Symbol.asyncDispose]()
  })
})

describe('a proxy', () => {
  it('that crashes is refilled after its restart, and sessions through others continue', async () => {
    const [here = '', there = ''] = addresses()
    const backend = await backendOn(...NODES)
    const sessions = await talksWith(backend.status.podIP, here)
    const { metadata } = await proxyOn('node-2')
    await killPod(`default/${metadata.name}`)
    await balanced(addresses())
    expect(await newSessions(there)).not.toContain(undefined)
    for (const session of sessions) expect(await session.who()).toBe(backend.status.podIP)
    for (const session of sessions) await session[Symbol.asyncDispose]()
  })

  it('on a new node is filled', async () => {
    const [, , third = ''] = addresses()
    const before = await proxyOn('node-3')
    await kubectl('taint', 'node', 'node-3', 'away=yes:NoExecute')
    const isGone = async () =>
      !(await podsOf(cluster, 'default', 'proxy')).some(({ metadata }) => metadata.uid === before.metadata.uid)
    await until('its proxy is deleted', isGone)
    await balanced(addresses().slice(0, 2))
    await kubectl('taint', 'node', 'node-3', 'away-')
    await readyPods(cluster, 'default', 'proxy', 3)
    await balanced(addresses())
    expect(await newSessions(third)).not.toContain(undefined)
  })
})

describe('a node', () => {
  it('that disappears delays nothing, and its pods are removed from endpoints when Kubernetes detects it', async () => {
    const [first, second, third] = cluster.nodes
    const left = [first?.address ?? '', second?.address ?? '']
    // Ensures backends on several nodes.
    await kubectl('rollout', 'restart', 'deployment/backend')
    await kubectl('rollout', 'status', 'deployment/backend', '--timeout=120s')
    await balanced(addresses())
    const lost = (await backendOn('node-3')).status.podIP
    const kept = (await backendOn('node-1', 'node-2')).status.podIP
    const sessions = await talksWith(kept, first?.address ?? '')
    await third?.vanish()
    await apply(cluster, echoing('new', 6001))
    await until('the others get what is new', async () =>
      (await Promise.all(left.map(portsOf))).every(ports => ports.includes(6001)),
    )
    await until('Kubernetes detects that the node is gone', async () => !(await backendAddresses()).includes(lost))
    await balanced(left)
    expect((await Promise.all(left.map(endpointsAt))).flat(2)).not.toContain(lost)
    for (const session of sessions) expect(await session.who()).toBe(kept)
    for (const session of sessions) await session[Symbol.asyncDispose]()
    await third?.comeBack()
    await balanced(addresses())
    await until('it has what is new', async () => (await portsOf(third?.address ?? '')).includes(6001))
  })
})
