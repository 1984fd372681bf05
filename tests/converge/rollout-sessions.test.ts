/** UDP sessions on a real proxy during a rollout that changes the port of a Service's pods: they leave deleted pods. */
import { afterEach, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { type Backend, echo } from '../support/echo.ts'
import { type Document, FolderMesh, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const CLIENTS = 6

it('move from the pods of the old port after their deletion, if the route reconnects', async () => {
  const old = await backend('old', '127.0.0.2')
  const fresh = await backend('fresh', '127.0.0.3')
  const proxy = await startRealProxy()
  cleanups.push(() => proxy.stop())
  const port = await freePort()
  const mesh = await FolderMesh.start({
    'proxy.yaml': [proxyPod('proxy', proxy.port, {})],
    'mesh.yaml': [service(), virtualService(port)],
    'slices.yaml': [slice(old)],
  })
  cleanups.push(() => mesh.stop())
  await mesh.converged()
  const clients = Array.from({ length: CLIENTS }, () => clientOf(port))
  expect(await answersOf(clients)).toEqual(new Set(['old']))

  await mesh.edit('slices.yaml', [slice(old), slice(fresh)])
  await mesh.edit('slices.yaml', [slice(fresh)])
  await until('the new pod answers every client', async () => {
    const answers = await answersOf(clients)
    return answers.size === 1 && answers.has('fresh')
  })
  const status = mesh.report?.statuses().get('VirtualService/default/entry')
  expect(status?.conditions.find(({ type }) => type === 'Programmed')?.message).toBe('programmed on 1 of 1 proxies')
})

async function backend(name: string, address: string): Promise<Backend> {
  const made = await echo('UDP', name, { address })
  cleanups.push(() => made.close())
  return made
}

type Client = { ask(): Promise<string> }

async function answersOf(clients: readonly Client[]): Promise<ReadonlySet<string>> {
  return new Set(await Promise.all(clients.map(client => client.ask())))
}

function clientOf(port: number): Client {
  let heard = (_text: string) => {}
  const session = openSession('UDP', port, { message: text => heard(text), ended: () => {} })
  cleanups.push(async () => session.close())
  return {
    /** The name of the backend that responds. Lost datagrams are sent again. */
    async ask() {
      await session.open
      let answer = ''
      heard = text => (answer = text.split(' ')[0] ?? '')
      await until('an answer', () => {
        session.send('hello')
        return answer !== ''
      })
      return answer
    },
  }
}

function service(): Document {
  const ports = [{ name: 'main', port: 5060, protocol: 'UDP', targetPort: 'main' }]
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'pods' }, spec: { selector: { app: 'x' }, ports } }
}

function virtualService(port: number): Document {
  const route = { destinationRef: 'pods', retry: { retry_on: 'always', num_retries: 3, timeout: 200 } }
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'entry' },
    spec: { selector: {}, listener: { spec: { UDP: { port } }, rules: [{ action: { route } }] } },
  }
}

function slice({ name, address, port }: Backend): Document {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `pods-${name}`, labels: { 'kubernetes.io/service-name': 'pods' } },
    addressType: 'IPv4',
    ports: [{ name: 'main', port, protocol: 'UDP' }],
    endpoints: [{ addresses: [address], targetRef: { kind: 'Pod', name, namespace: 'default' } }],
  }
}
