/** The charts, on a real cluster with a real helm: installed, upgraded, removed. */
import { execFile } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { chartFolder, NAMESPACE, openRelease, type Release } from './support/release.ts'
import { tools } from './tools.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const CRDS = ['routes', 'rules', 'targets', 'virtualservices'].map(name => `${name}.l7mp.io`)

/** What is looked at here needs no operator that runs. */
const NOWHERE = '--set=nodeSelector.no=node'

/** What the original operator marked all that it knew with. */
const KOPF = 'operator.l7mp.io/kopf-finalizer'

let cluster: Cluster
let release: Release
beforeAll(async () => {
  cluster = await startCluster()
  release = openRelease(cluster)
  await release.kubectl('create', 'namespace', NAMESPACE)
})
afterAll(() => cluster?.stop())

async function json(...args: readonly string[]) {
  return JSON.parse(await release.kubectl(...args, '-o', 'json'))
}

/** Runs a command of the documentation, where `kubectl` is the cluster's. */
async function shell(command: string): Promise<void> {
  const { kube } = await tools(() => {})
  const kubectl = join(cluster.folder, 'kubectl')
  await writeFile(kubectl, `#!/bin/sh\nexec ${kube.kubectl.join(' ')} "$@"\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: `${cluster.folder}:${process.env.PATH}`, KUBECONFIG: cluster.kubeconfig }
  await promisify(execFile)('sh', ['-euc', command], { env })
}

/** Whatever a test left of the releases, and of the CRDs. */
async function clear(): Promise<void> {
  for (const name of (await release.helm('list', '--short')).split('\n').filter(Boolean)) {
    await release.helm('uninstall', name, '--wait', '--no-hooks')
  }
  // Proxies keep their ports for as long as they end, and the pods of the next test wait for those.
  const pods = () => release.kubectl('get', 'pods', '-n', NAMESPACE, '-o', 'name')
  await until('all pods are gone', async () => (await pods()) === '')
  await release.kubectl('delete', 'crd', '--ignore-not-found', ...CRDS)
}

describe('l7mp-ingress', () => {
  // A CRD whose objects have to go first may take the API server minutes.
  afterEach(clear)

  it('puts a proxy on each node, as the chart says', async () => {
    await release.helm('install', 'l7mp-ingress', chartFolder('l7mp-ingress'), '--wait', '--timeout=240s')
    const { items } = await json('get', 'pods', '-n', NAMESPACE, '-l', 'app=l7mp-ingress')
    const nodes = items.map(({ spec }: { spec: { nodeName: string } }) => spec.nodeName)
    expect(nodes.sort()).toEqual(cluster.nodes.map(({ name }) => name))
    for (const { address } of cluster.nodes) {
      const answer = await fetch(`http://${address}:1234/api/v1/rulelists`)
      expect(JSON.stringify(await answer.json())).toContain('/apis/l7mp.io/v1/hardened')
    }
  })
})

