/**
 * Faults of operators themselves: killed at any call, suspended, partitioned, too many of them. Each scenario is a
 * separate mesh on one cluster. In front of each real proxy, a gate records who writes to it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import type { Gate, Passing } from './support/gate.ts'
import { Mesh, prepare } from './support/mesh.ts'
import type { OperatorProcess } from './support/operator-process.ts'
import { sideBySide } from './support/side-by-side.ts'
import { expectUnharmed } from './support/unharmed.ts'

let cluster: Cluster
const meshes: Mesh[] = []
beforeAll(async () => {
  cluster = await startCluster({ nodes: 4, nodeGraceSeconds: 600 })
  // Only this process is to be killed.
  await cluster.kubectl(['taint', 'node', FRAIL, 'frail=yes:NoSchedule'])
  await prepare(cluster)
})
afterAll(async () => {
  await Promise.all(meshes.map(mesh => mesh.close()))
  await cluster?.stop()
})

const FRAIL = 'node-4'

async function open(namespace: string, proxies = 2): Promise<Mesh> {
  const mesh = await Mesh.open(cluster, { namespace, proxies, gated: true })
  meshes.push(mesh)
  return mesh
}

/** Stops finished meshes, so that they do not slow down others. */
const close = async (namespace: string) => meshes.find(mesh => mesh.namespace === namespace)?.close()

/** Runs an operator on a node, by whose address the gates identify it. */
const startOn = (mesh: Mesh, node: string, ...flags: readonly string[]) =>
  mesh.start(`operator-${node}`, { within: words => cluster.enter(node, words) }, ...flags)

const nameOf = (address: string) => cluster.nodes.find(node => node.address === address)?.name ?? address

const isWrite = ({ method }: Passing) => method !== 'GET'

/** The nodes whose operators wrote to the proxies, in order. */
function writers({ gates }: Mesh): readonly string[] {
  const writes = gates.flatMap(({ gate }) => gate.passed.filter(isWrite))
  const names = writes.toSorted((a, b) => a.at - b.at).map(passing => nameOf(passing.from))
  return names.filter((name, i) => name !== names[i - 1])
}

/** Calls of one operator after the first call of another one. */
function lateCalls({ gates }: Mesh, from: readonly number[], node: string): number {
  return gates.flatMap(({ gate }, index) => {
    const names = gate.passed
      .slice(from[index])
      .filter(isWrite)
      .map(passing => nameOf(passing.from))
    const other = names.findIndex(name => name !== node)
    return names.slice(other === -1 ? names.length : other).filter(name => name === node)
  }).length
}

/** The number of leader changes. With two leaders at once, writers would alternate more often. */
const terms = (operators: readonly OperatorProcess[]) =>
  operators.flatMap(({ lines }) => lines.filter(({ msg }) => msg === 'this operator leads')).length

const marks = ({ gates }: Mesh) => gates.map(({ gate }) => gate.passed.length)

/** The number of meshes among which the call numbers are distributed. */
const SHARES = 3

