/** The charts, on a real cluster with a real helm: installed, upgraded, removed. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, type Ran, startCluster } from './cluster.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const chart = (name: string) => join(root, 'helm', name)
const NAMESPACE = 'l7mp-system'
const CRDS = ['routes', 'rules', 'targets', 'virtualservices'].map(name => `${name}.l7mp.io`)

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
  await kubectl('create', 'namespace', NAMESPACE)
}, 60_000)
afterAll(() => cluster?.stop())

async function kubectl(...args: readonly string[]): Promise<string> {
  return done(`kubectl ${args.join(' ')}`, await cluster.kubectl(args))
}
async function helm(...args: readonly string[]): Promise<string> {
  return done(`helm ${args.join(' ')}`, await cluster.helm([...args, '--namespace', NAMESPACE]))
}
function done(what: string, { code, stdout, stderr }: Ran): string {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}
async function json(...args: readonly string[]) {
  return JSON.parse(await kubectl(...args, '-o', 'json'))
}

/** Whatever a test left of the releases, and of the CRDs. */
async function clear(): Promise<void> {
  for (const release of (await helm('list', '--short')).split('\n').filter(Boolean)) {
    await helm('uninstall', release, '--wait', '--no-hooks')
  }
  await kubectl('delete', 'crd', '--ignore-not-found', ...CRDS)
}

describe('l7mp-ingress', () => {
  afterEach(clear, 60_000)

  it('puts a proxy on each node, as the chart says', async () => {
    await helm('install', 'l7mp-ingress', chart('l7mp-ingress'), '--wait', '--timeout=60s')
    const { items } = await json('get', 'pods', '-n', NAMESPACE, '-l', 'app=l7mp-ingress')
    const nodes = items.map(({ spec }: { spec: { nodeName: string } }) => spec.nodeName)
    expect(nodes.sort()).toEqual(cluster.nodes.map(({ name }) => name))
    for (const { address } of cluster.nodes) {
      const answer = await fetch(`http://${address}:1234/api/v1/rulelists`)
      expect(JSON.stringify(await answer.json())).toContain('/apis/l7mp.io/v1/hardened')
    }
  }, 90_000)
})

describe('l7mp-operator', () => {
  afterEach(clear, 60_000)
  const install = (release: string, ...more: readonly string[]) =>
    helm('install', release, chart('l7mp-operator'), ...more)

  it('brings CRDs that the API server takes, and says what to do next', async () => {
    const notes = await install('l7mp-operator')
    expect(notes).toContain('kubectl -n l7mp-system rollout status deployment/l7mp-operator')
    await kubectl('wait', '--for=condition=Established', '--timeout=20s', ...CRDS.map(name => `crd/${name}`))
  }, 60_000)

  it('runs in a namespace that enforces Pod Security Standard restricted', async () => {
    const level = 'pod-security.kubernetes.io/enforce=restricted'
    await kubectl('label', 'namespace', NAMESPACE, level)
    await install('l7mp-operator', '--set=cleanup.enabled=true')
    await kubectl(
      'wait',
      '-n',
      NAMESPACE,
      '--for=jsonpath={.status.replicas}=2',
      'deployment/l7mp-operator',
      '--timeout=20s',
    )
    const deployment = await json('get', 'deployment', '-n', NAMESPACE, 'l7mp-operator')
    const failures = deployment.status.conditions.filter(({ type }: { type: string }) => type === 'ReplicaFailure')
    expect(failures).toEqual([])
    await kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce-')
  }, 60_000)

  it('leaves the CRDs, and what you made of them, when it goes', async () => {
    await install('l7mp-operator')
    await kubectl('create', 'namespace', 'dns')
    await kubectl('apply', '-f', join(root, 'examples/kube-dns/virtualservice.yaml'))
    await helm('uninstall', 'l7mp-operator', '--wait')
    expect(await kubectl('get', 'vsvc', '-A', '-o', 'name')).toBe('virtualservice.l7mp.io/kube-dns\n')
    // And finds them again.
    await install('l7mp-operator')
    expect(await kubectl('get', 'vsvc', '-A', '-o', 'name')).toBe('virtualservice.l7mp.io/kube-dns\n')
  }, 60_000)

  it('upgrades the CRDs with the chart', async () => {
    const older = join(cluster.folder, 'older')
    await cp(chart('l7mp-operator'), older, { recursive: true })
    const file = join(older, 'files/crds/route.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('shortNames: [rt]', 'shortNames: [old]'))
    await helm('install', 'l7mp-operator', older)
    expect((await json('get', 'crd', 'routes.l7mp.io')).spec.names.shortNames).toEqual(['old'])
    await helm('upgrade', 'l7mp-operator', chart('l7mp-operator'))
    expect((await json('get', 'crd', 'routes.l7mp.io')).spec.names.shortNames).toEqual(['rt'])
  }, 60_000)

  it('takes over CRDs that another release, or somebody by hand, has made', async () => {
    await kubectl('create', '-f', join(root, 'crds/crds'))
    const { code, stderr } = await cluster.helm(['install', 'mine', chart('l7mp-operator'), '-n', NAMESPACE])
    expect(code).toBe(1)
    expect(stderr).toContain('cannot be imported into the current release')
    await install('mine', '--take-ownership')
    const { metadata } = await json('get', 'crd', 'routes.l7mp.io')
    expect(metadata.annotations).toMatchObject({
      'helm.sh/resource-policy': 'keep',
      'meta.helm.sh/release-name': 'mine',
    })
  }, 60_000)

  it('grants no more than it says', async () => {
    await install('l7mp-operator')
    const account = `system:serviceaccount:${NAMESPACE}:l7mp-operator`
    const can = async (verb: string, resource: string, ...more: readonly string[]) =>
      (await cluster.kubectl(['auth', 'can-i', verb, resource, `--as=${account}`, ...more])).stdout.trim()
    expect(await can('list', 'pods', '--all-namespaces')).toBe('yes')
    expect(await can('patch', 'targets.l7mp.io', '--subresource=status')).toBe('yes')
    expect(await can('update', 'leases.coordination.k8s.io/l7mp-operator', '-n', NAMESPACE)).toBe('yes')
    for (const resource of ['secrets', 'configmaps', 'nodes']) expect(await can('get', resource)).toBe('no')
    for (const resource of ['pods', 'virtualservices.l7mp.io']) expect(await can('update', resource)).toBe('no')
    expect(await can('update', 'leases.coordination.k8s.io/other', '-n', NAMESPACE)).toBe('no')
  }, 90_000)
})
