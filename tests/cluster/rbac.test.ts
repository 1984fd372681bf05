/**
 * Every permission of the chart is necessary, and together they are sufficient. In a separate namespace for each verb
 * on each resource, an operator without this permission performs all its tasks, and reports what is forbidden; an
 * operator with all of them is never forbidden.
 */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ProxyClient } from '@l7mesh/proxy-client'
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, type Ran, startCluster } from './cluster.ts'
import {
  granted,
  isRole,
  RENDERED,
  type Rendered,
  type Right,
  renderRights,
  rightsOf,
  titleOf,
} from './support/chart-rights.ts'
import { mesh, owner, PORT, proxyPod, proxyStatus } from './support/mesh-of-everything.ts'
import { type Document, namespace as namespaceOf } from './support/objects.ts'
import { type OperatorProcess, SHORT_LEASE, startOperator } from './support/operator-process.ts'
import { openRelease } from './support/release.ts'

const OWNERS = 'rbac.owners=[{"apiGroup":"apps","resource":"deployments/status"}]'
const rendered = await renderRights('--set=namespaces={rendered}', '--set-json', OWNERS)
const everywhere = await renderRights('--set-json', OWNERS)
const rights = rendered.filter(isRole).flatMap(rightsOf)
const isOfCleanup = ({ role }: Right) => role.includes('cleanup')

/** A namespace and the missing permission; none in the first. */
type Case = { readonly namespace: string; readonly without: Right | undefined }
const cases: readonly Case[] = [undefined, ...rights].map((without, index) => ({ namespace: `case-${index}`, without }))
const WHOLE = 'case-0'
const missing = cases.flatMap(({ namespace, without }) =>
  without ? [{ namespace, without, what: titleOf(without) }] : [],
)
const ofOperator = missing.filter(({ without }) => !isOfCleanup(without))
const ofCleanup = missing.filter(({ without }) => isOfCleanup(without))

/** An event series is written once a minute, which delays the second write. */
const isSlow = ({ without }: Case) => without === undefined || titleOf(without) === 'patch events, events.k8s.io'

let cluster: Cluster
const proxies = new Map<string, FakeServer>()
const operators = new Map<string, OperatorProcess>()
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 })
  const { kubectl } = openRelease(cluster)
  await kubectl('apply', '-f', join(import.meta.dirname, '../../crds/crds'))
  await create(cases.map(({ namespace }) => namespaceOf(namespace)))
  await create(cases.flatMap(({ namespace, without }) => granted(rendered, namespace, without)))
  await create(cases.map(({ namespace }) => owner(namespace)))
  const uids = await ownerUids()
  await create(cases.flatMap(({ namespace }) => mesh(namespace, uids.get(namespace) ?? '')))
  await Promise.all(cases.map(placeProxy))
  await Promise.all(cases.filter(isSlow).map(quarrelTwice))
})
afterAll(async () => {
  for (const operator of operators.values()) await operator.end()
  for (const proxy of proxies.values()) await proxy.stop()
  await cluster?.stop()
})

async function create(items: readonly Document[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], { input })
  if (code !== 0) throw new Error(stderr)
}

async function ownerUids(): Promise<ReadonlyMap<string, string>> {
  const { items } = (await cluster.client.request({ path: '/apis/apps/v1/deployments' })) as {
    items: readonly { readonly metadata: { readonly namespace: string; readonly uid: string } }[]
  }
  return new Map(items.map(({ metadata }) => [metadata.namespace, metadata.uid]))
}

const patch = (path: string, body: Document) =>
  cluster.client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' })

/** A proxy for the cleanup, with objects of an operator that does not exist any more. */
async function placeProxy({ namespace, without }: Case): Promise<void> {
  const proxy = await startFakeProxy()
  proxies.set(namespace, proxy)
  if (without && isOfCleanup(without)) {
    const client = new ProxyClient({ origin: proxy.origin })
    await client.createRuleList({
      name: `/apis/l7mp.io/v1/namespaces/${namespace}/virtualservices/left/rules`,
      rules: [],
    })
    await client.close()
  }
  const pods = `/api/v1/namespaces/${namespace}/pods`
  await cluster.client.request({ method: 'POST', path: pods, body: proxyPod(namespace, proxy.port) })
  await patch(`${pods}/proxy/status`, proxyStatus)
}

/** A kubeconfig with a token of a service account. */
async function kubeconfigOf(namespace: string, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const { status } = (await cluster.client.request({ method: 'POST', path, body })) as { status: { token: string } }
  const file = join(cluster.folder, `${namespace}-${account}`)
  const admin = JSON.parse(await readFile(cluster.kubeconfig, 'utf8'))
  const users = admin.users.map(({ name }: { name: string }) => ({ name, user: { token: status.token } }))
  await writeFile(file, JSON.stringify({ ...admin, users }))
  return file
}

/** An operator like the chart's, with the permissions of the case. */
async function operatorIn(namespace: string, ...flags: readonly string[]): Promise<OperatorProcess> {
  const kubeconfig = await kubeconfigOf(namespace, 'l7mp-operator')
  const lease = ['--lease=l7mp-operator', `--lease-namespace=${namespace}`, ...SHORT_LEASE]
  const operator = startOperator({ kubeconfig, program: cluster.operator() }, namespace, ...lease, ...flags)
  operators.set(namespace, operator)
  return operator
}

const resourcePath = (namespace: string, plural: string, name: string) =>
  `/apis/l7mp.io/v1/namespaces/${namespace}/${plural}/${name}`

type Condition = { readonly type: string; readonly status: string; readonly reason: string }

