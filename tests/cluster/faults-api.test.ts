/**
 * Faults between an operator and its API server, while resources and pods change. Each scenario is a separate mesh on
 * one cluster: real proxies under steady traffic, and an operator with the permissions of the chart.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killPod } from '../support/pod-processes.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { statusOf } from './support/gate.ts'
import { Mesh, prepare } from './support/mesh.ts'
import type { Document } from './support/objects.ts'
import type { OperatorProcess } from './support/operator-process.ts'
import { sideBySide } from './support/side-by-side.ts'
import { expectUnharmed } from './support/unharmed.ts'

let cluster: Cluster
const meshes: Mesh[] = []
beforeAll(async () => {
  // The API server is unavailable for longer than the node monitor grace period.
  cluster = await startCluster({ nodeGraceSeconds: 600 })
  await prepare(cluster)
})
afterAll(async () => {
  await Promise.all(meshes.map(mesh => mesh.close()))
  await cluster?.stop()
})

type Fault = (mesh: Mesh, operator: OperatorProcess) => Promise<void>

/** Injects a fault into a converged mesh, and checks that it recovers. */
async function survives(namespace: string, fault: Fault): Promise<void> {
  const mesh = await Mesh.open(cluster, { namespace })
  meshes.push(mesh)
  const operator = await mesh.lead()
  await mesh.inForce()
  const traffic = await mesh.traffic()
  await fault(mesh, operator)
  // Responses that were pending when the fault ended may take up to half a minute.
  await expectUnharmed(mesh, operator, traffic)
  // Stops finished meshes, so that they do not slow down others.
  await mesh.close()
}

/** Edits every three seconds for this time. */
async function editing(mesh: Mesh, seconds: number, also: () => void = () => {}): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    await mesh.edit()
    also()
    await sleep(3000)
  }
}

/** Permissions and credentials are checked when a watch starts: watches are cut repeatedly until a condition holds. */
async function cutting({ way }: Mesh, happened: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => way.cutWatches(), 500)
  await happened().finally(() => clearInterval(timer))
}

/** The number of requests of the operator to the API server. */
const asked = ({ way }: Mesh) => way.passed.length

const FAULTS: { readonly [what: string]: Fault } = {
  async 'an API server that cannot be reached for 60 seconds'(mesh) {
    mesh.way.refuse()
    await editing(mesh, 60)
    await mesh.way.open()
  },

  async 'watches that are cut every 2 seconds'(mesh) {
    const timer = setInterval(() => mesh.way.cutWatches(), 2000)
    await editing(mesh, 20).finally(() => clearInterval(timer))
  },

  async '410 for every watch at the version of the list'(mesh) {
    const gone = { type: 'ERROR', object: JSON.parse(statusOf(410, 'too old resource version')) }
    let watches = 0
    mesh.way.trouble = ({ isWatch }) => {
      if (!isWatch) return undefined
      // Real servers report it in both ways.
      return watches++ % 2 === 0 ? 410 : { status: 200, body: `${JSON.stringify(gone)}\n` }
    }
    mesh.way.cutWatches()
    await editing(mesh, 20)
    mesh.way.trouble = () => undefined
  },

  async 'an API server that responds to everything with 500'(mesh) {
    mesh.way.trouble = () => 500
    mesh.way.cutWatches()
    const before = asked(mesh)
    await editing(mesh, 20)
    // With back-off: seven kinds and a lease, each a few times.
    expect(asked(mesh) - before).toBeLessThan(200)
    mesh.way.trouble = () => undefined
  },

  async 'an API server that fails every other request'(mesh) {
    let n = 0
    mesh.way.trouble = () => (n++ % 2 === 0 ? 503 : undefined)
    await editing(mesh, 20, () => mesh.way.cutWatches())
    mesh.way.trouble = () => undefined
  },

  async 'an API server that is overloaded, and sends Retry-After'(mesh) {
    mesh.way.trouble = ({ path }) =>
      path.includes('/leases') ? undefined : { status: 429, headers: { 'retry-after': '5' }, body: statusOf(429) }
    mesh.way.cutWatches()
    const before = mesh.way.passed.length
    await editing(mesh, 20)
    // Seven kinds, and one pending write: one request per five seconds each.
    const told = mesh.way.passed.slice(before).filter(({ path }) => !path.includes('/leases'))
    expect(told.length).toBeLessThanOrEqual(8 * 6)
    mesh.way.trouble = () => undefined
  },

  async 'an API server that needs 30 seconds for each response'(mesh) {
    mesh.way.trouble = () => sleep(30_000)
    mesh.way.cutWatches()
    await editing(mesh, 60)
    mesh.way.trouble = () => undefined
  },

  async 'connections without any more data'(mesh, operator) {
    const from = operator.lines.length
    mesh.way.silence()
    await operator.logged(/no leader; /, from)
    await editing(mesh, 20)
    mesh.way.endSilence()
    await operator.logged(/this operator leads/, from)
    // Only silence indicates that the watches are dead: it is detected after 75 seconds.
    await until('new watches', () => mesh.way.watches >= 7)
  },

  async 'an expired token, and a new one in its file'(mesh, operator) {
    await mesh.remove(mesh.tokenHolder)
    await cutting(mesh, () => operator.logged(/401|Unauthorized/i))
    await editing(mesh, 4)
    await mesh.renewToken()
  },

  async 'permissions that are revoked and granted again'(mesh, operator) {
    await mesh.remove(roleBinding(mesh))
    await cutting(mesh, () => operator.logged(/permission denied/))
    await editing(mesh, 4)
    await mesh.put(roleBinding(mesh))
  },
}

function roleBinding({ namespace }: Mesh): Document {
  const rbac = 'rbac.authorization.k8s.io'
  const name = 'l7mp-operator'
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  }
}

describe('an operator continues, without losses, after', () => {
  const scenarios = Object.entries(FAULTS).map(([what, fault], index) => ({
    what,
    run: () => survives(`mesh-${index}`, fault),
  }))
  sideBySide(scenarios, 5)

  // Runs alone, because it affects all meshes.
  it('a restart of the API server, while a proxy restarts empty', async () => {
    const mesh = await Mesh.open(cluster, { namespace: 'mesh-alone' })
    meshes.push(mesh)
    const operator = await mesh.lead()
    await mesh.inForce()
    const [first = '', second = ''] = await mesh.proxies()
    const traffic = await mesh.trafficThrough(second)
    const { apiserver } = cluster.controlPlane.parts
    const from = operator.lines.length
    const pod = await mesh.podAt(first)
    await apiserver.stop()
    await operator.logged(/no leader; /, from)
    await killPod(pod)
    await sleep(5000)
    apiserver.start()
    await cluster.controlPlane.ready()
    await expectUnharmed(mesh, operator, [traffic])
  })
})
