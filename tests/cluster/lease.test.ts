/** Two operators on a real cluster: exactly one leads, whatever happens to either. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isOurs, ProxyClient, readAll } from '@l7mesh/proxy-client'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { apply, echoing, installBareMesh, listening, portsOf, succeed } from './support/bare-mesh.ts'
import { type OperatorPlace, type OperatorProcess, startOperator } from './support/operator-process.ts'

let cluster: Cluster
let place: OperatorPlace
const running: OperatorProcess[] = []
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  place = await installBareMesh(cluster)
  // Releases the lease as a clean stop does: otherwise the first leader waits, because the holder of a deleted lease
  // may still lead.
  const spec = { holderIdentity: '', leaseDurationSeconds: 10, leaseTransitions: 0 }
  await apply(cluster, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l7mesh' }, spec })
})
afterAll(() => cluster?.stop())
afterEach(async () => {
  for (const operator of running.splice(0)) await operator.end()
  await kubectl('delete', 'virtualservices', '--all', '--wait=true')
  const released = JSON.stringify({ spec: { holderIdentity: '' } })
  await kubectl('patch', 'lease', 'l7mesh', '--type=merge', '-p', released)
})

const kubectl = (...args: readonly string[]) => succeed(cluster.kubectl(args))

function start(name: string, ...flags: readonly string[]): OperatorProcess {
  const operator = startOperator(place, name, ...flags)
  running.push(operator)
  return operator
}

/** Two operators with the default times; the first leads. */
async function two(): Promise<readonly [leader: OperatorProcess, standby: OperatorProcess]> {
  const leader = start('first', '--health-address=:9001')
  await leader.logged(/this operator leads/)
  const standby = start('second', '--health-address=:9002')
  await standby.logged(/standing by: first_\S+ leads/)
  await standby.logged(/all resources read/)
  await apply(cluster, echoing('a', 5001))
  await listening(cluster, 5001)
  return [leader, standby]
}

it('the kubelet finds both ready, and gets no response from a stopped one', async () => {
  const [leader] = await two()
  for (const port of [9001, 9002]) {
    expect(await ask(port, '/readyz')).toBe('200 [+]loop ok\n[+]sources ok\n[+]lease ok\n')
    expect(await ask(port, '/healthz')).toBe('200 [+]loop ok\n')
  }
  leader.signal('SIGSTOP')
  await expect(ask(9001, '/healthz')).rejects.toThrow('timeout')
})

it('a standby takes over within 15 seconds from a leader that was killed', async () => {
  const [leader, standby] = await two()
  leader.signal('SIGKILL')
  await apply(cluster, echoing('a', 5002))
  const began = performance.now()
  await listening(cluster, 5002)
  expect(performance.now() - began).toBeLessThan(15_000)
  await standby.logged(/this operator leads/)
})

it('and immediately from one that was stopped, which exits with code 0', async () => {
  const [leader, standby] = await two()
  leader.signal('SIGTERM')
  expect(await leader.ended()).toBe(0)
  const began = performance.now()
  await standby.logged(/this operator leads/)
  // Long before the lease expires.
  expect(performance.now() - began).toBeLessThan(5000)
  await apply(cluster, echoing('a', 5002))
  await listening(cluster, 5002, 5000)
})

it('a leader that was suspended during its calls, for 30 seconds, does no harm when it resumes', async () => {
  const [leader, standby] = await two()
  const many = Array.from({ length: 100 }, (_, index) => echoing(`many-${index}`, 6000 + index))
  const [{ address } = { address: '' }] = cluster.nodes
  const applied = apply(cluster, ...many)
  await until('some listeners exist', async () => (await portsOf(address)).some(port => port >= 6000))
  leader.signal('SIGSTOP')
  const fellAsleep = performance.now()
  expect((await portsOf(address)).length, 'in the middle of its calls').toBeLessThan(many.length)
  await applied
  await standby.logged(/this operator leads/)
  await kubectl('delete', 'virtualservices', '--all', '--wait=true')
  await apply(cluster, echoing('b', 5004))
  await listening(cluster, 5004)
  await until('the others are deleted', async () => (await portsOf(address)).length === 1)
  const before = await objectsOnProxies()
  await sleep(Math.max(0, 30_000 - (performance.now() - fellAsleep)))
  const from = leader.lines.length
  leader.signal('SIGCONT')
  // Suspended between the check of its leadership and the call itself, it makes this call when it resumes.
  const changes = async () =>
    (await objectsOnProxies()).flatMap((names, proxy) => different(names, before[proxy] ?? []))
  for (let look = 0; look < 20; look++) expect((await changes()).length).toBeLessThanOrEqual(1)
  await leader.logged(/standing by: second_\S+ leads/, from)
  expect((await changes()).length).toBeLessThanOrEqual(1)
  await until('the proxies have converged', async () => (await changes()).length === 0)
  expect(JSON.parse(await kubectl('get', 'lease', 'l7mesh', '-o', 'json')).spec.holderIdentity).toMatch(/^second_/)
})

it('continues if the lease is deleted', async () => {
  const [leader] = await two()
  await kubectl('delete', 'lease', 'l7mesh')
  await apply(cluster, echoing('a', 5002))
  await listening(cluster, 5002, 5000)
  await until('the lease is back', async () => (await cluster.kubectl(['get', 'lease', 'l7mesh'])).code === 0)
  expect(leader.lines.map(({ msg }) => msg)).not.toContain('no leader; the proxies keep their config')
})

it('leads again when the API server recovers, and the proxies keep their config', async () => {
  const leader = start('first')
  await leader.logged(/this operator leads/)
  await apply(cluster, echoing('a', 5001))
  await listening(cluster, 5001)
  const from = leader.lines.length
  await cluster.controlPlane.parts.apiserver.stop()
  try {
    await leader.logged(/no leader; /, from)
    for (const { address } of cluster.nodes) expect(await portsOf(address)).toEqual([5001])
  } finally {
    await cluster.controlPlane.parts.apiserver.start()
    await cluster.controlPlane.ready()
  }
  await leader.logged(/this operator leads/, from)
  await apply(cluster, echoing('a', 5002))
  await listening(cluster, 5002)
})

/** The response of an operator to a kubelet. */
async function ask(port: number, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2000) })
  return `${answer.status} ${await answer.text()}`
}

const different = (some: readonly string[], others: readonly string[]) => [
  ...new Set(some).symmetricDifference(new Set(others)),
]

/** The names of all objects of l7mesh on all proxies. */
async function objectsOnProxies(): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    cluster.nodes.map(async ({ address }) => {
      const client = new ProxyClient({ origin: `http://${address}:1234` })
      const config = await readAll(client)
      await client.close()
      return Object.values(config)
        .flatMap(objects => [...objects.keys()].filter(isOurs))
        .toSorted()
    }),
  )
}
