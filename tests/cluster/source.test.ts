/** The cluster source on a real API server, with the permissions of a service account, under all kinds of faults. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createValidator } from '@l7mesh/crds'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Loop } from '../../operator/src/app/loop.ts'
import { systemClock } from '../../operator/src/clock.ts'
import { connect } from '../../operator/src/converge/connect.ts'
import { connectKube } from '../../operator/src/kube/kube-client.ts'
import type { Timing } from '../../operator/src/kube/reflector.ts'
import type { Report } from '../../operator/src/report/report.ts'
import { type ClusterSource, clusterSource } from '../../operator/src/sources/kubernetes/cluster-source.ts'
import { createTranslator } from '../../operator/src/translate/translate.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { ApiProxy } from './support/api-proxy.ts'
import { apply, type Document, namespace } from './support/objects.ts'

const CRDS = fileURLToPath(new URL('../../crds/crds', import.meta.url))
const KINDS = ['pods', 'services', 'endpointslices', 'virtualservices', 'targets', 'rules', 'routes']
const CUSTOM = KINDS.slice(3)
const NAMESPACE = 'games'
const GROUPS = [
  { apiGroups: [''], resources: ['pods', 'services'], verbs: ['list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  { apiGroups: ['l7mp.io'], resources: CUSTOM, verbs: ['list', 'watch'] },
]
const DEFINITIONS = {
  apiGroups: ['apiextensions.k8s.io'],
  resources: ['customresourcedefinitions'],
  resourceNames: CUSTOM.map(plural => `${plural}.l7mp.io`),
  verbs: ['get'],
}

let cluster: Cluster
let way: ApiProxy
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 })
  await apply(cluster, namespace(NAMESPACE), account('operator'), account('guest'))
  await apply(cluster, role('ClusterRole', 'operator', [...GROUPS, DEFINITIONS]), binding('ClusterRole', 'operator'))
  await apply(cluster, role('Role', 'guest', GROUPS), binding('Role', 'guest'))
  await installCrds(...CUSTOM)
})
afterAll(() => cluster?.stop())

beforeEach(async () => {
  way = await ApiProxy.start(cluster.controlPlane.certificates.authority)
})
afterEach(async () => {
  await way.close()
  await Promise.all(['targets', 'virtualservices'].map(plural => removeAll(plural)))
})

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
  return stdout
}

const MESH_PATH = `/apis/l7mp.io/v1/namespaces/${NAMESPACE}`

/** Like kubectl, but much faster. */
async function put(...resources: readonly Document[]): Promise<void> {
  for (const resource of resources) {
    const { kind, metadata } = resource as { kind: string; metadata: { name: string } }
    await cluster.client.request({
      method: 'PATCH',
      path: `${MESH_PATH}/${kind.toLowerCase()}s/${metadata.name}`,
      query: { fieldManager: 'test' },
      body: resource,
      contentType: 'application/apply-patch+yaml',
    })
  }
}
async function remove(plural: string, name: string): Promise<void> {
  await cluster.client.request({ method: 'DELETE', path: `${MESH_PATH}/${plural}/${name}` })
}
async function removeAll(plural: string): Promise<void> {
  await cluster.client.request({ method: 'DELETE', path: `${MESH_PATH}/${plural}` })
}

const account = (name: string): Document => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: NAMESPACE },
})
const scoped = (kind: string, name: string) => (kind === 'Role' ? { name, namespace: NAMESPACE } : { name })
const role = (kind: 'Role' | 'ClusterRole', name: string, rules: readonly object[]): Document => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: scoped(kind, name),
  rules,
})
const binding = (kind: 'Role' | 'ClusterRole', name: string): Document => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: `${kind}Binding`,
  metadata: scoped(kind, name),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
  subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
})

async function installCrds(...plurals: readonly string[]): Promise<void> {
  const files = plurals.flatMap(plural => ['-f', join(CRDS, `${plural.slice(0, -1)}.yaml`)])
  await kubectl('apply', '--server-side', ...files)
  await kubectl('wait', 'crd', '--for=condition=Established', '--timeout=120s', ...plurals.map(crdOf))
}
async function removeCrds(...plurals: readonly string[]): Promise<void> {
  await kubectl('delete', 'crd', '--ignore-not-found', ...plurals.map(crdOf))
}
const crdOf = (plural: string) => `${plural}.l7mp.io`

