/**
 * Both charts together on a real cluster, with the permissions that they grant: packets flow, and continue when the
 * operator is uninstalled.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolve } from '../../../examples/dns-query.ts'
import { until } from '../../support/until.ts'
import { chartFolder, NAMESPACE } from '../support/release.ts'
import { cluster, release } from './installed.ts'

const example = fileURLToPath(new URL('../../../examples/kube-dns', import.meta.url))
const NAME = 'web.l7mesh.test'
const ADDRESSES = ['192.0.2.10']

/** The response of each node's proxy on UDP 5053. */
const answers = () =>
  Promise.all(
    cluster.nodes.map(async ({ address }) => (await resolve({ address, port: 5053 }, NAME))?.addresses ?? 'silence'),
  )
const everyNode = <T>(answer: T) => cluster.nodes.map(() => answer)

/** The names of the objects of l7mesh on each node's proxy. */
async function held(): Promise<readonly string[]> {
  const lists = cluster.nodes.flatMap(({ address }) =>
    ['listeners', 'clusters', 'rules', 'rulelists', 'routes'].map(async kind => {
      const answer = await fetch(`http://${address}:1234/api/v1/${kind}`)
      const objects: readonly { readonly name: string }[] = JSON.parse(await answer.text())
      return objects.map(({ name }) => `${address} ${name}`)
    }),
  )
  return (await Promise.all(lists)).flat().filter(name => name.includes('/apis/l7mp.io/v1/namespaces/'))
}

describe('both charts', () => {
  beforeAll(async () => {
    await release.kubectl('apply', '-f', example)
  })
  afterAll(async () => {
    await release.kubectl('delete', '-f', example)
    await until('the proxies are empty', async () => (await held()).length === 0)
  })

  it('serve a VirtualService on every node', async () => {
    await release.kubectl('wait', '-n', 'dns', '--for=condition=Programmed', 'vsvc/kube-dns', '--timeout=120s')
    await release.kubectl('rollout', 'status', '-n', 'dns', 'deployment/dns', '--timeout=120s')
    await until('every node responds', async () => (await answers()).every(answer => answer !== 'silence'))
    expect(await answers()).toEqual(everyNode(ADDRESSES))
  })

  it('pass helm test', async () => {
    const output = await release.helm('test', 'l7mp-ingress', '--logs', '--timeout=240s')
    expect(output).toContain('UDP')
    expect(output).toMatch(/Phase:\s+Succeeded/)
  })

  it('need only their granted permissions', async () => {
    const pods = (
      await release.kubectl('get', 'pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/name=l7mp-operator', '-o', 'name')
    ).split('\n')
    for (const pod of pods.filter(Boolean)) {
      const log = await cluster.log(`${NAMESPACE}/${pod.replace('pod/', '')}`, 'operator')
      expect(log).not.toMatch(/forbidden|"level":"error"/i)
    }
  })

  it('keep the proxies programmed while the operator is uninstalled, and adopt them when it returns', async () => {
    const before = await held()
    expect(before.length).toBeGreaterThan(0)
    await release.helm('uninstall', 'l7mp-operator', '--wait')
    expect(await held()).toEqual(before)
    expect(await answers()).toEqual(everyNode(ADDRESSES))
    await release.install('l7mp-operator', '--wait', '--timeout=240s')
    await release.kubectl('delete', 'vsvc', '-n', 'dns', 'kube-dns')
    await until('the proxies are empty', async () => (await held()).length === 0)
    await release.kubectl('apply', '-f', join(example, 'virtualservice.yaml'))
    await until('the proxies are programmed again', async () => (await held()).length === before.length)
  })

  it('clean the proxies on request, and leave nothing of the cleanup', async () => {
    const before = await held()
    await release.helm('upgrade', 'l7mp-operator', chartFolder('l7mp-operator'), '--set=cleanup.enabled=true', '--wait')
    expect(await held()).toEqual(before)
    await release.helm('uninstall', 'l7mp-operator', '--wait')
    expect(await held()).toEqual([])
    const kinds = 'deployments,jobs,pods,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings'
    const left = await release.kubectl('get', kinds, '-n', NAMESPACE, '-o', 'name')
    expect(left.split('\n').filter(name => name.includes('l7mp-operator'))).toEqual([])
    await release.install('l7mp-operator', '--wait', '--timeout=240s')
    await until('the proxies are programmed again', async () => (await held()).length === before.length)
  })
})
