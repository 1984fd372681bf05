/** What an operator tells of as events of a real API server. */
import { ProxyClient } from '@l7mesh/proxy-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { apply, echoing, installBareMesh, listening, portsOf, succeed } from './support/bare-mesh.ts'
import { type OperatorProcess, SHORT_LEASE, startOperator } from './support/operator-process.ts'

let cluster: Cluster
let operator: OperatorProcess
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 })
  operator = startOperator(await installBareMesh(cluster), 'operator-1', ...SHORT_LEASE, '--audit-interval=1s')
  await operator.logged(/this operator leads/)
  await apply(cluster, echoing('first', 5001))
  await listening(cluster, 5001)
})
afterAll(async () => {
  await operator?.end()
  await cluster?.stop()
})

const kubectl = (...args: readonly string[]) => succeed(cluster.kubectl(args))

type Event = { readonly reason: string; readonly note: string; readonly regarding: { readonly uid?: string } }

/** The first event with this reason, once there is one. */
async function told(reason: string): Promise<Event> {
  const look = async () => {
    const { items }: { items: Event[] } = JSON.parse(await kubectl('get', 'events.v1.events.k8s.io', '-o', 'json'))
    return items.find(event => event.reason === reason)
  }
  return (await until(`the event ${reason}`, look)).value
}

function proxyClient(): ProxyClient {
  return new ProxyClient({ origin: `http://${cluster.nodes[0]?.address}:1234` })
}

it('a port that is taken, beside the resource that wanted it', async () => {
  await apply(cluster, echoing('second', 5001))
  expect(await told('PortConflict')).toMatchObject({ note: expect.stringContaining('first') })
  expect(await kubectl('describe', 'vsvc', 'second')).toMatch(/Warning +PortConflict .*l7mp.io\/l7mesh/)
})

it('what somebody else changed on a proxy, beside its pod', async () => {
  const client = proxyClient()
  const [listener] = (await client.listeners.list()).filter(({ name }) => name.includes('virtualservices/first'))
  await client.deleteObject('listener', listener?.name ?? '')
  await client.close()
  const { note } = await told('DriftRepaired')
  expect(note).toContain('Somebody else had changed objects of l7mesh')
  await listening(cluster, 5001)
  expect(await kubectl('describe', 'pod', '-l', 'app=proxy')).toMatch(/Warning +DriftRepaired/)
})

it('a proxy that was restarted, beside its pod', async () => {
  // In the same pod: the kubelet starts the container again.
  const pid = await kubectl('get', 'pods', '-l', 'app=proxy', '-o', 'jsonpath={.items[0].metadata.name}')
  await cluster.run(`default/${pid}`, ['sh', '-c', 'kill -9 $(ss -Hlntp "sport = 1234" | sed "s/.*pid=//; s/,.*//")'])
  await told('ProxyRefilled')
  await until('refilled', async () => (await portsOf(cluster.nodes[0]?.address ?? '')).includes(5001))
})
