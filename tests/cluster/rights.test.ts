/** Every right that the chart grants is needed: without it, the operator says that it is forbidden something. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { chartFolder, NAMESPACE, openRelease, type Release } from './support/release.ts'

type Rule = { readonly resources: readonly string[]; readonly verbs: readonly string[] }
type Rules = { readonly [part in 'mesh' | 'lease']: readonly Rule[] }

// Not `definitions`: without it the operator asks in another way, as where it has Roles alone.
const { mesh, lease }: Rules = parse(readFileSync(join(chartFolder('l7mp-operator'), 'files/rbac.yaml'), 'utf8'))
const CLUSTER_ROLE = `clusterrole/${NAMESPACE}:l7mp-operator`
const cases = [
  ...mesh.map((rule, index) => ({ role: [CLUSTER_ROLE], rule, index })),
  ...lease.map((rule, index) => ({ role: ['role/l7mp-operator-lease', '-n', NAMESPACE], rule, index })),
].map(({ rule, ...rest }) => ({ ...rest, rule, what: `${rule.verbs.join(', ')} ${rule.resources.join(', ')}` }))

/** One that takes over leads after three seconds. */
const SOON = '--lease-duration=3s,--lease-renew-deadline=2s,--lease-renew-every=1s'

let cluster: Cluster
let release: Release
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 })
  release = openRelease(cluster)
  await release.kubectl('create', 'namespace', NAMESPACE)
  await release.install('l7mp-operator', '--set=replicas=1', `--set=extraArgs={${SOON}}`, '--wait', '--timeout=120s')
  await release.install('l7mp-ingress', '--wait', '--timeout=120s')
}, 300_000)
afterAll(() => cluster?.stop())

const LEADS = 'this operator leads'

/** Two that want one port: whoever comes second is told so by an event. */
const rivals = ['first', 'second'].map(name => ({
  apiVersion: 'l7mp.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'l7mp-ingress' } },
    listener: {
      spec: { UDP: { port: 5000 } },
      rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }],
    },
  },
}))

async function restartedOperator(): Promise<string> {
  const label = 'app.kubernetes.io/name=l7mp-operator'
  await release.kubectl('delete', 'pods', '-n', NAMESPACE, '-l', label, '--wait')
  const { value } = await until('a new operator', async () => {
    const pods = JSON.parse(await release.kubectl('get', 'pods', '-n', NAMESPACE, '-l', label, '-o', 'json')).items
    return pods.length === 1 && pods[0].status.containerStatuses?.[0]?.state.running && pods[0].metadata.name
  })
  return `${NAMESPACE}/${value}`
}

/** What needs every right: resources that come, conflict and go. */
async function work(): Promise<void> {
  const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rivals })
  await cluster.kubectl(['apply', '-f', '-'], { input: items })
  await cluster.kubectl(['wait', '--for=condition=Accepted=False', 'vsvc/second', '--timeout=5s'])
  await cluster.kubectl(['delete', 'vsvc', '--all', '--timeout=10s'])
}

describe('the rights of the operator', () => {
  it.each(cases)(
    'cannot do without: $what',
    async ({ role, index, rule }) => {
      const [name = '', ...namespace] = role
      const before = await release.kubectl('get', name, ...namespace, '-o', 'json')
      const remove = JSON.stringify([{ op: 'remove', path: `/rules/${index}` }])
      await release.kubectl('patch', name, ...namespace, '--type=json', '-p', remove)
      try {
        if (name.includes('lease') && rule.verbs.includes('create'))
          await release.kubectl('delete', 'leases', '-n', NAMESPACE, '--all')
        const pod = await restartedOperator()
        if (!name.includes('lease'))
          await until('it leads', async () => (await cluster.log(pod, 'operator')).includes(LEADS))
        await work()
        const { value } = await until('the operator says what it is forbidden', async () => {
          const log = await cluster.log(pod, 'operator')
          return /forbidden/i.test(log) && log
        })
        expect(value).toContain(rule.resources[0]?.split('/')[0])
      } finally {
        const { rules } = JSON.parse(before)
        await release.kubectl('patch', name, ...namespace, '--type=merge', '-p', JSON.stringify({ rules }))
      }
    },
    60_000,
  )
})
