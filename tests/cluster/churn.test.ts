/**
 * Conditions are correct and do not flap: one transition per real change, during any churn. If nothing changes, nothing
 * is written: not to the API server, except the lease, and not to any proxy.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import type { Passing } from './support/gate.ts'
import { Mesh, prepare } from './support/mesh.ts'
import { extra, target, virtualService } from './support/mesh-resources.ts'
import { sideBySide } from './support/side-by-side.ts'
import { Transitions } from './support/transitions.ts'

let cluster: Cluster
const meshes: Mesh[] = []
const watching: Transitions[] = []
beforeAll(async () => {
  cluster = await startCluster()
  await prepare(cluster)
})
afterAll(async () => {
  await Promise.all([...meshes.map(mesh => mesh.close()), ...watching.map(each => each.stop())])
  await cluster?.stop()
})

async function open(namespace: string): Promise<Mesh> {
  const mesh = await Mesh.open(cluster, { namespace, gated: true })
  meshes.push(mesh)
  return mesh
}

/** Stops finished meshes, so that they do not slow down others. */
const close = async (namespace: string) => meshes.find(mesh => mesh.namespace === namespace)?.close()

async function watched(namespace: string): Promise<{ readonly mesh: Mesh; readonly transitions: Transitions }> {
  const mesh = await open(namespace)
  const transitions = await Transitions.watch(cluster.client, namespace)
  watching.push(transitions)
  await mesh.lead()
  await mesh.inForce()
  return { mesh, transitions }
}

/** Several times the longest interval of the operator, in seconds. */
const IDLE_SECONDS = 300

/** The default of the operator. */
const AUDIT_SECONDS = 60
const LISTS_OF_AN_AUDIT = 5

/** Resources that are not programmed for this time, in milliseconds, are reported: a busy machine may need longer. */
const TOLD_AFTER = 3000

const isWrite = ({ method }: Passing) => method !== 'GET'
const isLease = ({ path }: Passing) => path.includes('/leases')
const told = ({ method, path }: Passing) => `${method} ${path}`

