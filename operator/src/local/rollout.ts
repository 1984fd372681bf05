/**
 * Compares desired with running pods and computes which to start and which to stop now. Pure and level based: it is
 * called after every change, so a rollout is the sum of these steps.
 *
 * The arithmetic is that of Kubernetes' Deployment controller: at most `maxSurge` pods above the desired number, and at
 * most `maxUnavailable` ready pods below it.
 */
import type { DesiredPod } from './manifests/desired-pods.ts'
import { workloadKey } from './manifests/workload.ts'

/** The state of a running pod. */
export type RunningPod = {
  readonly desired: DesiredPod
  readonly ready: boolean
  /** It is terminating. */
  readonly ending: boolean
}

export type RolloutStep = { readonly start: readonly DesiredPod[]; readonly end: readonly RunningPod[] }

export function rolloutStep(desired: readonly DesiredPod[], running: readonly RunningPod[]): RolloutStep {
  const groups = Map.groupBy(desired, pod => workloadKey(pod.workload))
  const runningGroups = Map.groupBy(running, pod => workloadKey(pod.desired.workload))
  const taken = new Set(running.map(pod => pod.desired.key))
  const steps = [...groups].map(([key, pods]) => workloadStep(pods, runningGroups.get(key) ?? [], taken))
  const orphans = running.filter(pod => !pod.ending && !groups.has(workloadKey(pod.desired.workload)))
  return { start: steps.flatMap(step => step.start), end: [...orphans, ...steps.flatMap(step => step.end)] }
}

/** `taken`: the names of all running pods. A pod starts only after an old pod of the same name has terminated. */
function workloadStep(
  desired: readonly DesiredPod[],
  running: readonly RunningPod[],
  taken: ReadonlySet<string>,
): RolloutStep {
  const hashes = new Map(desired.map(pod => [pod.key, pod.hash]))
  const current = (pod: RunningPod) => hashes.get(pod.desired.key) === pod.desired.hash
  const missing = desired.filter(pod => !taken.has(pod.key))
  const living = running.filter(pod => !pod.ending)
  const old = living.filter(pod => !current(pod))
  const { surge, unavailable } = bounds(desired)
  const ready = living.filter(pod => pod.ready).length
  // As in a cluster, a terminating pod blocks only the pod of its own name.
  const blocked = isRecreated(desired) && running.some(pod => !current(pod))
  const mayStart = blocked ? 0 : Math.max(0, desired.length + surge - living.length)
  const mayEnd = Math.max(0, ready - (desired.length - unavailable))
  return {
    start: missing.slice(0, mayStart),
    end: [...old.filter(pod => !pod.ready), ...old.filter(pod => pod.ready).slice(0, mayEnd)],
  }
}

/** The allowed number of pods above the desired number, and of ready pods below it. */
function bounds(desired: readonly DesiredPod[]): { readonly surge: number; readonly unavailable: number } {
  const workload = desired[0]?.workload
  if (workload === undefined || workload.kind === 'Pod') return { surge: 0, unavailable: desired.length }
  const { strategy } = workload
  if (strategy.type === 'Recreate') return { surge: 0, unavailable: desired.length }
  const surge = scaledValue(strategy.maxSurge, desired.length, Math.ceil)
  const unavailable = scaledValue(strategy.maxUnavailable, desired.length, Math.floor)
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable }
}

const isRecreated = (desired: readonly DesiredPod[]) => desired[0]?.workload.strategy.type === 'Recreate'

function scaledValue(part: number | string, whole: number, round: (value: number) => number): number {
  const text = String(part)
  const value = text.endsWith('%') ? round((Number.parseFloat(text) / 100) * whole) : Number.parseInt(text, 10)
  return Number.isNaN(value) ? 0 : Math.max(0, value)
}
