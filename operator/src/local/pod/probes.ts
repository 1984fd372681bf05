/** Combines the probes of a container: first the startup probe, then liveness and readiness in parallel. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerSpec } from '../manifests/workload.ts'
import type { Seen } from './container.ts'
import { type ProbeTarget, watchLiveness, watchReadiness, watchStartup } from './container-probe.ts'

export type Probes = Pick<ContainerSpec, 'startup' | 'liveness' | 'readiness'>

/**
 * A container without a readiness probe is ready after this time, so that one that fails immediately never becomes
 * ready.
 */
const SETTLED_MS = 200

/** Runs until the signal aborts. Never rejects. */
export async function watchHealth(probes: Probes, target: ProbeTarget, signal: AbortSignal, seen: Seen): Promise<void> {
  const { startup, liveness, readiness } = probes
  if (startup && !(await watchStartup(startup, target, signal))) return seen.dead()
  await Promise.all([
    liveness && watchLiveness(liveness, target, signal).then(lives => lives || seen.dead()),
    readiness ? watchReadiness(readiness, target, signal, seen.ready) : settle(signal, seen),
  ])
}

async function settle(signal: AbortSignal, seen: Seen): Promise<void> {
  await sleep(SETTLED_MS, undefined, { signal }).catch(() => {})
  if (!signal.aborted) seen.ready(true)
}