const SCENARIOS: { readonly [what: string]: (namespace: string) => Promise<void> } = {
  async 'nothing is written without changes'(namespace) {
    const mesh = await open(namespace)
    await mesh.edit()
    await mesh.put(rival(mesh, 'elder'))
    await mesh.lead('leader')
    await mesh.put(rival(mesh, 'younger'))
    const standby = await mesh.start('standby')
    await standby.logged(/all resources read/)
    await mesh.inForce()
    // Events may be delayed compared to statuses.
    await sleep(3000)
    const [before, atGates] = [mesh.way.passed.length, mesh.gates.map(({ gate }) => gate.passed.length)]
    await sleep(IDLE_SECONDS * 1000)
    const asked = mesh.way.passed.slice(before)
    // Watches expire and are resumed.
    expect(asked.filter(passing => !isLease(passing) && !passing.isWatch).map(told)).toEqual([])
    expect(asked.filter(isWrite).length).toBeGreaterThan(IDLE_SECONDS / 3)
    for (const [index, { gate }] of mesh.gates.entries()) {
      const calls = gate.passed.slice(atGates[index])
      expect(calls.filter(isWrite).map(told)).toEqual([])
      // Each audit reads a list of each kind of object; between audits, an open connection is all that a proxy costs.
      const audits = calls.length / LISTS_OF_AN_AUDIT
      expect(audits).toBeGreaterThanOrEqual(IDLE_SECONDS / AUDIT_SECONDS - 2)
      expect(audits).toBeLessThanOrEqual(2 * (IDLE_SECONDS / AUDIT_SECONDS))
    }
  },

  async 'edits, and pods that are created and deleted, change no condition'(namespace) {
    const { mesh, transitions } = await watched(namespace)
    const names = Array.from({ length: 8 }, (_, i) => `steady-${i}`)
    const edit = async (round: number) => {
      const app = round % 2 === 0 ? 'extra' : 'echo-udp'
      const edited = names.map((name, i) => virtualService(namespace, name, { UDP: { port: 9200 + i } }, app))
      await mesh.put(extra(namespace, 2 + (round % 3)), ...edited)
      await mesh.replacePod('extra')
    }
    await edit(0)
    await mesh.inForce()
    const before = transitions.all.length
    let slow = 0
    for (let round = 1; round < 9; round += 2) {
      const began = performance.now()
      await edit(round)
      await sleep(500)
      await edit(round + 1)
      await mesh.inForce()
      if (performance.now() - began > TOLD_AFTER) slow++
    }
    const changes = transitions.all.slice(before)
    expect(changes.filter(text => !/(Programmed|EndpointsReady) (True|False)$/.test(text))).toEqual([])
    for (const changed of new Set(changes.filter(text => text.endsWith('False'))))
      expect(changes.filter(text => text === changed).length, changed).toBeLessThanOrEqual(slow)
  },

  async 'proxies that are created and deleted change no condition'(namespace) {
    const { mesh, transitions } = await watched(namespace)
    const before = transitions.all.length
    for (let round = 0; round < 4; round++) {
      await mesh.removeGate()
      await mesh.inForce()
      await mesh.addGate()
      await mesh.inForce()
    }
    expect(transitions.all.slice(before)).toEqual([])
  },

  async 'a reference that is broken and repaired changes ResolvedRefs once each time'(namespace) {
    const { mesh, transitions } = await watched(namespace)
    const flip = target(namespace, 'flip', { UDP: { port: 7000 } }, 'extra')
    await mesh.put(flip, virtualService(namespace, 'needs', { UDP: { port: 9400 } }, 'flip'))
    await mesh.inForce()
    const before = transitions.of('VirtualService', 'needs').length
    for (let round = 0; round < 3; round++) {
      await mesh.remove(flip)
      await mesh.inForce()
      await mesh.put(flip)
      await mesh.inForce()
    }
    const after = transitions.of('VirtualService', 'needs').slice(before)
    const refs = after.filter(text => text.startsWith('ResolvedRefs'))
    expect(refs).toEqual(Array.from({ length: 3 }, () => ['ResolvedRefs False', 'ResolvedRefs True']).flat())
    expect(after.filter(text => text.startsWith('Accepted'))).toEqual([])
    expect(after.filter(text => text.startsWith('Programmed')).length).toBeLessThanOrEqual(6)
  },

  async 'a port that is used and freed changes Accepted once each time'(namespace) {
    const { mesh, transitions } = await watched(namespace)
    const [elder, younger] = [rival(mesh, 'elder'), rival(mesh, 'younger')]
    for (let round = 0; round < 3; round++) {
      await mesh.put(elder)
      // The earlier creation timestamp, in whole seconds, wins.
      await sleep(1100)
      await mesh.put(younger)
      await mesh.inForce()
      await mesh.remove(elder)
      await mesh.inForce()
      await mesh.remove(younger)
      await mesh.inForce()
    }
    const accepted = transitions.of('VirtualService', 'younger').filter(text => text.startsWith('Accepted'))
    expect(accepted).toEqual(Array.from({ length: 3 }, () => ['Accepted False', 'Accepted True']).flat())
    const eldest = ['Accepted True', 'ResolvedRefs True', 'Programmed True', 'EndpointsReady True']
    expect(transitions.of('VirtualService', 'elder')).toEqual([...eldest, ...eldest, ...eldest])
  },
}

const rival = ({ namespace }: Mesh, name: string) => virtualService(namespace, name, { UDP: { port: 9500 } }, 'extra')

describe('on a busy and on a quiet day', () => {
  const scenarios = Object.entries(SCENARIOS).map(([what, run], index) => ({
    what,
    run: () => run(`mesh-${index}`).finally(() => close(`mesh-${index}`)),
  }))
  // The first scenario only waits.
  sideBySide(scenarios, 4)
})
