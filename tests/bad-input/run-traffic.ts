/**
 * Clients of HTTP, WebSocket and TCP listeners whose rules are random: batch after batch, whatever the rules match and
 * rewrite and whatever the clients send, the proxy lives on, answers its API, and the good one among them stays in force.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '@l7mesh/crds'
import fc from 'fast-check'
import { echo } from '../support/echo.ts'
import { FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { answers, goodService, isInForce } from './good.ts'
import { client } from './requests.ts'
import { ruleTo } from './rules.ts'

const BATCHES = 12
const LISTENERS = 9
const CLIENTS = 6
const PROTOCOLS = ['HTTP', 'WebSocket', 'TCP'] as const
/** One that goes on to itself, and one that does not: the rules of the listeners are lists too. */
const LISTS = ['fuzz-0', 'fuzz-1']
const seed = Number(process.argv[2] ?? 1)

const udp = await echo('UDP', 'backend')
const tcp = await echo('TCP', 'backend')
const webSocket = await echo('WebSocket', 'backend')
const backends = { UDP: udp.port, TCP: tcp.port, WebSocket: webSocket.port, none: await freePort() }
const good = { port: await freePort(), backendPort: udp.port }
const ports: number[] = []
for (let i = 0; i < LISTENERS; i++) ports.push(await freePort())
const proxy = await startRealProxy()
const mesh = await FolderMesh.start({
  'pods.yaml': [proxyPod('proxy', proxy.port, {})],
  'good.yaml': [goodService(good, 0)],
})
await mesh.converged()
let heard = 0
try {
  for (let batch = 1; batch <= BATCHES; batch++) await survives(batch)
  // Clients to whom nobody ever answers would prove nothing.
  if (heard < BATCHES * LISTENERS) throw new Error(`of all clients only ${heard} got an answer`)
} finally {
  await mesh.stop()
  await proxy.stop()
  for (const backend of [udp, tcp, webSocket]) await backend.close()
}

async function survives(batch: number): Promise<void> {
  const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number) =>
    fc.sample(arbitrary, { numRuns, seed: seed * 1000 + batch })
  const rules = sample(fc.array(ruleTo(backends, LISTS), { minLength: 1, maxLength: 4 }), LISTENERS)
  for (const [i, list] of rules.entries())
    await writeFile(join(mesh.folder, `fuzz-${i}.json`), JSON.stringify(service(i, list)))
  await mesh.save('good.yaml', [goodService(good, batch)])
  await isInForce(mesh, batch)
  const clients = sample(client, LISTENERS * CLIENTS)
  const answered = await Promise.all(clients.map((ask, i) => ask(ports[i % LISTENERS] ?? 0)))
  heard += answered.filter(text => text !== '').length
  await answers(good, batch)
  const admin = await fetch(`${proxy.origin}/api/v1/admin`, { signal: AbortSignal.timeout(2000) })
  if (!admin.ok) throw new Error(`batch ${batch}: the proxy's API answers ${admin.status}`)
  if (/^Error:/m.test(proxy.output())) throw new Error(`the proxy ended: ${proxy.output()}`)
}

function service(index: number, rules: readonly Json[]): Manifest {
  const protocol = PROTOCOLS[index % PROTOCOLS.length] ?? 'HTTP'
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: `fuzz-${index}` },
    spec: { selector: {}, listener: { spec: { [protocol]: { port: ports[index] } }, rules } },
  }
}
