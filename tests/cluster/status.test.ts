/** The statuses and events that an operator writes to a real API server, and how users read them. */
import { ProxyClient } from '@l7mesh/proxy-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { BACKEND_PORT, backends } from './support/backends.ts'
import { apply, echoing, installBareMesh, listening, portsOf, succeed } from './support/bare-mesh.ts'
import { type OperatorProcess, SHORT_LEASE, startOperator } from './support/operator-process.ts'

let cluster: Cluster
let operator: OperatorProcess
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  operator = startOperator(await installBareMesh(cluster), 'operator-1', ...SHORT_LEASE, '--audit-interval=1s')
  await operator.logged(/this operator leads/)
})
afterAll(async () => {
  await operator?.end()
  await cluster?.stop()
})
afterEach(() => kubectl('delete', 'virtualservices,targets,rules,routes', '--all', '--wait=true'))

const kubectl = (...args: readonly string[]) => succeed(cluster.kubectl(args))

type Condition = {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
}
type Resource = {
  readonly metadata: {
    readonly generation: number
    readonly resourceVersion: string
    readonly managedFields: readonly {
      readonly manager: string
      readonly operation: string
      readonly subresource?: string
      readonly fieldsV1: object
    }[]
  }
  readonly status?: { readonly observedGeneration: number; readonly conditions: readonly Condition[] }
}

async function read(name: string): Promise<Resource> {
  return JSON.parse(await kubectl('get', 'vsvc', name, '-o', 'json', '--show-managed-fields'))
}
async function condition(name: string, type: string): Promise<Condition | undefined> {
  return (await read(name)).status?.conditions.find(found => found.type === type)
}
const programmed = (name: string) => kubectl('wait', '--for=condition=Programmed', `vsvc/${name}`, '--timeout=120s')

describe('kubectl', () => {
  it('waits until a resource is programmed on every proxy', async () => {
    await apply(cluster, echoing('a', 5001))
    expect(await programmed('a')).toContain('condition met')
    expect(await condition('a', 'Programmed')).toMatchObject({ message: 'programmed on 2 of 2 proxies' })
  })

  it('waits for the latest generation, not for an earlier one', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    await apply(cluster, echoing('a', 5002))
    await programmed('a')
    const { metadata, status } = await read('a')
    expect(metadata.generation).toBe(2)
    expect(status).toMatchObject({ observedGeneration: 2 })
    for (const { address } of cluster.nodes) {
      const listeners = await (await fetch(`http://${address}:1234/api/v1/listeners`)).text()
      expect(listeners).toContain('5002')
    }
  })

  it('shows each resource and its conditions in one line', async () => {
    await apply(cluster, echoing('first', 5001))
    await programmed('first')
    await apply(cluster, echoing('second', 5001))
    await kubectl('wait', '--for=condition=Accepted=false', 'vsvc/second', '--timeout=120s')
    const table = await kubectl('get', 'vsvc', '-o', 'wide')
    const [head = '', ...rows] = table.split('\n').filter(Boolean)
    expect(head.split(/\s{2,}/).map(word => word.trim())).toEqual(
      'NAME,LISTENER,ACCEPTED,RESOLVED,PROGRAMMED,REASON,PROXIES,OF,ENDPOINTS,NOTES,REFERENCES,MESSAGE,DESTINATIONS,AGE'
        .split(',')
        .filter(Boolean),
    )
    expect(rows[0]).toMatch(
      /^first +\{"UDP":\{"port":5001\}\} +True +True +True +Programmed +2 +2 +- .*2 of 2 proxies.*no destination/,
    )
    expect(rows[1]).toMatch(/^second .* False +True +False +NotAccepted +0 +0 .*first/)
  })

  it('explains every field', async () => {
    expect(await kubectl('explain', 'vsvc.spec')).toMatch(/selector\t.*-required-/)
    expect(await kubectl('explain', 'vsvc.spec.listener.spec.UDP')).toContain('port')
    expect(await kubectl('explain', 'tr.spec.cluster')).toContain('DESCRIPTION')
  })
})

