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
import { echo } from '../support/echo.ts'
import { FolderMesh, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { answers, goodService, isInForce } from './good.ts'

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
const good = { port: await freePort(), backendPort: backend.port }
const proxy = await startRealProxy()
const mesh = await FolderMesh.start({
  'pods.yaml': [proxyPod('proxy', proxy.port, {})],
  'good.yaml': [goodService(good, 0)],
})
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
  await mesh.save('good.yaml', [goodService(good, batch)])
  await isInForce(mesh, batch)
  await answers(good, batch)
  if (/^Error:/m.test(proxy.output())) throw new Error(`the proxy ended: ${proxy.output()}`)
}

/** Sockets in the file system belong in the /tmp of this run. */
function toText(document: Json): string {
  return JSON.stringify(document, (key, value) => (key === 'filename' ? '/tmp/bad-input.sock' : value))
}

function cut(text: string, share: number): string {
  return text.slice(0, text.length * share)
}
