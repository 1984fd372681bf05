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

/** These tests need no running operator. */
const NOWHERE = '--set=nodeSelector.no=node'

/** The finalizer of the original operator. */
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

/** Runs a command of the documentation with the cluster's `kubectl`. */
async function shell(command: string): Promise<void> {
  const { kube } = await tools(() => {})
  const kubectl = join(cluster.folder, 'kubectl')
  await writeFile(kubectl, `#!/bin/sh\nexec ${kube.kubectl.join(' ')} "$@"\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: `${cluster.folder}:${process.env.PATH}`, KUBECONFIG: cluster.kubeconfig }
  await promisify(execFile)('sh', ['-euc', command], { env })
}

/** Removes the releases and CRDs that a test left. */
async function clear(): Promise<void> {
  for (const name of (await release.helm('list', '--short')).split('\n').filter(Boolean)) {
    await release.helm('uninstall', name, '--wait', '--no-hooks')
  }
  // Terminating proxies keep their ports, and the pods of the next test wait for them.
  const pods = () => release.kubectl('get', 'pods', '-n', NAMESPACE, '-o', 'name')
  await until('all pods are deleted', async () => (await pods()) === '')
  await release.kubectl('delete', 'crd', '--ignore-not-found', ...CRDS)
}

describe('l7mp-ingress', () => {
  // Deleting a CRD with objects may take the API server minutes.
  afterEach(clear)

  it('runs a proxy on each node', async () => {
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
  // Deleting a CRD with objects may take the API server minutes.
  afterEach(clear)
  const install = (name = 'l7mp-operator', ...more: readonly string[]) =>
    release.helm('install', name, chartFolder('l7mp-operator'), NOWHERE, ...more)

  it('installs CRDs that the API server accepts, and prints the next steps', async () => {
    const notes = await install()
    expect(notes).toContain('kubectl -n l7mp-system rollout status deployment/l7mp-operator')
    await release.kubectl('wait', '--for=condition=Established', '--timeout=120s', ...CRDS.map(name => `crd/${name}`))
  })

  it('installs a policy by which the API server rejects unknown fields, and uninstalls it', async () => {
    await install()
    await release.kubectl('wait', '--for=condition=Established', '--timeout=120s', 'crd/routes.l7mp.io')
    const object = { apiVersion: 'l7mp.io/v1', kind: 'Route', metadata: { name: 'typo' } }
    const input = JSON.stringify({ ...object, spec: { destinationRef: 'a', retries: {} } })
    const said = async () => (await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input })).stderr
    await until('the policy takes effect', async () => (await said()).includes('spec.retries: unknown field'))
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

  it('keeps the CRDs and their objects when it is uninstalled', async () => {
    await install()
    await release.kubectl('create', 'namespace', 'dns')
    await release.kubectl('apply', '-f', join(root, 'examples/kube-dns/virtualservice.yaml'))
    await release.helm('uninstall', 'l7mp-operator', '--wait')
    expect(await release.kubectl('get', 'vsvc', '-A', '-o', 'name')).toBe('virtualservice.l7mp.io/kube-dns\n')
    // A new installation adopts them.
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

  it('adopts CRDs of another release, or created manually', async () => {
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

  it('removes the finalizers of the original operator by the command of docs/upgrade.md', async () => {
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

  it('grants only the documented permissions', async () => {
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

/** The same with helm 3; the other tests use helm 4. */
describe('helm 3', () => {
  // Deleting a CRD with objects may take the API server minutes.
  afterEach(clear)

  it('installs, tests, upgrades and uninstalls both charts, except the CRDs', async () => {
    expect((await cluster.helm3(['version', '--short'])).stdout).toMatch(/^v3\./)
    const release = openRelease({ ...cluster, helm: cluster.helm3 })
    await release.install('l7mp-operator', '--wait', '--timeout=240s')
    // Terminating proxies keep their sessions and ports: here not for long.
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

/** It has only Roles in its namespace, which are sufficient. */
describe('an operator of one namespace', () => {
  // Deleting a CRD with objects may take the API server minutes.
  afterEach(async () => {
    await cluster.helm(['uninstall', 'l7mp-ingress', '--namespace=games', '--wait'])
    await clear()
  })

  it('serves it, reports nothing about others, and is never forbidden', async () => {
    for (const name of ['games', 'shop']) await release.kubectl('create', 'namespace', name)
    await release.install('l7mp-operator', '--set=replicas=1', '--set=namespaces={games}', '--wait', '--timeout=240s')
    await openRelease(cluster, 'games').install('l7mp-ingress', '--wait', '--timeout=240s')
    const items = [echo('games', 5000), echo('shop', 5001)]
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
    await release.kubectl('wait', '-n', 'games', '--for=condition=Programmed', 'vsvc/echo', '--timeout=240s')
    expect(await release.kubectl('get', 'vsvc', '-n', 'shop', 'echo', '-o', 'jsonpath={.status}')).toBe('')
    await release.kubectl('delete', 'vsvc', '-n', 'games', 'echo')
    const address = cluster.nodes[0]?.address
    await until('the proxy is empty', async () => {
      const answer = await fetch(`http://${address}:1234/api/v1/listeners`)
      return !(await answer.text()).includes('/namespaces/games/')
    })
    // A pod of an earlier release may still be terminating.
    const newest = ['--sort-by=.metadata.creationTimestamp', '-o', 'jsonpath={.items[-1:].metadata.name}']
    const pod = await release.kubectl('get', 'pods', '-n', NAMESPACE, ...newest)
    expect(await cluster.log(`${NAMESPACE}/${pod}`, 'operator')).not.toMatch(/forbidden|"level":"error"/i)
  })
})
