/**
 * What goes wrong between an operator and its API server, while resources and pods change. Each scenario is a mesh of its
 * own on one cluster: real proxies under steady traffic, and an operator with the rights of the chart.
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
  // The API server is away for longer than nodes may be silent.
  cluster = await startCluster({ nodeGraceSeconds: 600 })
  await prepare(cluster)
})
afterAll(async () => {
  await Promise.all(meshes.map(mesh => mesh.close()))
  await cluster?.stop()
})

type Fault = (mesh: Mesh, operator: OperatorProcess) => Promise<void>

/** A mesh in force, on which something goes wrong, and which is as it should be afterwards. */
async function survives(namespace: string, fault: Fault): Promise<void> {
  const mesh = await Mesh.open(cluster, { namespace })
  meshes.push(mesh)
  const operator = await mesh.lead()
  await mesh.inForce()
  const traffic = await mesh.traffic()
  await fault(mesh, operator)
  // Answers that were under way when all was well again may still take half a minute each.
  await expectUnharmed(mesh, operator, traffic)
  // What is over shall not take the time of what is not.
  await mesh.close()
}

/** Edits every three seconds, for so long. */
async function editing(mesh: Mesh, seconds: number, also: () => void = () => {}): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    await mesh.edit()
    also()
    await sleep(3000)
  }
}

/** Rights and credentials count when a watch begins: watches are cut, again and again, until something has happened. */
async function cutting({ way }: Mesh, happened: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => way.cutWatches(), 500)
  await happened().finally(() => clearInterval(timer))
}

/** How often the operator asked the API server. */
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

  async 'a storm of 410: no watch can begin where the list ended'(mesh) {
    const gone = { type: 'ERROR', object: JSON.parse(statusOf(410, 'too old resource version')) }
    let watches = 0
    mesh.way.trouble = ({ isWatch }) => {
      if (!isWatch) return undefined
      // Real servers say it in either way.
      return watches++ % 2 === 0 ? 410 : { status: 200, body: `${JSON.stringify(gone)}\n` }
    }
    mesh.way.cutWatches()
    await editing(mesh, 20)
    mesh.way.trouble = () => undefined
  },

  async 'an API server that answers everything with 500'(mesh) {
    mesh.way.trouble = () => 500
    mesh.way.cutWatches()
    const before = asked(mesh)
    await editing(mesh, 20)
    // Backed off: seven kinds and a lease, each a few times.
    expect(asked(mesh) - before).toBeLessThan(200)
    mesh.way.trouble = () => undefined
  },

  async 'an API server that fails every other request'(mesh) {
    let n = 0
    mesh.way.trouble = () => (n++ % 2 === 0 ? 503 : undefined)
    await editing(mesh, 20, () => mesh.way.cutWatches())
    mesh.way.trouble = () => undefined
  },

  async 'an API server that is busy, and says when to come back'(mesh) {
    mesh.way.trouble = ({ path }) =>
      path.includes('/leases') ? undefined : { status: 429, headers: { 'retry-after': '5' }, body: statusOf(429) }
    mesh.way.cutWatches()
    const before = mesh.way.passed.length
    await editing(mesh, 20)
    // Seven kinds, and one write that is held back: once in five seconds each.
    const told = mesh.way.passed.slice(before).filter(({ path }) => !path.includes('/leases'))
    expect(told.length).toBeLessThanOrEqual(8 * 6)
    mesh.way.trouble = () => undefined
  },

  async 'an API server that needs 30 seconds for each answer'(mesh) {
    mesh.way.trouble = () => sleep(30_000)
    mesh.way.cutWatches()
    await editing(mesh, 60)
    mesh.way.trouble = () => undefined
  },

  async 'connections on which nothing is heard any more'(mesh, operator) {
    const from = operator.lines.length
    mesh.way.silence()
    await operator.logged(/no leader; /, from)
    await editing(mesh, 20)
    mesh.way.endSilence()
    await operator.logged(/this operator leads/, from)
    // Nothing but silence says that the watches are dead: it is believed after a minute and a quarter.
    await until('watches that are alive', () => mesh.way.watches >= 7)
  },

  async 'a token that is not good any more, and a new one in its file'(mesh, operator) {
    await mesh.remove(mesh.tokenHolder)
    await cutting(mesh, () => operator.logged(/401|Unauthorized/i))
    await editing(mesh, 4)
    await mesh.renewToken()
  },

  async 'rights that are taken away and given back'(mesh, operator) {
    await mesh.remove(roleBinding(mesh))
    await cutting(mesh, () => operator.logged(/may not be read/))
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

describe('an operator that goes on, without a loss, after', () => {
  const scenarios = Object.entries(FAULTS).map(([what, fault], index) => ({
    what,
    run: () => survives(`mesh-${index}`, fault),
  }))
  sideBySide(scenarios, 5)

  // By itself, since all meshes have it in common.
  it('an API server that ends, and comes back, while a proxy restarts empty', async () => {
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
