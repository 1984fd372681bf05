/**
 * The offline validator and a real API server with the CRDs and their policy give the same verdict on every document.
 */
import { isDeepStrictEqual } from 'node:util'
import { CRDS, createValidator, type Verdict } from '@l7mesh/crds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KubeError } from '../../operator/src/kube/kube-error.ts'
import { admit } from '../../operator/src/sources/validation/admit.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { coreCorpus } from './support/core-corpus.ts'
import { type Case, corpus } from './support/corpus.ts'
import { apply, namespace } from './support/objects.ts'

const cases = corpus()
let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 })
  await install('crds/crds')
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all'])
  const { metadata, ...before } = virtualService('before', { matchLabel: { app: 'a' } })
  await apply(cluster, { ...before, metadata: { ...metadata, finalizers: ['example.com/held'] } })
  await install('crds/policies')
  const misspelt = {
    apiVersion: 'l7mp.io/v1',
    kind: 'Route',
    metadata: { name: 'a' },
    spec: { destinationRef: 'a', extra: 1 },
  }
  await until('the policy takes effect', async () => 'refused' in (await judge(misspelt, 'Ignore')))
  const namespaces = new Set(cases.map(({ document }) => namespaceOf(document)))
  // An invalid namespace is rejected together with the document.
  const possible = [...namespaces].filter(
    name => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) && name !== 'default',
  )
  await apply(cluster, ...possible.map(namespace))
})
afterAll(() => cluster?.stop())

async function install(folder: string): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '-f', folder])
  expect(code, stderr).toBe(0)
}

const metadataOf = (document: unknown): unknown => field(document, 'metadata')
const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

function namespaceOf(document: unknown): string {
  const name = field(metadataOf(document), 'namespace')
  return typeof name === 'string' && name !== '' ? name : 'default'
}

/** The path to which kubectl would send it; documents of unknown kinds are rejected at any path. */
function pathOf(document: unknown): string {
  const kind = field(document, 'kind')
  const crd = Object.values(CRDS).find(({ spec }) => spec.names.kind === kind)
  return `/apis/l7mp.io/v1/namespaces/${encodeURIComponent(namespaceOf(document))}/${crd?.spec.names.plural ?? 'routes'}`
}

type Judged = { readonly stored: unknown } | { readonly refused: string }

/** Creates with dryRun. `Strict` rejects unknown fields, as kubectl does. */
const judge = (document: unknown, fieldValidation: 'Strict' | 'Warn' | 'Ignore'): Promise<Judged> =>
  create(pathOf(document), document, fieldValidation)

async function create(path: string, document: unknown, fieldValidation = 'Ignore'): Promise<Judged> {
  const query = { dryRun: 'All', fieldValidation }
  try {
    return { stored: await cluster.client.request({ method: 'POST', path, query, body: document }) }
  } catch (error) {
    if (error instanceof KubeError && ['invalid', 'not-found'].includes(error.code)) return { refused: error.message }
    throw error
  }
}

/** Fields that an API server adds or overwrites. */
const ITS_OWN = ['creationTimestamp', 'deletionGracePeriodSeconds', 'deletionTimestamp', 'generation', 'managedFields']
const ITS_NAMES = ['name', 'namespace', 'resourceVersion', 'selfLink', 'uid']

function withoutItsOwn(object: unknown, document: unknown): unknown {
  const given = metadataOf(document)
  const metadata = Object.entries(metadataOf(object) ?? {}).filter(
    ([name]) => !ITS_OWN.includes(name) && (!ITS_NAMES.includes(name) || field(given, name)),
  )
  return { ...Object(object), metadata: Object.fromEntries(metadata) }
}

const RESTRICTING = new Set(['matchLabels', 'matchExpressions', 'matchFields', 'matchNamespace', 'matchService'])

/** An API server keeps nulls in selectors, so that the policy can see them. */
function withoutKeptNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutKeptNulls)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([name, member]) => member !== null || !RESTRICTING.has(name))
  return Object.fromEntries(members.map(([name, member]) => [name, withoutKeptNulls(member)]))
}

/** The difference of the verdicts; undefined if they agree. */
async function difference({ name, document }: Case, verdict: Verdict): Promise<object | undefined> {
  const [loose, strict] = await Promise.all([judge(document, 'Ignore'), judge(document, 'Strict')])
  const about = { name, document, findings: verdict.findings, 'API server': loose, strict }
  if (verdict.accepted !== 'stored' in loose) return { what: 'one accepts it, the other does not', ...about }
  if (!verdict.accepted || 'refused' in loose) return undefined
  if (verdict.findings.length > 0 !== 'refused' in strict) return { what: 'one finds an unknown field', ...about }
  const [here, there] = [verdict.resource, withoutKeptNulls(loose.stored)].map(object =>
    withoutItsOwn(object, document),
  )
  return isDeepStrictEqual(here, there) ? undefined : { what: 'they store something else', here, there, ...about }
}

describe('the verdicts of the validator and of an API server', () => {
  it('agree on every document, and on the stored object', async () => {
    const { validate } = createValidator()
    const accepted = cases.filter(({ document }) => validate(document).accepted).length
    expect(accepted).toBeGreaterThan(100)
    expect(cases.length - accepted).toBeGreaterThan(100)
    const differences = []
    for (const each of cases) differences.push((await difference(each, validate(each.document))) ?? [])
    expect(differences.flat()).toEqual([])
  })
})

