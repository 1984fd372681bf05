/**
 * Faults of proxies: they crash, hang, are slow, respond with garbage, restart empty, hold objects of an older l7mesh.
 * Each scenario is a separate mesh on one cluster; a faulty proxy does not delay others.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, isOurs, ProxyClient, readAll } from '@l7mesh/proxy-client'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { killPod, signalPod } from '../support/pod-processes.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import type { Trouble } from './support/gate.ts'
import { Mesh, type MeshOptions, prepare } from './support/mesh.ts'
import { virtualService } from './support/mesh-resources.ts'
import { podsOf } from './support/objects.ts'
import type { OperatorProcess } from './support/operator-process.ts'
import { sideBySide } from './support/side-by-side.ts'
import { expectUnharmed } from './support/unharmed.ts'

let cluster: Cluster
const meshes: Mesh[] = []
beforeAll(async () => {
  cluster = await startCluster()
  await prepare(cluster)
})
afterAll(async () => {
  await Promise.all(meshes.map(mesh => mesh.close()))
  await cluster?.stop()
})

async function open(options: MeshOptions): Promise<Mesh> {
  const mesh = await Mesh.open(cluster, options)
  meshes.push(mesh)
  return mesh
}

/** Stops finished meshes, so that they do not slow down others. */
const close = async (namespace: string) => meshes.find(mesh => mesh.namespace === namespace)?.close()

async function inForce(options: MeshOptions): Promise<{ readonly mesh: Mesh; readonly operator: OperatorProcess }> {
  const mesh = await open(options)
  const operator = await mesh.lead()
  await mesh.inForce()
  return { mesh, operator }
}

/** The ports of the listeners of l7mesh on a proxy. */
async function portsAt(host: string): Promise<readonly unknown[]> {
  const { listeners } = await held(host)
  return [...listeners.values()].flatMap(({ name, spec }) => (isOurs(name) && 'port' in spec ? [spec.port] : []))
}

async function held(host: string): Promise<Config> {
  const client = new ProxyClient({ origin: `http://${host}:1234` })
  return readAll(client).finally(() => client.close())
}

/** The second proxy gets updates while the first one is faulty. */
async function expectOthersServed(mesh: Mesh, port: number): Promise<void> {
  await mesh.put(virtualService(mesh.namespace, 'other', { UDP: { port } }, 'extra'))
  const [, second = ''] = await mesh.proxies()
  await until(`the other proxy listens on ${port}`, async () => (await portsAt(second)).includes(port))
}

/** The first of two proxies is faulty while the second one gets an update, and for some time after. */
async function gated(namespace: string, trouble: () => Trouble, seconds: number): Promise<void> {
  const { mesh, operator } = await inForce({ namespace, gated: true })
  const traffic = await mesh.traffic()
  const [first] = mesh.gates
  if (first) first.gate.trouble = trouble
  await mesh.edit()
  await expectOthersServed(mesh, 9301)
  await sleep(seconds * 1000)
  await mesh.edit()
  await expectOthersServed(mesh, 9302)
  if (first) first.gate.trouble = () => undefined
  await expectUnharmed(mesh, operator, traffic)
}

