/**
 * One good VirtualService on a real proxy, in a folder into which batch after batch of bad files is put: whatever they
 * say, the good one stays in force, its packets go through, its edits arrive, and the proxy lives on.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CRDS, type Json } from '@l7mesh/crds'
import fc from 'fast-check'
import { acceptedDocument, damaged } from '../../crds/test/arbitrary.ts'
import { resource } from '../../operator/test/translate/arbitrary.ts'
import { openSession } from '../support/client.ts'
import { echo } from '../support/echo.ts'
import { FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const BATCHES = 12
const FILES = 25
const seed = Number(process.argv[2] ?? 1)

const accepted = fc.oneof(...Object.values(CRDS).map(crd => acceptedDocument(crd)))
/** What a file may hold: sound resources that make no sense, unsound ones, and texts that were cut off. */
const texts = fc.oneof(
  accepted.map(toText),
  accepted.chain(damaged).map(toText),
  resource.map(document => toText(document as unknown as Json)),
  fc
    .tuple(accepted, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([document, share]) => cut(toText(document), share)),
  fc.string(),
)

const backend = await echo('UDP', 'backend')
const port = await freePort()
const proxy = await startRealProxy()
const mesh = await FolderMesh.start({ 'pods.yaml': [proxyPod('proxy', proxy.port, {})], 'good.yaml': [good(0)] })
await mesh.converged()
try {
  for (let batch = 1; batch <= BATCHES; batch++) await survives(batch)
} finally {
  await mesh.stop()
  await proxy.stop()
  await backend.close()
}

async function survives(batch: number): Promise<void> {
  const files = fc.sample(texts, { numRuns: FILES, seed: seed * 1000 + batch })
  for (const [i, text] of files.entries()) await writeFile(join(mesh.folder, `bad-${i}.json`), text)
  await mesh.save('good.yaml', [good(batch)])
  await mesh.until(`batch ${batch}: the good resource is in its newest version`, report => {
    const status = report.statuses().get('VirtualService/default/good')
    const version = report.snapshot?.virtualServices.get('default/good')?.metadata.annotations?.version
    return version === `${batch}` && status?.conditions.every(({ status: holds }) => holds === 'True') === true
  })
  await until(`batch ${batch}: an answer through the proxy`, answered)
  if (/^Error:/m.test(proxy.output())) throw new Error(`the proxy ended: ${proxy.output()}`)
}

async function answered(): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), 500)
  const session = openSession('UDP', port, {
    message: text => resolve(text === 'backend hello'),
    ended: () => resolve(false),
  })
  await session.open
  session.send('hello')
  const answer = await promise
  clearTimeout(timer)
  session.close()
  return answer
}

/** The oldest of all, so that nobody takes its port from it. */
function good(version: number): Manifest {
  const match = { op: 'in', path: '/IP/src_addr', value: ['127.0.0.1', `10.0.0.${version}`] }
  const destination = { spec: { UDP: { port: backend.port } }, endpoints: [{ spec: { address: '127.0.0.1' } }] }
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'good', creationTimestamp: '2000-01-01T00:00:00Z', annotations: { version: `${version}` } },
    spec: {
      selector: {},
      listener: { spec: { UDP: { port } }, rules: [{ match, action: { route: { destination } } }] },
    },
  }
}

/** Sockets in the file system belong in the /tmp of this run. */
function toText(document: Json): string {
  return JSON.stringify(document, (key, value) => (key === 'filename' ? '/tmp/bad-input.sock' : value))
}

function cut(text: string, share: number): string {
  return text.slice(0, text.length * share)
}
