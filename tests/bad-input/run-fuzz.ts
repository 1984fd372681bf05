/**
 * Adds batches of invalid files to a folder with one valid VirtualService on a real proxy: the valid one must stay
 * programmed, forward packets and accept edits, and the proxy must survive.
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
import { untilProgrammed, untilResponding, validService } from './valid-service.ts'

const BATCHES = 12
const FILES = 25
const seed = Number(process.argv[2] ?? 1)

const accepted = fc.oneof(...Object.values(CRDS).map(crd => acceptedDocument(crd)))
/** Contents of files: valid resources without meaning, invalid ones, and truncated texts. */
const texts = fc.oneof(
  accepted.map(toText),
  accepted.chain(damaged).map(toText),
  resource.map(document => toText(document as unknown as Json)),
  fc
    .tuple(accepted, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([document, share]) => truncated(toText(document), share)),
  fc.string(),
)

const backend = await echo('UDP', 'backend')
const ports = { port: await freePort(), backendPort: backend.port }
const proxy = await startRealProxy()
const mesh = await FolderMesh.start({
  'pods.yaml': [proxyPod('proxy', proxy.port, {})],
  'valid.yaml': [validService(ports, 0)],
})
await mesh.converged()
try {
  for (let batch = 1; batch <= BATCHES; batch++) await runBatch(batch)
} finally {
  await mesh.stop()
  await proxy.stop()
  await backend.close()
}

async function runBatch(batch: number): Promise<void> {
  const files = fc.sample(texts, { numRuns: FILES, seed: seed * 1000 + batch })
  for (const [i, text] of files.entries()) await writeFile(join(mesh.folder, `invalid-${i}.json`), text)
  await mesh.save('valid.yaml', [validService(ports, batch)])
  await untilProgrammed(mesh, batch)
  await untilResponding(ports, batch)
  if (/^Error:/m.test(proxy.output())) throw new Error(`the proxy ended: ${proxy.output()}`)
}

/** Restricts Unix domain sockets to the /tmp of this run. */
function toText(document: Json): string {
  return JSON.stringify(document, (key, value) => (key === 'filename' ? '/tmp/bad-input.sock' : value))
}

function truncated(text: string, share: number): string {
  return text.slice(0, text.length * share)
}