const target = (name: string, port = 53): Document => ({
  apiVersion: 'l7mp.io/v1',
  kind: 'Target',
  metadata: { name, namespace: NAMESPACE },
  spec: { cluster: { spec: { UDP: { port } }, endpoints: [{ name: 'one', spec: { address: '192.0.2.1' } }] } },
})
const virtualService = (name: string, port: number): Document => ({
  apiVersion: 'l7mp.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    selector: {},
    listener: { spec: { UDP: { port } }, rules: [{ action: { route: { destinationRef: 'dns' } } }] },
  },
})

type Who = 'operator' | 'guest'
type Opened = { readonly source: ClusterSource; readonly kubeconfig: string; targets(): readonly string[] }

/** The source of a service account, not running yet. */
async function open(who: Who = 'operator', timing: Partial<Timing> = {}): Promise<Opened> {
  const kubeconfig = join(cluster.folder, `kubeconfig-${who}`)
  await writeToken(kubeconfig, who)
  const client = await connectKube({ kubeconfig, variables: {} })
  onTestFinished(() => client.close())
  const namespaces = who === 'guest' ? [NAMESPACE] : []
  const source = clusterSource({ client, validate: createValidator().validate, namespaces, timing })
  return { source, kubeconfig, targets: () => [...(source.snapshot()?.targets.keys() ?? [])].sort() }
}

async function writeToken(kubeconfig: string, who: string): Promise<void> {
  const token = await kubectl('create', 'token', who, '-n', NAMESPACE)
  await writeFile(kubeconfig, way.kubeconfig(token.trim()))
}

function run(source: ClusterSource): void {
  const ending = new AbortController()
  const running = source.run(ending.signal, () => {})
  onTestFinished(async () => {
    ending.abort()
    await running
  })
}

async function running(who: Who = 'operator', timing: Partial<Timing> = {}): Promise<Opened> {
  const opened = await open(who, timing)
  run(opened.source)
  await until('everything has been read', () => opened.source.snapshot() && way.watches === KINDS.length)
  return opened
}

const names = (...own: readonly string[]) => own.map(name => `${NAMESPACE}/${name}`)
const messages = (source: ClusterSource) => source.problems().map(({ where, message }) => `${where}: ${message}`)

describe('reading', () => {
  test('a whole cluster, as permissions allow, and its changes', async () => {
    await put(target('dns'))
    const { source, targets } = await running()
    expect(source.problems()).toEqual([])
    expect(targets()).toEqual(names('dns'))
    expect(source.snapshot()?.services.get('default/kubernetes')?.spec.ports).toMatchObject([{ port: 443 }])
    const [before, unchanged] = [source.snapshot(), source.snapshot()?.targets.get(`${NAMESPACE}/dns`)]
    await put(target('web', 80))
    await until('the new one', () => targets().length === 2)
    expect(source.snapshot()?.targets.get(`${NAMESPACE}/dns`)).toBe(unchanged)
    expect(source.snapshot()?.virtualServices).toBe(before?.virtualServices)
    await remove('targets', 'dns')
    await until('it is gone', () => targets().join() === names('web').join())
  })

  test('a status is not a change, but can be read', async () => {
    await put(target('dns'))
    const { source } = await running()
    const before = source.snapshot()
    const status = JSON.stringify({ status: { proxies: { selected: 1, programmed: 1 } } })
    await kubectl('patch', 'target', 'dns', '-n', NAMESPACE, '--subresource=status', '--type=merge', '-p', status)
    const key = `Target/${NAMESPACE}/dns` as const
    await until('the status', () => source.live(key)?.status !== undefined)
    expect(source.live(key)?.status).toEqual({ proxies: { selected: 1, programmed: 1 } })
    expect(source.snapshot()).toBe(before)
  })

  test('one namespace, with only a Role in it', async () => {
    await put(target('dns'))
    const { source, targets } = await running('guest')
    expect(source.problems()).toEqual([])
    expect(targets()).toEqual(names('dns'))
    expect(source.snapshot()?.services.size).toBe(0)
  })
})

