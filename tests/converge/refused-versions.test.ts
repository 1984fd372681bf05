/** An operator that starts while the newest version of a VirtualService is rejected retains its objects on proxies. */
import { afterEach, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { type Document, FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

it('a rejected version removes nothing from a proxy, also after a restart of the operator', async () => {
  const proxy = await startRealProxy()
  cleanups.push(() => proxy.stop())
  const [port, other] = [await freePort(), await freePort()]
  const first = await meshOf(proxy, echo(port))
  expect(await answers(port)).toBe(true)
  await first.stop()

  const second = await meshOf(proxy, misspelt(port))
  expect(await answers(port)).toBe(true)
  expect(accepted(second)).toBe('False')
  // A listener whose socket another one uses is not kept.
  await second.edit('other.yaml', [{ ...echo(port), metadata: { name: 'other', namespace: 'default' } }])
  await second.edit('other.yaml', [])
  await second.edit('service.yaml', [echo(other)])
  expect(await answers(other)).toBe(true)
  await second.edit('service.yaml', [])
  expect((await listenersOf(proxy)).filter(name => name.includes('/virtualservices/'))).toEqual([])
})

async function meshOf(proxy: RealProxy, service: Manifest): Promise<FolderMesh> {
  const mesh = await FolderMesh.start({
    'proxy.yaml': [proxyPod('proxy', proxy.port, {})],
    'other.yaml': [],
    'service.yaml': [service],
  })
  cleanups.push(() => mesh.stop())
  await mesh.converged()
  return mesh
}

function echo(port: number): Manifest {
  const route = { destination: { spec: { Echo: {} } } }
  return virtualService({ selector: {}, listener: { spec: { UDP: { port } }, rules: [{ action: { route } }] } })
}

function misspelt(port: number): Manifest {
  return virtualService({ selectr: {}, ...Object(echo(port).spec) })
}

function virtualService(spec: Document): Manifest {
  return { apiVersion: 'l7mp.io/v1', kind: 'VirtualService', metadata: { name: 'echo', namespace: 'default' }, spec }
}

function accepted(mesh: FolderMesh): string | undefined {
  const status = mesh.report?.statuses().get('VirtualService/default/echo')
  return status?.conditions.find(({ type }) => type === 'Accepted')?.status
}

async function listenersOf(proxy: RealProxy): Promise<readonly string[]> {
  const answer = await fetch(`${proxy.origin}/api/v1/listeners`)
  return ((await answer.json()) as { readonly name: string }[]).map(({ name }) => name)
}

/** Whether a datagram is echoed. Lost datagrams are sent again. */
async function answers(port: number): Promise<boolean> {
  let heard = false
  const session = openSession('UDP', port, { message: () => (heard = true), ended: () => {} })
  await session.open
  await until('an answer', () => {
    session.send('hello')
    return heard
  })
  session.close()
  return heard
}