it('reports a destination whose pods are scaled to zero and back', async () => {
  const { spec, ...named } = echoing('a', 5001)
  const destination = {
    spec: { TCP: { port: BACKEND_PORT } },
    endpoints: [{ selector: { matchLabels: { app: 'backend' } } }],
  }
  const listener = { ...spec.listener, rules: [{ action: { route: { destination } } }] }
  const wait = (condition: string) => kubectl('wait', `--for=condition=${condition}`, 'vsvc/a', '--timeout=120s')
  await apply(cluster, { ...named, spec: { ...spec, listener } }, backends(1, 1))
  await wait('EndpointsReady')
  expect((await read('a')).status).toMatchObject({ endpoints: { ready: 1, total: 1, summary: '1/1' } })

  await kubectl('scale', 'deployment/backend', '--replicas=0')
  await wait('EndpointsReady=false')
  await wait('Programmed')
  expect(await condition('a', 'EndpointsReady')).toMatchObject({
    reason: 'NoEndpoints',
    message: expect.stringContaining('spec.listener.rules[0].action.route.destination: selects no pod'),
  })
  expect(await kubectl('get', 'vsvc', 'a')).toMatch(/ +True +True +True +Programmed +2 +2 +0\/0 /)
  const told = async () => await kubectl('get', 'events', '--field-selector', 'reason=NoEndpoints')
  await until('an event reports it', async () => (await told()).includes('a'))

  await kubectl('scale', 'deployment/backend', '--replicas=1')
  await wait('EndpointsReady')
  await kubectl('delete', 'deployment', 'backend')
})

describe('the status', () => {
  it('owns its own fields, and keeps those of others', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const foreign = {
      type: 'Approved',
      status: 'True',
      reason: 'Ann',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    const patch = JSON.stringify([{ op: 'add', path: '/status/conditions/-', value: foreign }])
    await kubectl('patch', 'vsvc', 'a', '--subresource=status', '--type=json', '-p', patch)
    await apply(cluster, echoing('a', 5002))
    await programmed('a')
    const { metadata, status } = await read('a')
    expect(status?.conditions).toContainEqual(foreign)
    const ours = metadata.managedFields.filter(({ manager }) => manager === 'l7mesh')
    expect(ours).toMatchObject([{ operation: 'Apply', subresource: 'status' }])
    expect(JSON.stringify(ours)).not.toContain('Approved')
  })

  it('is repaired if somebody changes it', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const patch = JSON.stringify({ status: { proxies: { selected: 9, programmed: 9 } } })
    await kubectl('patch', 'vsvc', 'a', '--subresource=status', '--type=merge', '-p', patch)
    await until('repaired', async () => JSON.stringify((await read('a')).status).includes('"selected":2'))
  })

  it('reports to owners which of their resources were applied', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const uid = await kubectl('get', 'vsvc', 'a', '-o', 'jsonpath={.metadata.uid}')
    const owner = { apiVersion: 'l7mp.io/v1', kind: 'VirtualService', name: 'a', uid }
    const rule = {
      apiVersion: 'l7mp.io/v1',
      kind: 'Rule',
      metadata: { name: 'b', namespace: 'default', ownerReferences: [owner] },
      spec: {
        updateOwners: true,
        selector: {},
        rulelist: 'a',
        position: 0,
        rule: { action: { route: { destination: { spec: { Echo: {} } } } } },
      },
    }
    await apply(cluster, rule)
    const applied = async () => {
      const { children } = JSON.parse(await kubectl('get', 'vsvc', 'a', '-o', 'jsonpath={.status}'))
      return children?.applied['/l7mp.io/v1/Rule/default/b'] === 1
    }
    await until('the owner is updated', applied)
    await apply(cluster, echoing('a', 5002))
    await programmed('a')
    expect(await applied()).toBe(true)
  })

  it('reports a port conflict, and uses the port when it is free', async () => {
    await apply(cluster, echoing('first', 5001))
    await programmed('first')
    await apply(cluster, echoing('second', 5001))
    await kubectl('wait', '--for=condition=Accepted=false', 'vsvc/second', '--timeout=120s')
    expect(await condition('second', 'Accepted')).toMatchObject({
      reason: 'PortConflict',
      message: expect.stringContaining('first'),
    })
    await kubectl('delete', 'vsvc', 'first')
    await programmed('second')
  })

  it.each([
    ['a misspelt field', { matchLabel: { app: 'proxy' } }, 'did you mean matchLabels?'],
    ['a selector that is left empty', { matchLabels: null }, 'to select every pod, write {}'],
  ])('reports %s, if no policy rejects it, and keeps the previous version', async (_, selector, help) => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const patch = [
      { op: 'replace', path: '/spec/selector', value: selector },
      { op: 'replace', path: '/spec/listener/spec/UDP/port', value: 5002 },
    ]
    await kubectl('patch', 'vsvc', 'a', '--type=json', '-p', JSON.stringify(patch))
    await kubectl('wait', '--for=condition=Accepted=false', 'vsvc/a', '--timeout=120s')
    expect(await condition('a', 'Accepted')).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining(help),
    })
    for (const { address } of cluster.nodes) expect(await portsOf(address)).toEqual([5001])
  })

  it('does not flap while a resource is edited repeatedly', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const seen = watchProgrammed()
    const since = await condition('a', 'Programmed')
    for (let port = 5002; port < 5012; port++) await apply(cluster, echoing('a', port))
    await programmed('a')
    await until('the last edit is reported', async () => (await read('a')).status?.observedGeneration === 11)
    expect(await condition('a', 'Programmed')).toMatchObject({ lastTransitionTime: since?.lastTransitionTime })
    seen.end()
    expect(new Set(seen.statuses)).toEqual(new Set(['True']))
  })

  it('is not written while nothing happens', async () => {
    await apply(cluster, echoing('a', 5001), echoing('b', 5002))
    await programmed('a')
    await programmed('b')
    const versions = async () =>
      Promise.all([read('a'), read('b')].map(async one => (await one).metadata.resourceVersion))
    const before = await versions()
    // Longer than any throttling.
    await new Promise(resolve => setTimeout(resolve, 5000))
    expect(await versions()).toEqual(before)
  })
})