describe('continues after faults', () => {
  test('permissions that are revoked and granted again', async () => {
    const { source, targets } = await running()
    await apply(cluster, role('ClusterRole', 'operator', GROUPS.slice(0, 2)))
    onTestFinished(() => apply(cluster, role('ClusterRole', 'operator', [...GROUPS, DEFINITIONS])))
    way.cutWatches()
    await until('it is reported', () => source.problems().length === 4)
    expect(messages(source)).toContainEqual(
      expect.stringMatching(
        /^targets.l7mp.io: permission denied: .* cannot watch resource "targets" in API group "l7mp.io"/,
      ),
    )
    await apply(cluster, role('ClusterRole', 'operator', [...GROUPS, DEFINITIONS]))
    await put(target('dns'))
    await until('it is resolved', () => source.problems().length === 0 && targets().length === 1)
  })

  test('an expired token, and a new one in the same file', async () => {
    const { source, kubeconfig, targets } = await running()
    await kubectl('delete', 'serviceaccount', 'operator', '-n', NAMESPACE)
    await apply(cluster, account('operator'))
    await put(target('dns'))
    await until('it is reported, once', () => {
      way.cutWatches()
      return source.problems().length === 1 && /401|Unauthorized/.test(source.problems()[0]?.message ?? '')
    })
    await writeToken(kubeconfig, 'operator')
    await until('it is resolved', () => source.problems().length === 0 && targets().length === 1)
  })

  test('watches that are interrupted repeatedly during changes', async () => {
    const { source, targets } = await running()
    for (let round = 0; round < 5; round++) {
      await put(target(`dns-${round}`))
      way.cutWatches()
      if (round > 0) await remove('targets', `dns-${round - 1}`)
    }
    await until('everything is read', () => targets().join() === names('dns-4').join())
    expect(source.waitingFor()).toEqual([])
  })

  test('an API server that stops and restarts', async () => {
    await put(target('dns'))
    const { source, targets } = await running()
    const { apiserver } = cluster.controlPlane.parts
    await apiserver.stop()
    await until('it is reported', () => source.problems().length > 0)
    expect(targets()).toEqual(names('dns'))
    apiserver.start()
    await cluster.controlPlane.ready()
    await put(target('web'))
    await until('it is resolved', () => source.problems().length === 0 && targets().length === 2)
  })

  test('an API server that hangs, with all connections open', async () => {
    // Here, silence only means that nothing happens, and the watch is restarted needlessly.
    const { source, targets } = await running('operator', { silenceMs: 3000, listTimeoutMs: 3000 })
    const { apiserver } = cluster.controlPlane.parts
    apiserver.signal('SIGSTOP')
    try {
      await until('it is reported', () => messages(source).some(text => /did not respond/.test(text)))
      expect(source.snapshot()).toBeDefined()
    } finally {
      apiserver.signal('SIGCONT')
    }
    await put(target('dns'))
    await until('it is resolved', () => source.problems().length === 0 && targets().length === 1)
  })

  test('an API server with an untrusted certificate', async () => {
    const kubeconfig = join(cluster.folder, 'kubeconfig-untrusted')
    const text = await readFile(cluster.kubeconfig, 'utf8')
    await writeFile(
      kubeconfig,
      text.replace(/"certificate-authority-data": "[^"]*"/, '"certificate-authority-data": ""'),
    )
    const client = await connectKube({ kubeconfig, variables: {} })
    onTestFinished(() => client.close())
    await expect(client.request({ path: '/version' })).rejects.toMatchObject({ code: 'untrusted' })
  })

  test('a server that no longer has the versions of the watches', async () => {
    const { targets } = await running()
    way.trouble = ({ isWatch }) => (isWatch ? 410 : undefined)
    way.cutWatches()
    await put(target('dns'))
    await until('it is listed', () => targets().length === 1)
  })
})

