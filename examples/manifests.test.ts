import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createValidator } from '../crds/src/index.ts'
import { readManifests } from '../operator/src/local/manifests/manifests.ts'
import { parseText } from '../operator/src/sources/documents/parse.ts'
import { WRONG_ROUTES } from './wrong-routes.ts'

const EXAMPLES = {
  'kube-dns': ['proxies/ingress.yaml', 'dns.yaml', 'virtualservice.yaml'],
  'dns-with-retries': ['proxies/ingress.yaml', 'dns.yaml', 'virtualservice.yaml'],
  'udp-over-websocket': [
    '00-namespace.yaml',
    'proxies/ingress.yaml',
    'transcoder.yaml',
    'worker.yaml',
    'game.yaml',
    'game-hashed.yaml',
  ],
  'media-plane': ['00-namespace.yaml', 'gateway.yaml', 'users.yaml', 'carol.yaml', 'worker.yaml'],
  'http-routing': ['00-namespaces.yaml', 'proxies/ingress.yaml', 'web.yaml', 'greeter.yaml', 'blue.yaml'],
} as const

const { validate } = createValidator()

describe.each(Object.entries(EXAMPLES))('the manifests of %s', (example, files) => {
  it.each(files)('%s says what an API server accepts, and no field that it does not know', async file => {
    const resources = (await documentsOf(example, file)).filter(isOurs)
    expect(resources.map(validate)).toEqual(
      resources.map(() => expect.objectContaining({ accepted: true, findings: [] })),
    )
  })

  it.each(files)('%s says what can run on this machine', async file => {
    const manifests = (await documentsOf(example, file)).map(document => ({ where: file, folder: example, document }))
    expect(readManifests(manifests).problems).toEqual([])
  })
})

it.each(Object.entries(EXAMPLES))(
  '%s makes namespaces before what is in them, as kubectl applies files',
  async (example, files) => {
    const inOrder = files.filter(file => !file.includes('/')).toSorted()
    const documents = (await Promise.all(inOrder.map(file => documentsOf(example, file)))).flat().map(parseNamed)
    const made = new Set<string>()
    for (const { kind, metadata } of documents) {
      if (kind === 'Namespace') made.add(metadata.name)
      else expect(made).toContain(metadata.namespace)
    }
  },
)

it('has the same ingress proxies wherever there are any', async () => {
  const examples = Object.entries(EXAMPLES).filter(([, files]) => files.some(file => file === 'proxies/ingress.yaml'))
  const texts = await Promise.all(examples.map(([example]) => textOf(example, 'proxies/ingress.yaml')))
  expect(new Set(texts).size).toBe(1)
})

it.each(WRONG_ROUTES)('$example/$file has what can go wrong: $right', async ({ example, file, right }) => {
  expect(await textOf(example, file)).toContain(right)
})

type Named = {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}
const parseNamed = (document: unknown): Named => JSON.parse(JSON.stringify(document))

const isOurs = (document: unknown) => JSON.stringify(document).includes('"apiVersion":"l7mp.io/v1"')

const textOf = (example: string, file: string) =>
  readFile(fileURLToPath(new URL(`${example}/${file}`, import.meta.url)), 'utf8')

async function documentsOf(example: string, file: string): Promise<readonly unknown[]> {
  const parsed = parseText(file, await textOf(example, file))
  for (const { line, message } of parsed.broken) throw new Error(`${file}:${line} ${message}`)
  return parsed.written.map(({ value }) => value)
}