describe('l7mp-operator', () => {
  // A CRD whose objects have to go first may take the API server minutes.
  afterEach(clear)
  const install = (name = 'l7mp-operator', ...more: readonly string[]) =>
    release.helm('install', name, chartFolder('l7mp-operator'), NOWHERE, ...more)

  it('brings CRDs that the API server takes, and says what to do next', async () => {
    const notes = await install()
    expect(notes).toContain('kubectl -n l7mp-system rollout status deployment/l7mp-operator')
    await release.kubectl('wait', '--for=condition=Established', '--timeout=120s', ...CRDS.map(name => `crd/${name}`))
  })

  it('brings a policy by which the API server refuses unknown fields, and takes it away again', async () => {
    await install()
    await release.kubectl('wait', '--for=condition=Established', '--timeout=120s', 'crd/routes.l7mp.io')
    const object = { apiVersion: 'l7mp.io/v1', kind: 'Route', metadata: { name: 'typo' } }
    const input = JSON.stringify({ ...object, spec: { destinationRef: 'a', retries: {} } })
    const said = async () => (await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input })).stderr
    await until('the policy is in force', async () => (await said()).includes('spec.retries: there is no such field'))
    await release.helm('uninstall', 'l7mp-operator', '--wait')
    const kinds = 'validatingadmissionpolicies,validatingadmissionpolicybindings'
    expect(await release.kubectl('get', kinds, '-o', 'name')).toBe('')
  })

  it('runs in a namespace that enforces Pod Security Standard restricted', async () => {
    const level = 'pod-security.kubernetes.io/enforce=restricted'
    await release.kubectl('label', 'namespace', NAMESPACE, level)
    await install('l7mp-operator', '--set=cleanup.enabled=true')
    await release.kubectl(
      'wait',
      '-n',
      NAMESPACE,
      '--for=jsonpath={.status.replicas}=2',
      'deployment/l7mp-operator',
      '--timeout=120s',
    )
    const deployment = await json('get', 'deployment', '-n', NAMESPACE, 'l7mp-operator')
    const failures = deployment.status.conditions.filter(({ type }: { type: string }) => type === 'ReplicaFailure')
    expect(failures).toEqual([])
    await release.kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce-')
  })

  it('leaves the CRDs, and what you made of them, when it goes', async () => {
    await install()
    await release.kubectl('create', 'namespace', 'dns')
    await release.kubectl('apply', '-f', join(root, 'examples/kube-dns/virtualservice.yaml'))
    await release.helm('uninstall', 'l7mp-operator', '--wait')
    expect(await release.kubectl('get', 'vsvc', '-A', '-o', 'name')).toBe('virtualservice.l7mp.io/kube-dns\n')
    // And finds them again.
    await install()
    expect(await release.kubectl('get', 'vsvc', '-A', '-o', 'name')).toBe('virtualservice.l7mp.io/kube-dns\n')
  })

  it('upgrades the CRDs with the chart', async () => {
    const older = join(cluster.folder, 'older')
    await cp(chartFolder('l7mp-operator'), older, { recursive: true })
    const file = join(older, 'files/crds/route.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('shortNames: [rt]', 'shortNames: [old]'))
    await release.helm('install', 'l7mp-operator', older, NOWHERE)
    expect((await json('get', 'crd', 'routes.l7mp.io')).spec.names.shortNames).toEqual(['old'])
    await release.helm('upgrade', 'l7mp-operator', chartFolder('l7mp-operator'), NOWHERE)
    expect((await json('get', 'crd', 'routes.l7mp.io')).spec.names.shortNames).toEqual(['rt'])
  })

  it('takes over CRDs that another release, or somebody by hand, has made', async () => {
    const older = (await readFile(join(root, 'crds/crds/route.yaml'), 'utf8')).replace(
      'shortNames: [rt]',
      'shortNames: [old]',
    )
    await cluster.kubectl(['create', '-f', '-'], { input: older })
    const { code, stderr } = await cluster.helm(['install', 'mine', chartFolder('l7mp-operator'), '-n', NAMESPACE])
    expect(code).toBe(1)
    expect(stderr).toContain('cannot be imported into the current release')
    await install('mine', '--take-ownership', '--force-conflicts')
    const { metadata, spec } = await json('get', 'crd', 'routes.l7mp.io')
    expect(spec.names.shortNames).toEqual(['rt'])
    expect(metadata.annotations).toMatchObject({
      'helm.sh/resource-policy': 'keep',
      'meta.helm.sh/release-name': 'mine',
    })
  })

  it('frees what the original operator left its finalizer on, by the command of docs/upgrade.md', async () => {
    await release.kubectl('create', '-f', join(root, 'crds/crds'))
    const objects = [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        spec: { containers: [{ name: 'one', image: 'one' }], nodeSelector: { no: 'node' } },
      },
      { apiVersion: 'l7mp.io/v1', kind: 'Route', spec: { destinationRef: 'one' } },
    ]
    const items = objects.flatMap(object => [
      { ...object, metadata: { name: 'held', finalizers: ['example.com/other', KOPF, 'example.com/more'] } },
      { ...object, metadata: { name: 'only', finalizers: [KOPF] } },
      { ...object, metadata: { name: 'free' } },
    ])
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
    const command = /```sh\n( *for kind in pods[^`]*)```/.exec(
      await readFile(join(root, 'docs/upgrade.md'), 'utf8'),
    )?.[1]
    for (let times = 0; times < 2; times++) await shell(command ?? 'exit 1')
    const { items: after } = await json('get', 'pods,routes', '-n', 'default')
    type Left = { readonly kind: string; readonly metadata: { readonly name: string; readonly finalizers?: unknown } }
    expect(after.map(({ kind, metadata }: Left) => [kind, metadata.name, metadata.finalizers])).toEqual([
      ['Pod', 'free', undefined],
      ['Pod', 'held', ['example.com/other', 'example.com/more']],
      ['Pod', 'only', undefined],
      ['Route', 'free', undefined],
      ['Route', 'held', ['example.com/other', 'example.com/more']],
      ['Route', 'only', undefined],
    ])
    const free = '{"metadata":{"finalizers":null}}'
    for (const kind of ['pod', 'route.l7mp.io'])
      await release.kubectl('patch', kind, 'held', '--type=merge', '-p', free)
    await release.kubectl('delete', 'pods', '--all', '--force')
  })

  it('grants no more than it says', async () => {
    await install()
    const account = `system:serviceaccount:${NAMESPACE}:l7mp-operator`
    const can = async (verb: string, resource: string, ...more: readonly string[]) =>
      (await cluster.kubectl(['auth', 'can-i', verb, resource, `--as=${account}`, ...more])).stdout.trim()
    expect(await can('list', 'pods', '--all-namespaces')).toBe('yes')
    expect(await can('patch', 'targets.l7mp.io', '--subresource=status')).toBe('yes')
    expect(await can('update', 'leases.coordination.k8s.io/l7mp-operator', '-n', NAMESPACE)).toBe('yes')
    for (const resource of ['secrets', 'configmaps', 'nodes']) expect(await can('get', resource)).toBe('no')
    for (const resource of ['pods', 'virtualservices.l7mp.io']) expect(await can('update', resource)).toBe('no')
    expect(await can('update', 'leases.coordination.k8s.io/other', '-n', NAMESPACE)).toBe('no')
  })
})

/** What helm 4 does with the charts elsewhere, helm 3 does too. */
describe('helm 3', () => {
  // A CRD whose objects have to go first may take the API server minutes.
  afterEach(clear)

  it('installs both charts, tests them, upgrades them and takes them away, but for the CRDs', async () => {
    expect((await cluster.helm3(['version', '--short'])).stdout).toMatch(/^v3\./)
    const release = openRelease({ ...cluster, helm: cluster.helm3 })
    await release.install('l7mp-operator', '--wait', '--timeout=240s')
    // Proxies that end stay for their sessions, and keep the ports: here not for long.
    await release.install('l7mp-ingress', '--set=terminationGracePeriodSeconds=2', '--wait', '--timeout=240s')
    expect(await release.helm('test', 'l7mp-ingress', '--timeout=240s')).toMatch(/Phase:\s+Succeeded/)
    await release.helm(
      'upgrade',
      'l7mp-operator',
      chartFolder('l7mp-operator'),
      '--set=replicas=1',
      '--wait',
      '--timeout=240s',
    )
    const list = await release.helm('list', '--output=json')
    const releases: { name: string; revision: string; status: string }[] = JSON.parse(list)
    expect(releases.map(({ name, revision, status }) => [name, revision, status])).toEqual([
      ['l7mp-ingress', '1', 'deployed'],
      ['l7mp-operator', '2', 'deployed'],
    ])
    await release.helm('uninstall', 'l7mp-ingress', '--wait', '--timeout=240s')
    await release.helm('uninstall', 'l7mp-operator', '--wait', '--timeout=240s')
    expect(await release.kubectl('get', 'deployments,daemonsets', '-n', NAMESPACE, '-o', 'name')).toBe('')
    const crds = await release.kubectl('get', 'crd', '-o', 'name')
    expect(crds.match(/\.l7mp\.io$/gm)).toHaveLength(4)
  })
})

const echo = (namespace: string, port: number) => ({
  apiVersion: 'l7mp.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'echo', namespace },
  spec: {
    selector: { matchLabels: { app: 'l7mp-ingress' } },
    listener: { spec: { UDP: { port } }, rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }] },
  },
})

/** Roles in it are all that it has, and all that it needs. */
describe('an operator of one namespace', () => {
  // A CRD whose objects have to go first may take the API server minutes.
  afterEach(async () => {
    await cluster.helm(['uninstall', 'l7mp-ingress', '--namespace=games', '--wait'])
    await clear()
  })

  it('serves it, says nothing of the others, and is forbidden nothing', async () => {
    for (const name of ['games', 'shop']) await release.kubectl('create', 'namespace', name)
    await release.install('l7mp-operator', '--set=replicas=1', '--set=namespaces={games}', '--wait', '--timeout=240s')
    await openRelease(cluster, 'games').install('l7mp-ingress', '--wait', '--timeout=240s')
    const items = [echo('games', 5000), echo('shop', 5001)]
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
    await release.kubectl('wait', '-n', 'games', '--for=condition=Programmed', 'vsvc/echo', '--timeout=240s')
    expect(await release.kubectl('get', 'vsvc', '-n', 'shop', 'echo', '-o', 'jsonpath={.status}')).toBe('')
    await release.kubectl('delete', 'vsvc', '-n', 'games', 'echo')
    const address = cluster.nodes[0]?.address
    await until('the proxy holds nothing of it', async () => {
      const answer = await fetch(`http://${address}:1234/api/v1/listeners`)
      return !(await answer.text()).includes('/namespaces/games/')
    })
    // One of a release before may still be ending.
    const newest = ['--sort-by=.metadata.creationTimestamp', '-o', 'jsonpath={.items[-1:].metadata.name}']
    const pod = await release.kubectl('get', 'pods', '-n', NAMESPACE, ...newest)
    expect(await cluster.log(`${NAMESPACE}/${pod}`, 'operator')).not.toMatch(/forbidden|"level":"error"/i)
  })
})
