/** Checks that a mesh has recovered from a fault. */
import type { Mesh } from './mesh.ts'
import type { OperatorProcess } from './operator-process.ts'
import { isUnharmed, type Steady } from './steady.ts'

/** Everything is programmed, also after an edit; the operator is the same process; no traffic was lost. */
export async function expectUnharmed(mesh: Mesh, operator: OperatorProcess, traffic: readonly Steady[]): Promise<void> {
  await mesh.inForce()
  await mesh.edit()
  await mesh.inForce()
  if (!operator.isRunning) throw new Error(`${mesh.namespace}: the operator has exited`)
  for (const steady of traffic) {
    const losses = await steady.stop()
    if (!isUnharmed(losses, steady.sent))
      throw new Error(`${mesh.namespace}: of ${steady.sent} messages: ${JSON.stringify(losses)}`)
  }
}
