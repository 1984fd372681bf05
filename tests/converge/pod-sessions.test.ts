/** UDP sessions of terminating pods on a real proxy: they stay while the pod serves, and leave it after its deletion. */
import { afterEach, describe, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { echo } from '../support/echo.ts'
import { backendPod, type Document, FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const LABELS = { app: 'voice' }
/** Of the pods; the proxy's is another. Their backends answer to the end, so that nothing but the operator moves a session. */
const [OLD, NEW] = ['127.0.0.2', '127.0.0.3'] as const
/** They are spread at random: so many that none of them goes to one of two pods is never seen. */
const CLIENTS = 40

describe('UDP sessions on a deleted pod', () => {
  it.each(['disconnect', 'always'])('stay while it serves and move once it is gone, with %s', async retry => {
    const { mesh, pods, clients } = await startMesh(retry, [{ selector: { matchLabels: LABELS } }])
    const onOld = await answeredBy(OLD, clients)
    expect(onOld.length).toBeGreaterThan(0)

    await pods(ending(pod(OLD)), pod(NEW))
    expect(await answeredBy(OLD, clients)).toEqual(onOld)

    await pods(pod(NEW))
    await until('the new pod answers every client', async () => (await answeredBy(NEW, clients)).length === CLIENTS)
    expect(programmed(mesh)).toBe('programmed on 1 of 1 proxies')
  })

  it('move from a pod that is deleted immediately', async () => {
    const { pods, clients } = await startMesh('always', [{ selector: { matchLabels: LABELS } }])
    expect((await answeredBy(OLD, clients)).length).toBeGreaterThan(0)
    await pods(pod(NEW))
    await until('the new pod answers every client', async () => (await answeredBy(NEW, clients)).length === CLIENTS)
  })

  it.each([
    ['at once', () => [[stranger(OLD), pod(NEW)]]],
    [
      'while it ends',
      () => [
        [ending(pod(OLD)), pod(NEW)],
        [stranger(OLD), pod(NEW)],
      ],
    ],
    [
      'beside it',
      () => [
        [ending(pod(OLD)), stranger(OLD), pod(NEW)],
        [stranger(OLD), pod(NEW)],
      ],
    ],
  ])('move from a pod whose address another has: %s', async (_, steps) => {
    const { pods, clients } = await startMesh('always', [{ selector: { matchLabels: LABELS } }])
    const onOld = await answeredBy(OLD, clients)
    expect(onOld.length).toBeGreaterThan(0)
    const [last, ...before] = steps().reverse()
    for (const manifests of before) {
      await pods(...manifests)
      expect(await answeredBy(OLD, clients)).toEqual(onOld)
    }
    await pods(...(last ?? []))
    await until('the new pod answers every client', async () => (await answeredBy(NEW, clients)).length === CLIENTS)
  })

  it('stay if the route does not reconnect, and the status counts them', async () => {
    const { mesh, pods, clients } = await startMesh('never', [{ selector: { matchLabels: LABELS } }])
    const onOld = await answeredBy(OLD, clients)
    expect(onOld.length).toBeGreaterThan(0)
    await pods(pod(NEW))
    const told = `UDP sessions on removed pods: ${onOld.length};`
    await mesh.until('the status counts them', () => programmed(mesh).includes(told))
    expect(await answeredBy(OLD, clients)).toEqual(onOld)
  })

  it('stay on a removed literal address', async () => {
    const { mesh, service, clients } = await startMesh('always', [{ spec: { address: OLD } }])
    expect(await answeredBy(OLD, clients)).toHaveLength(CLIENTS)
    await service([{ spec: { address: NEW } }])
    await mesh.converged()
    expect(await answeredBy(OLD, clients)).toHaveLength(CLIENTS)
  })
})

type Client = { ask(): Promise<string> }

/** The clients to whose next message the backend at this address responds. */
async function answeredBy(address: string, clients: readonly Client[]): Promise<readonly Client[]> {
  const answers = await Promise.all(clients.map(client => client.ask()))
  return clients.filter((_, i) => answers[i] === address)
}

async function startMesh(retry: string, endpoints: readonly Document[]) {
  const proxy = await startRealProxy()
  cleanups.push(() => proxy.stop())
  const [listenerPort, backendPort] = [await freePort(), await freePort()]
  for (const address of [OLD, NEW]) {
    const backend = await echo('UDP', address, { address, port: backendPort })
    cleanups.push(() => backend.close())
  }
  const service = (wanted: readonly Document[]) => voice(listenerPort, backendPort, retry, wanted)
  const mesh = await FolderMesh.start({
    'proxy.yaml': [proxyPod('proxy', proxy.port, {})],
    'pods.yaml': [pod(OLD), pod(NEW)],
    'service.yaml': [service(endpoints)],
  })
  cleanups.push(() => mesh.stop())
  await mesh.converged()
  const clients = Array.from({ length: CLIENTS }, () => clientOf(listenerPort))
  return {
    mesh,
    clients,
    pods: (...manifests: readonly Manifest[]) => mesh.edit('pods.yaml', manifests),
    service: (wanted: readonly Document[]) => mesh.edit('service.yaml', [service(wanted)]),
  }
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

function voice(port: number, backendPort: number, retry: string, endpoints: readonly Document[]): Manifest {
  const destination = {
    spec: { UDP: { port: backendPort } },
    loadbalancer: { policy: 'ConsistentHash' },
    endpoints,
  }
  const route = { destination, retry: { retry_on: retry, num_retries: 3, timeout: 200 } }
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'voice', namespace: 'default' },
    spec: { selector: {}, listener: { spec: { UDP: { port } }, rules: [{ action: { route } }] } },
  }
}

function pod(address: string): Manifest {
  return backendPod(`voice-${address.replaceAll('.', '-')}`, address, LABELS)
}

/** Another pod at this address, like pods on the network of their node. */
function stranger(address: string): Manifest {
  return backendPod(`stranger-${address.replaceAll('.', '-')}`, address, { app: 'other' })
}

function ending(manifest: Manifest): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
}

function programmed(mesh: FolderMesh): string {
  const status = mesh.report?.statuses().get('VirtualService/default/voice')
  return status?.conditions.find(({ type }) => type === 'Programmed')?.message ?? ''
}