const SCENARIOS: { readonly [what: string]: (namespace: string) => Promise<void> } = {
  ...Object.fromEntries(
    Array.from({ length: SHARES }, (_, first) => [
      `an operator that is killed after ${first}, ${first + SHARES}, ${first + 2 * SHARES} and so on of its calls`,
      (namespace: string) => killedAfter(first, namespace),
    ]),
  ),

  async 'a leader that sleeps for 30 seconds, while another takes over'(namespace) {
    const mesh = await open(namespace)
    const leader = await startOn(mesh, 'node-1')
    await leader.logged(/this operator leads/)
    const standby = await startOn(mesh, 'node-2')
    await standby.logged(/standing by/)
    await mesh.inForce()
    const traffic = await mesh.traffic()
    const from = marks(mesh)
    await mesh.edit()
    leader.signal('SIGSTOP')
    await mesh.edit()
    await Promise.all([sleep(30_000), standby.logged(/this operator leads/).then(() => mesh.edit())])
    await mesh.inForce()
    leader.signal('SIGCONT')
    await mesh.edit()
    await leader.logged(/standing by: operator-node-2/)
    await expectUnharmed(mesh, standby, traffic)
    expect(leader.isRunning).toBe(true)
    // Suspended between the check of its leadership and the call itself, it makes this call when it resumes.
    expect(lateCalls(mesh, from, 'node-1')).toBeLessThanOrEqual(1)
  },

  async 'a leader whose node is disconnected and reconnected'(namespace) {
    const mesh = await open(namespace)
    const leader = await startOn(mesh, FRAIL)
    await leader.logged(/this operator leads/)
    const standby = await startOn(mesh, 'node-2')
    await standby.logged(/standing by/)
    await mesh.inForce()
    const traffic = await mesh.traffic()
    const from = marks(mesh)
    const node = cluster.nodes.find(({ name }) => name === FRAIL)
    await mesh.edit()
    await node?.vanish()
    await mesh.edit()
    await standby.logged(/this operator leads/)
    await mesh.inForce()
    await node?.comeBack()
    await mesh.edit()
    await leader.logged(/standing by: operator-node-2/)
    await expectUnharmed(mesh, standby, traffic)
    expect(leader.isRunning).toBe(true)
    // Nor the calls that were in flight when the cable was cut.
    expect(lateCalls(mesh, from, FRAIL)).toBe(0)
  },

  async 'three operators that start simultaneously'(namespace) {
    const mesh = await open(namespace)
    const operators = await Promise.all(['node-1', 'node-2', 'node-3'].map(node => startOn(mesh, node)))
    await mesh.inForce()
    const traffic = await mesh.traffic()
    for (let n = 0; n < 5; n++) {
      await mesh.edit()
      await sleep(1000)
    }
    await mesh.inForce()
    expect(writers(mesh).length).toBeLessThanOrEqual(terms(operators))
    const [one, two, three] = operators as [OperatorProcess, OperatorProcess, OperatorProcess]
    one.signal('SIGTERM')
    expect(await one.ended()).toBe(0)
    two.signal('SIGKILL')
    await two.ended()
    await expectUnharmed(mesh, three, traffic)
    expect(writers(mesh).at(-1)).toBe('node-3')
    expect(writers(mesh).length).toBeLessThanOrEqual(terms(operators))
  },

  async 'a lease that is deleted repeatedly'(namespace) {
    const mesh = await open(namespace)
    const operators = await Promise.all(['node-1', 'node-2'].map(node => startOn(mesh, node)))
    await mesh.inForce()
    const traffic = await mesh.traffic()
    for (let n = 0; n < 10; n++) {
      await mesh.remove(mesh.lease).catch(() => {})
      await mesh.edit()
      await sleep(1000)
    }
    await expectUnharmed(mesh, operators[0] as OperatorProcess, traffic)
    expect(writers(mesh).length).toBeLessThanOrEqual(terms(operators))
  },
}

/**
 * An operator is suspended during edits, resumes, and is killed after a number of calls to the proxy; the next operator
 * repairs everything, and is the next to be killed, until an edit needs no such number of calls.
 */
async function killedAfter(first: number, namespace: string): Promise<void> {
  const mesh = await open(namespace, 1)
  const [{ gate }] = mesh.gates as [Mesh['gates'][number]]
  const begin = (name: string) => mesh.start(name, {}, '--leader-elect=false')
  let operator = await begin('operator')
  await mesh.inForce()
  const traffic = await mesh.traffic(1)
  for (let calls = first; ; calls += SHARES) {
    operator.signal('SIGSTOP')
    await mesh.editResources()
    killAfter(calls, operator, gate)
    operator.signal('SIGCONT')
    const isOver = await Promise.race([operator.ended().then(() => false), mesh.inForce().then(() => true)])
    gate.trouble = () => undefined
    gate.done = () => undefined
    if (isOver) {
      // This edit needs many calls.
      expect(calls).toBeGreaterThan(10)
      return expectUnharmed(mesh, operator, traffic)
    }
    operator = await begin(`operator-after-${calls}`)
    await mesh.inForce()
  }
}

/**
 * For the proxy, the state after one call equals that before the next: only before the first call is a separate case.
 */
function killAfter(calls: number, victim: OperatorProcess, gate: Gate): void {
  let made = 0
  gate.trouble = passing => {
    if (!isWrite(passing) || calls > 0) return undefined
    victim.signal('SIGKILL')
    return 'reset'
  }
  gate.done = async passing => {
    if (isWrite(passing) && ++made === calls) victim.signal('SIGKILL')
  }
}

describe('one operator at a time reconciles the proxies, without losses, through', () => {
  const scenarios = Object.entries(SCENARIOS).map(([what, run], index) => ({
    what,
    run: () => run(`mesh-${index}`).finally(() => close(`mesh-${index}`)),
  }))
  sideBySide(scenarios, 4)
})