/** Every status of Programmed in a watch. */
function watchProgrammed(): { readonly statuses: readonly string[]; end(): void } {
  const statuses: string[] = []
  const stopped = new AbortController()
  const path = '/apis/l7mp.io/v1/namespaces/default/virtualservices'
  const watch = async () => {
    const request = { path, query: { watch: true }, silenceMs: 60_000, signal: stopped.signal }
    for await (const lines of await cluster.client.stream(request))
      for (const line of lines) {
        const { object }: { object: Resource } = JSON.parse(line)
        statuses.push(object.status?.conditions.find(({ type }) => type === 'Programmed')?.status ?? 'none')
      }
  }
  watch().catch(error => {
    if (!stopped.signal.aborted) throw error
  })
  return { statuses, end: () => stopped.abort() }
}

type Event = { readonly reason: string; readonly regarding: { readonly name?: string } }

/** Resolves when an event with this reason about the object exists. */
async function told(reason: string, name: string): Promise<void> {
  await until(`the event ${reason} about ${name}`, async () => {
    const { items }: { items: Event[] } = JSON.parse(await kubectl('get', 'events.v1.events.k8s.io', '-o', 'json'))
    return items.some(event => event.reason === reason && event.regarding.name === name)
  })
}

/** A proxy and the name of its pod. */
async function oneProxy(): Promise<{ readonly address: string; readonly pod: string }> {
  const address = cluster.nodes[0]?.address ?? ''
  const where = `--field-selector=status.podIP=${address}`
  const pod = await kubectl('get', 'pods', '-l', 'app=proxy', where, '-o', 'jsonpath={.items[0].metadata.name}')
  return { address, pod }
}

describe('an event reports', () => {
  beforeEach(async () => {
    await apply(cluster, echoing('elder', 5001))
    await listening(cluster, 5001)
  })

  it('a port conflict, on the resource', async () => {
    await apply(cluster, echoing('younger', 5001))
    await told('PortConflict', 'younger')
    expect(await kubectl('describe', 'vsvc', 'younger')).toMatch(/Warning +PortConflict .*l7mp.io\/l7mesh.*elder/)
  })

  it('drift on a proxy, on its pod', async () => {
    const { address, pod } = await oneProxy()
    const client = new ProxyClient({ origin: `http://${address}:1234` })
    const [listener] = (await client.listeners.list()).filter(({ name }) => name.includes('virtualservices/elder'))
    await client.deleteObject('listener', listener?.name ?? '')
    await client.close()
    await told('DriftRepaired', pod)
    await listening(cluster, 5001)
    const shown = await kubectl('describe', 'pod', pod)
    expect(shown).toMatch(/Warning +DriftRepaired .*Drift was detected and repaired/)
  })

  it('a restarted proxy, on its pod', async () => {
    const { address, pod } = await oneProxy()
    // In the same pod: the kubelet restarts the container.
    await cluster.run(`default/${pod}`, ['sh', '-c', 'kill -9 $(ss -Hlntp "sport = 1234" | sed "s/.*pid=//; s/,.*//")'])
    await told('ProxyRefilled', pod)
    await until('refilled', async () => (await portsOf(address)).includes(5001))
  })
})