const ODD_ANSWERS: readonly Trouble[] = [
  { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' },
  { status: 200, body: '[{"name": ' },
  { status: 200, body: 'null' },
  { status: 200, body: '[]' },
  { status: 200, body: '{"name": 7}' },
  { status: 502, body: 'Bad Gateway' },
  { status: 404, body: '{"status": 404, "message": "No such thing"}' },
  { status: 200, body: '' },
  'reset',
]

const SCENARIOS: { readonly [what: string]: (namespace: string) => Promise<void> } = {
  async 'is killed, and restarts empty'(namespace) {
    const { mesh, operator } = await inForce({ namespace })
    const [first = '', second = ''] = await mesh.proxies()
    const unharmed = await mesh.trafficThrough(second)
    for (let n = 0; n < 3; n++) {
      await killPod(await mesh.podAt(first))
      await mesh.edit()
      await until('it is another process', async () => (await restarts(mesh, first)) > n)
      await mesh.inForce()
    }
    await expectUnharmed(mesh, operator, [unharmed])
  },

  async 'hangs for 20 seconds'(namespace) {
    const { mesh, operator } = await inForce({ namespace })
    const [first = '', second = ''] = await mesh.proxies()
    const unharmed = await mesh.trafficThrough(second)
    const pod = await mesh.podAt(first)
    const from = operator.lines.length
    await signalPod(pod, 'SIGSTOP')
    await mesh.edit()
    await expectOthersServed(mesh, 9301)
    // It is unreachable until the kubelet detects that it is not ready.
    await operator.logged(/VirtualService \S+\/udp ProxyUnreachable|proxy \S+ removed/, from)
    await sleep(8000)
    await mesh.edit()
    await signalPod(pod, 'SIGCONT')
    await expectUnharmed(mesh, operator, [unharmed])
  },

  'is slow': namespace => gated(namespace, () => sleep(1000), 10),

  'does what it is asked, and never answers': namespace => gated(namespace, () => sleep(8000), 15),

  async 'sends invalid responses'(namespace) {
    let n = 0
    await gated(namespace, () => ODD_ANSWERS[n++ % ODD_ANSWERS.length], 15)
  },

  'answers everything with the same nonsense: nothing': namespace =>
    gated(namespace, () => ({ status: 200, body: '[]' }), 10),

  async 'aborts every third call'(namespace) {
    let n = 0
    await gated(namespace, () => (n++ % 3 === 2 ? 'reset' : undefined), 10)
  },

  async 'has objects of an older l7mesh, and of others'(namespace) {
    const mesh = await open({ namespace })
    const before = await Promise.all((await mesh.proxies()).map(host => plant(host, namespace)))
    const operator = await mesh.lead()
    await mesh.inForce()
    const traffic = await mesh.traffic()
    await expectUnharmed(mesh, operator, traffic)
    const after = await Promise.all((await mesh.proxies()).map(foreign))
    expect(after).toEqual(before)
  },
}

/** Creates stale objects with names of l7mesh, and the same objects of somebody else. Returns the latter. */
async function plant(host: string, namespace: string): Promise<readonly unknown[]> {
  const client = new ProxyClient({ origin: `http://${host}:1234` })
  const resource = `/apis/l7mp.io/v1/namespaces/${namespace}/virtualservices`
  try {
    await plantListener(client, `${resource}/gone`, 9901)
    // On the port of a desired listener.
    await plantListener(client, `${resource}/udp`, 9001)
    await plantListener(client, 'theirs', 9902)
  } finally {
    await client.close()
  }
  return foreign(host)
}

async function plantListener(client: ProxyClient, base: string, port: number): Promise<void> {
  const [cluster, route, rule, rules] = [`${base}/cluster@1`, `${base}/route@1`, `${base}/rule@1`, `${base}/rules`]
  await client.createCluster({ name: cluster, spec: { protocol: 'Echo' }, loadbalancer: { policy: 'Trivial' } })
  const retry = { retry_on: 'never', num_retries: 1, timeout: 2000 } as const
  await client.createRoute({ name: route, destination: cluster, ingress: [], egress: [], retry })
  await client.createRule({ name: rule, action: { route } })
  await client.createRuleList({ name: rules, rules: [rule] })
  const spec = { protocol: 'UDP', port } as const
  await client.createListener({ name: `${base}@1`, spec, rules, options: { track: 0 } })
}

async function foreign(host: string): Promise<readonly unknown[]> {
  const config = await held(host)
  return Object.values(config)
    .flatMap((objects): readonly { readonly name: string }[] => [...objects.values()])
    .filter(({ name }) => !name.startsWith('/apis/l7mp.io/'))
}

async function restarts({ namespace }: Mesh, address: string): Promise<number> {
  const pods = await podsOf(cluster, namespace, 'proxy')
  return pods.find(({ status }) => status.podIP === address)?.status.containerStatuses?.[0]?.restartCount ?? 0
}

describe('everything is programmed, nothing has leaked and no other proxy is affected after a proxy', () => {
  const scenarios = Object.entries(SCENARIOS).map(([what, run], index) => ({
    what,
    run: () => run(`mesh-${index}`).finally(() => close(`mesh-${index}`)),
  }))
  sideBySide(scenarios, 4)
})