async function conditions(namespace: string, plural: string, name: string): Promise<readonly Condition[]> {
  const { status } = (await cluster.client.request({ path: resourcePath(namespace, plural, name) })) as {
    status?: { conditions?: readonly Condition[] }
  }
  return status?.conditions ?? []
}

/** The second VirtualService is rejected, accepted on another port, and rejected again. */
async function quarrelTwice({ namespace }: Case): Promise<void> {
  await operatorIn(namespace, `--namespace=${namespace}`)
  const accepted = (expected: string) =>
    until(`Accepted is ${expected}`, async () =>
      (await conditions(namespace, 'virtualservices', 'second')).some(
        ({ type, status }) => type === 'Accepted' && status === expected,
      ),
    )
  const move = (port: number) =>
    patch(resourcePath(namespace, 'virtualservices', 'second'), { spec: { listener: { spec: { UDP: { port } } } } })
  await accepted('False')
  await move(PORT + 1)
  await accepted('True')
  await move(PORT)
  await accepted('False')
}

/** The message of the API server. */
const refusal = ({ verb, resource }: Pick<Right, 'verb' | 'resource'>) => `cannot ${verb} resource "${resource}"`
const saying = (right: Pick<Right, 'verb' | 'resource'>) => new RegExp(refusal(right))
const forbidden = ({ lines }: OperatorProcess) => lines.map(({ msg }) => msg).filter(msg => msg.includes('forbidden'))

describe.concurrent('an operator', () => {
  it.each(ofOperator.filter(each => !isSlow(each)))('cannot do without: $what', async ({ namespace, without }) => {
    const operator = await operatorIn(namespace, `--namespace=${namespace}`)
    await operator.logged(saying(without))
    for (const line of forbidden(operator)) expect(line).toContain(refusal(without))
    await operator.end()
  })
})

/** Runs the cleanup as the hook of the chart does. */
async function cleanup(namespace: string): Promise<Ran> {
  const flags = [`--kubeconfig=${await kubeconfigOf(namespace, 'l7mp-operator-cleanup')}`, '--yes', '--via=pods']
  const lease = ['--lease=l7mp-operator', `--lease-namespace=${namespace}`]
  const words = ['cleanup', `--namespace=${namespace}`, ...flags, ...lease]
  const { promise, resolve } = Promise.withResolvers<Ran>()
  execFile(process.execPath, [cluster.operator(), ...words], (error, stdout, stderr) =>
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
  )
  return promise
}

describe.concurrent('the cleanup', () => {
  it.each(ofCleanup)('cannot do without: $what', async ({ namespace, without }) => {
    const { code, stderr } = await cleanup(namespace)
    expect(stderr).toContain(refusal(without))
    expect(code).not.toBe(0)
  })
})

const KINDS = { virtualservices: 'first', targets: 'target', routes: 'route', rules: 'rule' }
type Event = { readonly reason: string; readonly series?: { readonly count: number } }

async function eventsIn(namespace: string): Promise<readonly Event[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
  const { items } = (await cluster.client.request({ path })) as { items: readonly Event[] }
  return items
}

describe('with Roles alone', () => {
  it('the chart creates no ClusterRole', () => {
    expect(rendered.map(({ kind }) => kind).filter(kind => kind.startsWith('Cluster'))).toEqual([])
  })

  it.each(missing.filter(isSlow))('an operator cannot do without: $what', async ({ namespace, without }) => {
    await operators.get(namespace)?.logged(saying(without))
  })

  it('an operator performs all its tasks, and is never forbidden', async () => {
    const operator = operators.get(WHOLE)
    const isSeries = ({ reason, series }: Event) => reason === 'PortConflict' && series?.count === 2
    await until('the events are a series', async () => (await eventsIn(WHOLE)).some(isSeries))
    for (const [plural, name] of Object.entries(KINDS)) {
      const programmed = (await conditions(WHOLE, plural, name)).find(({ type }) => type === 'Programmed')
      expect(programmed, plural).toMatchObject({ status: 'True' })
    }
    expect(operator && forbidden(operator)).toEqual([])
    operator?.signal('SIGTERM')
    expect(await operator?.ended()).toBe(0)
  })

  it('the cleanup removes everything from the proxies', async () => {
    const lists = `${proxies.get(WHOLE)?.origin}/api/v1/rulelists`
    const held = async () => (await (await fetch(lists)).text()).includes(`/namespaces/${WHOLE}/`)
    expect(await held()).toBe(true)
    expect(await cleanup(WHOLE)).toMatchObject({ code: 0 })
    expect(await held()).toBe(false)
  })
})

describe('everywhere', () => {
  const definitions = { apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', verb: 'get' }
  const titles = (documents: readonly Rendered[], name: RegExp) =>
    documents
      .filter(isRole)
      .filter(({ metadata }) => name.test(metadata.name))
      .flatMap(rightsOf)
      .map(titleOf)
      .sort()

  it('an operator has the same permissions, and may read CRDs', () => {
    expect(titles(everywhere, /./)).toEqual([...titles(rendered, /./), titleOf(definitions)].sort())
  })

  it('an operator needs the latter', async () => {
    const role = `${RENDERED}:l7mp-operator`
    await create([namespaceOf('everywhere'), ...granted(everywhere, 'everywhere', { role, ...definitions })])
    const operator = await operatorIn('everywhere')
    await operator.logged(/this operator leads/)
    await operator.logged(/all resources read/)
    await cluster.client.request({ method: 'DELETE', path: resourcePath('case-1', 'targets', 'target') })
    await operator.logged(saying(definitions))
  })
})
