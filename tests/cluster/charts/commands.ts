/** The commands that observe a cluster, on a real API server, with an operator that a real helm has installed. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ended, l7mesh } from '../../../operator/test/cli/support/process-io.ts'
import { until } from '../../support/until.ts'
import { apply, echoing, onIngress } from '../support/bare-mesh.ts'
import { NAMESPACE } from '../support/release.ts'
import { cluster, release } from './installed.ts'

const run = (command: string, ...argv: readonly string[]): Promise<Ended> =>
  l7mesh([command, '--kubeconfig', cluster.kubeconfig, ...argv])

const names = async () =>
  (await release.kubectl('get', 'pods', '-n', NAMESPACE, '-l', 'app=l7mp-ingress', '-o', 'name'))
    .split('\n')
    .filter(Boolean)
    .map(name => name.replace('pod/', `${NAMESPACE}/`))

describe('the commands', () => {
  beforeAll(async () => {
    await apply(cluster, onIngress(echoing('echo', 9000)))
    await release.kubectl('wait', '--for=condition=Programmed', 'vsvc/echo', '--timeout=120s')
  })
  afterAll(async () => {
    await release.kubectl('delete', 'vsvc', 'echo')
  })

  describe('status', () => {
    it('shows that all resources are programmed, the leader, and the state of each proxy', async () => {
      const { code, out, err } = await run('status', '-A')
      expect({ code, out, err }).toMatchObject({ code: 0, err: '' })
      for (const name of await names()) expect(out).toMatch(new RegExp(`${name} +node-\\d .* converged +5/5 `))
      expect(out.match(/ leads /g)).toHaveLength(1)
      expect(out.match(/ stands by /g)).toHaveLength(1)
      expect(out).toMatch(/VirtualService default\/echo +yes +yes +yes +3\/3/)
    })

    it('shows proxies of other namespaces that the resources of a namespace select', async () => {
      expect(await run('status')).toMatchObject({ code: 0, out: expect.stringContaining(`${NAMESPACE}/l7mp-ingress-`) })
      expect((await run('status', '-n', 'kube-system')).out).toContain('No resources in namespace kube-system.')
    })

    it('reports the problem of a resource', async () => {
      await apply(cluster, onIngress(echoing('wrong', 9000)))
      await release.kubectl('wait', '--for=condition=Accepted=False', 'vsvc/wrong', '--timeout=120s')
      expect(await run('status')).toMatchObject({ code: 1, out: expect.stringContaining('PortConflict') })
      expect(await run('validate')).toMatchObject({ code: 1, out: expect.stringContaining('error L7M0204') })
      await release.kubectl('delete', 'vsvc', 'wrong')
    })
  })

  describe('diff, config and validate', () => {
    it('report convergence, with both ways to reach the proxies', async () => {
      for (const way of ['apiserver', 'pods']) {
        const { code, out, err } = await run('diff', '-A', '--via', way)
        expect({ code, err, out }).toMatchObject({ code: 0, err: '' })
        expect(out.match(/converged/g)).toHaveLength(3)
      }
      expect(await run('validate', '-A')).toMatchObject({ code: 0 })
    })

    it('show both configs of a proxy', async () => {
      const [name = ''] = await names()
      const { code, out } = await run('config', name)
      expect({ code, out }).toMatchObject({
        code: 0,
        out: expect.stringMatching(/both +listener +default\/virtualservices\/echo/),
      })
    })
  })

  /** A kubeconfig for a service account. */
  async function kubeconfigOf(namespace: string, account: string): Promise<string> {
    const token = (await release.kubectl('create', 'token', '-n', namespace, account)).trim()
    const file = join(cluster.folder, account)
    const config = JSON.parse(await release.kubectl('config', 'view', '--raw', '-o', 'json'))
    const users = config.users.map(({ name }: { name: string }) => ({ name, user: { token } }))
    await writeFile(file, JSON.stringify({ ...config, users }))
    return file
  }

  describe('a user with access to one namespace only', () => {
    it('sees its content, and gets a warning', async () => {
      await release.kubectl('create', 'serviceaccount', 'ann')
      await release.kubectl('create', 'role', 'look', '--verb=get,list', `--resource=${RESOURCES.join(',')}`)
      await release.kubectl('create', 'rolebinding', 'ann', '--role=look', '--serviceaccount=default:ann')
      const { out, err } = await l7mesh(['status', '--kubeconfig', await kubeconfigOf('default', 'ann')])
      expect(err).toContain('only namespace default may be read')
      expect(out).toMatch(/VirtualService default\/echo +yes +yes +yes +3\/3/)
      expect(out).toContain('the leader is unknown')
    })
  })

  it('work with the service account of an operator, in its pod', async () => {
    const kubeconfig = await kubeconfigOf(NAMESPACE, 'l7mp-operator')
    for (const command of ['status', 'diff', 'validate'])
      expect(await l7mesh([command, '-A', '--via', 'pods', '--kubeconfig', kubeconfig])).toMatchObject({
        code: 0,
        err: '',
      })
  })

  const RESOURCES = [
    ...['pods', 'services', 'endpointslices.discovery.k8s.io'],
    ...['virtualservices', 'targets', 'rules', 'routes'].map(name => `${name}.l7mp.io`),
  ]

  describe('collect', () => {
    it('reads everything except secrets', async () => {
      await release.kubectl('create', 'secret', 'generic', 'planted', '--from-literal=token=PLANTED-in-a-secret')
      await release.kubectl('annotate', 'vsvc', 'echo', 'example.com/token=PLANTED-in-an-annotation')
      const file = join(cluster.folder, 'bug.tar.gz')
      const { code, out } = await run('collect', '-o', file)
      expect({ code, out }).toMatchObject({ code: 0 })
      const everything = gunzipSync(await readFile(file)).toString('latin1')
      for (const path of ['operator.log', 'l7mp.log', 'live.yaml', 'events.yaml', 'status.txt', 'versions.yaml'])
        expect(everything).toContain(path)
      expect(everything).not.toContain('PLANTED')
    })
  })

  describe('cleanup', () => {
    it('is refused while an operator leads', async () => {
      const { code, err } = await run('cleanup', '--yes', '--via', 'pods', '--wait', '3s')
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('would recreate everything') })
      expect(await run('diff', '-A')).toMatchObject({ code: 0 })
    })

    it('removes everything from the proxies when no operator is running', async () => {
      await release.kubectl('scale', '-n', NAMESPACE, 'deployment/l7mp-operator', '--replicas=0')
      await until('no operator runs', async () => {
        const pods = await release.kubectl('get', 'pods', '-n', NAMESPACE, '-l', OPERATORS, '-o', 'name')
        return pods === ''
      })
      const lease = ['--lease', 'l7mp-operator', '--lease-namespace', NAMESPACE]
      const { code, out } = await run('cleanup', '--yes', '--via', 'pods', ...lease)
      expect({ code, out }).toMatchObject({ code: 0 })
      expect(out.match(/clean after 6 calls/g)).toHaveLength(3)
      expect(await run('cleanup', '--dry-run', '--via', 'pods')).toMatchObject({ code: 0 })
      const { code: after, out: status } = await run('status', '-A')
      expect({ after, status }).toMatchObject({ after: 1, status: expect.stringMatching(/converging +0\/5/) })
      expect(status).toContain('no operator is running')
      await release.kubectl('scale', '-n', NAMESPACE, 'deployment/l7mp-operator', '--replicas=2')
      await until('it is recreated', async () => (await run('diff', '-A')).code === 0)
    })
  })

  const OPERATORS = 'app.kubernetes.io/name=l7mp-operator'
})