describe('CRDs that are installed and deleted', () => {
  test('one that is missing at the start is reported, blocks nothing, and is used when it is installed', async () => {
    await removeCrds('rules')
    onTestFinished(() => installCrds('rules'))
    await put(target('dns'))
    const { source, targets } = await open()
    run(source)
    await until('everything else has been read', () => targets().length === 1)
    expect(messages(source)).toEqual([
      'rules.l7mp.io: the API server does not serve this kind; it counts as empty until it does',
    ])
    await installCrds('rules')
    await until('it is installed', () => source.problems().length === 0)
  })

  test.each(['operator', 'guest'] as const)('when they go with all objects, nothing is lost (%s)', async who => {
    const all = Array.from({ length: 40 }, (_, index) => `dns-${index}`).sort()
    await put(...all.map(name => target(name)), virtualService('web', 8000))
    const { source, targets } = await running(who)
    const before = source.snapshot()
    expect(targets()).toHaveLength(40)
    await removeCrds(...CUSTOM)
    await until('it is reported', () => messages(source).filter(text => text.includes('no longer serves')).length === 4)
    expect(source.snapshot()).toBe(before)
    await installCrds(...CUSTOM)
    await put(target('new'))
    await until('the current objects are used', () => targets().join() === names('new').join())
  })
})

describe('no call is made to a proxy before all kinds have been read', () => {
  /** A proxy, as a pod of the cluster, with desired and stale objects. */
  async function staleProxy() {
    const proxy = await startFakeProxy()
    onTestFinished(() => proxy.stop())
    const name = `ingress-${proxy.port}`
    onTestFinished(async () => {
      const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}`
      await cluster.client.request({ method: 'DELETE', path, query: { gracePeriodSeconds: 0 } })
    })
    const ports = [{ name: 'controller', containerPort: proxy.port }]
    await apply(cluster, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE },
      spec: { schedulerName: 'nobody', containers: [{ name: 'l7mp', image: 'l7mp', ports }] },
    })
    const conditions = [{ type: 'Ready', status: 'True' }]
    const status = JSON.stringify({
      status: { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }], conditions },
    })
    await kubectl('patch', 'pod', name, '-n', NAMESPACE, '--subresource=status', '--type=merge', '-p', status)
    await put(target('dns'), virtualService('kept', 8001), virtualService('stale', 8002))
    const app = await runOn()
    await until('the proxy has converged', () => app.isConverged())
    await app.end()
    await remove('virtualservices', 'stale')
    const listeners = () => [...proxy.proxy.store.listeners.keys()].filter(name => name.startsWith('/apis/'))
    expect(listeners()).toHaveLength(2)
    return { proxy, listeners }
  }

  async function runOn() {
    const { source } = await open()
    const ending = new AbortController()
    let report: Report | undefined
    const loop = new Loop({
      source,
      translate: createTranslator({ selectorScope: 'all', allowControllerDestination: false, allowLogFiles: false }),
      workers: { connect, audit: 60_000, random: { id: () => 'test', fraction: () => 0.5 } },
      clock: systemClock,
      onReport: news => {
        report = news
      },
    })
    const running = loop.run(ending.signal)
    const end = async () => {
      ending.abort()
      await running
    }
    onTestFinished(end)
    const isConverged = () => {
      const proxies = [...(report?.proxies.values() ?? [])]
      return proxies.length > 0 && proxies.every(({ phase }) => phase === 'converged')
    }
    return { source, end, isConverged }
  }

  for (const how of ['slow', 'failing'] as const) {
    test.each(KINDS)(`a ${how} list of %s`, async kind => {
      const { proxy, listeners } = await staleProxy()
      const { promise, resolve: release } = Promise.withResolvers<void>()
      const isMeant = (path: string) => path.endsWith(`/${kind}`)
      way.trouble = ({ path }) => (isMeant(path) ? (how === 'slow' ? promise : 500) : undefined)
      const before = proxy.proxy.received.length
      way.passed.length = 0
      const app = await runOn()
      await until('all others are watched', () => way.watches === KINDS.length - 1)
      if (how === 'failing') await until('it has failed', () => app.source.problems().length === 1)
      expect(app.source.waitingFor()).toHaveLength(1)
      expect(proxy.proxy.received.slice(before)).toEqual([])
      way.trouble = () => undefined
      release()
      await until('the stale listener is deleted', () => listeners().length === 1)
      await until('the proxy has converged again', () => app.isConverged())
      expect(listeners()[0]).toContain('/kept')
      await app.end()
    })
  }
})
