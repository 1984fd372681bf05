/** The cost of unselected pods: the CPU time of a real operator process while they are created. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundle } from '../../../operator/scripts/build.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Figure } from '../figures.ts'
import { inTurns } from './in-turns.ts'
import { backendPod, namespace } from './manifests.ts'
import { create } from './mesh.ts'

const PODS = 500
const NAMESPACE = 'unselected'

export async function unselected(cluster: Cluster): Promise<readonly Figure[]> {
  await create(cluster.client, namespace(NAMESPACE))
  const operator = await startOperator(cluster)
  try {
    const before = cpuMs(operator)
    await inTurns(PODS, index => create(cluster.client, backendPod(NAMESPACE, index)))
    await untilIdle(operator)
    const cost = cpuMs(operator) - before
    return [{ what: `CPU time for ${PODS} pods that nobody selects`, value: cost, unit: 'ms', most: 500, detail: '' }]
  } finally {
    operator.kill('SIGTERM')
    await once(operator, 'exit')
  }
}

async function startOperator({ folder, kubeconfig }: Cluster): Promise<ChildProcess> {
  const file = `${folder}/l7mesh.mjs`
  await bundle(file)
  const args = ['run', '--source', 'kubernetes', '--kubeconfig', kubeconfig, '--namespace', NAMESPACE, '--log', 'json']
  const operator = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { promise: read, resolve } = Promise.withResolvers<void>()
  operator.stdout.on('data', chunk => `${chunk}`.includes('all resources read') && resolve())
  await read
  await untilIdle(operator)
  return operator
}

/** Its CPU time so far, by the ticks of 10 ms in which Linux counts. */
function cpuMs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** When it has had next to nothing to do for a second. */
async function untilIdle(operator: ChildProcess): Promise<void> {
  for (let before = Number.NEGATIVE_INFINITY; cpuMs(operator) - before > 10; ) {
    before = cpuMs(operator)
    await sleep(1000)
  }
}