/** An API server converts it to an empty port. */
const NO_PORT = /^EndpointSlice \.ports\.\d: null$/
/** Most fields accept an empty string for their default; here, all of them do. */
const EMPTY_TEXT = 'Unsupported value: ""'
/** A loopback address refers to this machine, which is intended in the folder of a local mesh. */
const LOOPBACK = 'loopback range'

describe('the verdicts on kinds of Kubernetes, of a folder and of an API server', () => {
  const { validate } = createValidator()
  const isTaken = (document: object) => {
    const admission = admit(document, validate)
    return admission.tag === 'object' && admission.findings.length === 0
  }

  it('agree on each field with each of many values', async () => {
    const different = []
    for (const { path, changed, document } of coreCorpus()) {
      const answer = await create(path, document)
      const refused = 'refused' in answer ? answer.refused : ''
      if (isTaken(document) !== (refused === '')) different.push({ changed, refused })
    }
    const alarms = different.filter(({ changed, refused }) => refused === '' && !NO_PORT.test(changed))
    const isMeant = (refused: string) => refused.includes(EMPTY_TEXT) || refused.includes(LOOPBACK)
    const overlooked = different.filter(({ refused }) => refused !== '' && !isMeant(refused))
    expect({ alarms, overlooked }).toEqual({ alarms: [], overlooked: [] })
  })
})

const LISTENER = { spec: { UDP: { port: 1 } }, rules: [{ action: { routeRef: 'a' } }] }

const virtualService = (name: string, selector: object, listener: object = LISTENER) => ({
  apiVersion: 'l7mp.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'default' },
  spec: { selector, listener },
})

/** A rule with everything that is expensive to validate. */
const longRule = (selector: object) => ({
  match: { op: 'and', apply: Array.from({ length: 5 }, () => ({ op: 'test', path: '/a', value: 1 })) },
  action: {
    rewrite: [{ path: '/a', valueStr: 'b' }],
    route: {
      ingress: [{ clusterRef: 'a' }],
      destination: {
        spec: { UDP: { port: 1, bind: { address: '192.0.2.1' } } },
        loadbalancer: { policy: 'Trivial' },
        endpoints: [{ name: 'a', spec: { address: '192.0.2.1' }, weight: 3 }, { selector }],
      },
      retry: { retry_on: 'always' },
    },
  },
})

describe('the policy', () => {
  const app = { matchLabels: { app: 'a' } }
  const rules = (...given: readonly object[]) => virtualService('typo', app, { ...LISTENER, rules: given })

  it.each([
    ['a selector', virtualService('typo', { matchLabel: { app: 'a' } }), 'spec.selector.matchLabel: unknown field'],
    ['a match', rules({ mach: { op: 'test' }, action: {} }), 'spec.listener.rules[].mach: unknown field'],
    [
      'a listener',
      virtualService('typo', app, { ...LISTENER, rule: [] }),
      'the fields here are name, spec, rules, rulesRef',
    ],
    [
      'a protocol',
      rules({ rule: { action: { route: { destination: { spec: { Echo: { loud: true } } } } } } }),
      'spec.listener.rules[].rule.action.route.destination.spec.Echo.loud: unknown field; the object takes no fields.',
    ],
    ['a selector of nulls', virtualService('typo', { matchLabels: null }), 'spec.selector: its fields are empty'],
    [
      'an empty selector',
      virtualService('typo', { matchLabels: null, matchFields: [] }),
      'to select every pod, write {}',
    ],
    ['a label', virtualService('typo', { matchLabels: { a: null, b: 'b' } }), 'matchLabels.a: the label has no value'],
  ])('rejects a typo in %s, however lax the client is', async (_, document, message) => {
    for (const validation of ['Ignore', 'Warn', 'Strict'] as const)
      expect(await judge(document, validation)).toEqual({ refused: expect.stringContaining(message) })
  })

  it.each([
    ['a field of a selector', { matchLabels: null, matchFields: null }],
    ['a label', { matchLabels: { app: 'a', tier: null } }],
  ])('rejects %s without a value, which kubectl apply omits', async (_, selector) => {
    const input = JSON.stringify(virtualService('left-out', selector))
    const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { input })
    expect([code, stderr]).toEqual([1, expect.stringContaining('has no value, so it would restrict nothing')])
    const written = [{}, { matchFields: null, ...app }, app].map(one => virtualService('left-out', one))
    for (const each of written) await apply(cluster, each)
    expect((await cluster.kubectl(['delete', 'vsvc', 'left-out'])).code).toBe(0)
  })

  it('validates the maximum number of rules', async () => {
    const many = (last: object) => rules(...Array.from({ length: 1023 }, () => longRule(app)), longRule(last))
    expect(await judge(many(app), 'Ignore')).toHaveProperty('stored')
    const wrong = await judge(many({ matchLabel: {} }), 'Ignore')
    expect(wrong).toEqual({ refused: expect.stringContaining('.destination.endpoints[].selector.matchLabel: ') })
  })

  it('allows labeling and deleting existing invalid objects, but not changing them without a fix', async () => {
    const change = (patch: object) =>
      cluster.kubectl(['patch', 'vsvc', 'before', '--type=merge', '-p', JSON.stringify(patch)])
    expect((await change({ metadata: { labels: { a: 'b' }, finalizers: null } })).code).toBe(0)
    const wrong = await change({ spec: { updateOwners: true } })
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('spec.selector.matchLabel') })
    expect((await change({ spec: { selector: { matchLabel: null, ...app }, updateOwners: true } })).code).toBe(0)
    expect((await cluster.kubectl(['delete', 'vsvc', 'before', '--timeout=60s'])).code).toBe(0)
  })
})
