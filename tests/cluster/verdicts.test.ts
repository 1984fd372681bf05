/** The offline validator and a real API server that has the CRDs judge every document alike. */
import { isDeepStrictEqual } from 'node:util'
import { CRDS, createValidator, type Verdict } from '@l7mesh/crds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubeError } from '../../operator/src/kube/errors.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { type Case, corpus } from './support/corpus.ts'
import { apply, namespace } from './support/objects.ts'

const cases = corpus()
let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 })
  const { code, stderr } = await cluster.kubectl(['apply', '-f', 'crds/crds'])
  expect(code, stderr).toBe(0)
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all'])
  const namespaces = new Set(cases.map(({ document }) => namespaceOf(document)))
  // One that can be no namespace is refused with the document.
  const possible = [...namespaces].filter(
    name => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) && name !== 'default',
  )
  await apply(cluster, ...possible.map(namespace))
})
afterAll(() => cluster?.stop())

const metadataOf = (document: unknown): unknown => field(document, 'metadata')
const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

function namespaceOf(document: unknown): string {
  const name = field(metadataOf(document), 'namespace')
  return typeof name === 'string' && name !== '' ? name : 'default'
}

/** Where kubectl would send it; what is of no kind of ours has no place, and any will do to have it refused. */
function pathOf(document: unknown): string {
  const kind = field(document, 'kind')
  const crd = Object.values(CRDS).find(({ spec }) => spec.names.kind === kind)
  return `/apis/l7mp.io/v1/namespaces/${encodeURIComponent(namespaceOf(document))}/${crd?.spec.names.plural ?? 'routes'}`
}

type Judged = { readonly stored: unknown } | { readonly refused: string }

/** A create that changes nothing. `strict` refuses unknown fields, as kubectl has it. */
async function judge(document: unknown, strict: boolean): Promise<Judged> {
  const query = { dryRun: 'All', fieldValidation: strict ? 'Strict' : 'Ignore' }
  try {
    return { stored: await cluster.client.request({ method: 'POST', path: pathOf(document), query, body: document }) }
  } catch (error) {
    if (error instanceof KubeError && ['invalid', 'not-found'].includes(error.code)) return { refused: error.message }
    throw error
  }
}

/** What an API server adds, or sets whatever the document says. */
const ITS_OWN = ['creationTimestamp', 'deletionGracePeriodSeconds', 'deletionTimestamp', 'generation', 'managedFields']
const ITS_NAMES = ['name', 'namespace', 'resourceVersion', 'selfLink', 'uid']

function withoutItsOwn(object: unknown, document: unknown): unknown {
  const given = metadataOf(document)
  const metadata = Object.entries(metadataOf(object) ?? {}).filter(
    ([name]) => !ITS_OWN.includes(name) && (!ITS_NAMES.includes(name) || field(given, name)),
  )
  return { ...Object(object), metadata: Object.fromEntries(metadata) }
}

/** How the two disagree; undefined where they do not. */
async function difference({ name, document }: Case, verdict: Verdict): Promise<object | undefined> {
  const [loose, strict] = await Promise.all([judge(document, false), judge(document, true)])
  const about = { name, document, findings: verdict.findings, 'API server': loose, strict }
  if (verdict.accepted !== 'stored' in loose) return { what: 'one accepts it, the other does not', ...about }
  if (!verdict.accepted || 'refused' in loose) return undefined
  if (verdict.findings.length > 0 !== 'refused' in strict) return { what: 'one finds an unknown field', ...about }
  const [here, there] = [verdict.resource, loose.stored].map(object => withoutItsOwn(object, document))
  return isDeepStrictEqual(here, there) ? undefined : { what: 'they store something else', here, there, ...about }
}

describe('the verdicts of the validator and of an API server', () => {
  it('agree on every document, and on what is stored of it', async () => {
    const { validate } = createValidator()
    const accepted = cases.filter(({ document }) => validate(document).accepted).length
    expect(accepted).toBeGreaterThan(100)
    expect(cases.length - accepted).toBeGreaterThan(100)
    const differences = []
    for (const each of cases) differences.push((await difference(each, validate(each.document))) ?? [])
    expect(differences.flat()).toEqual([])
  })
})
