/**
 * Runs batches of random clients against HTTP, WebSocket and TCP listeners with random rules: the proxy must survive
 * and respond to its API, and the valid VirtualService must stay programmed.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '@l7mesh/crds'
import fc from 'fast-check'
import { echo } from '../support/echo.ts'
import { FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { client } from './requests.ts'
import { ruleTo } from './rules.ts'
import { untilProgrammed, untilResponding, validService } from './valid-service.ts'

const BATCHES = 12
const LISTENERS = 9
const CLIENTS = 6
const PROTOCOLS = ['HTTP', 'WebSocket', 'TCP'] as const
/** A list that applies itself, and one that does not: the rules of listeners are lists, too. */
const LISTS = ['fuzz-0', 'fuzz-1']
const seed = Number(process.argv[2] ?? 1)

const udp = await echo('UDP', 'backend')
const tcp = await echo('TCP', 'backend')
const webSocket = await echo('WebSocket', 'backend')
const backends = { UDP: udp.port, TCP: tcp.port, WebSocket: webSocket.port, none: await freePort() }
const validPorts = { port: await freePort(), backendPort: udp.port }
const ports: number[] = []
for (let i = 0; i < LISTENERS; i++) ports.push(await freePort())
const proxy = await startRealProxy()
const mesh = await FolderMesh.start({
  'pods.yaml': [proxyPod('proxy', proxy.port, {})],
  'valid.yaml': [validService(validPorts, 0)],
})
await mesh.converged()
let received = 0
try {
  for (let batch = 1; batch <= BATCHES; batch++) await runBatch(batch)
  // Clients without any response would prove nothing.
  if (received < BATCHES * LISTENERS) throw new Error(`only ${received} clients received a response`)
} finally {
  await mesh.stop()
  await proxy.stop()
  for (const backend of [udp, tcp, webSocket]) await backend.close()
}

async function runBatch(batch: number): Promise<void> {
  const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number) =>
    fc.sample(arbitrary, { numRuns, seed: seed * 1000 + batch })
  const rules = sample(fc.array(ruleTo(backends, LISTS), { minLength: 1, maxLength: 4 }), LISTENERS)
  for (const [i, list] of rules.entries())
    await writeFile(join(mesh.folder, `fuzz-${i}.json`), JSON.stringify(service(i, list)))
  await mesh.save('valid.yaml', [validService(validPorts, batch)])
  await untilProgrammed(mesh, batch)
  const clients = sample(client, LISTENERS * CLIENTS)
  const responses = await Promise.all(clients.map((send, i) => send(ports[i % LISTENERS] ?? 0)))
  received += responses.filter(text => text !== '').length
  await untilResponding(validPorts, batch)
  const admin = await fetch(`${proxy.origin}/api/v1/admin`, { signal: AbortSignal.timeout(2000) })
  if (!admin.ok) throw new Error(`batch ${batch}: the proxy's API returns ${admin.status}`)
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
