/**
 * Compares the pods that should run with those that do and says which to start and which to end now. Pure and level
 * based: it is asked again after every change, so a rollout is nothing but the sum of these answers.
 *
 * The arithmetic is that of Kubernetes' Deployment controller: at most `maxSurge` pods above the number wanted, and
 * never more than `maxUnavailable` ready ones short of it.
 */
import type { DesiredPod } from './manifests/desired-pods.ts'
import { workloadKey } from './manifests/workload.ts'

/** What is known of a pod that runs. */
export type RunningPod = {
  readonly desired: DesiredPod
  readonly ready: boolean
  /** It has been told to end. */
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

/** `taken` are the names of all that runs: a pod starts only after an old one of the same name has gone. */
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
  const { above, short } = bounds(desired)
  const ready = living.filter(pod => pod.ready).length
  // A pod that is still ending counts for the pod of its own name alone, as in a cluster.
  const blocked = isRecreated(desired) && running.some(pod => !current(pod))
  const mayStart = blocked ? 0 : Math.max(0, desired.length + above - living.length)
  const mayEnd = Math.max(0, ready - (desired.length - short))
  return {
    start: missing.slice(0, mayStart),
    end: [...old.filter(pod => !pod.ready), ...old.filter(pod => pod.ready).slice(0, mayEnd)],
  }
}

/** How many pods above the number wanted there may be, and how many ready ones short of it. */
function bounds(desired: readonly DesiredPod[]): { readonly above: number; readonly short: number } {
  const workload = desired[0]?.workload
  if (workload === undefined || workload.kind === 'Pod') return { above: 0, short: desired.length }
  const { strategy } = workload
  if (strategy.type === 'Recreate') return { above: 0, short: desired.length }
  const above = share(strategy.maxSurge, desired.length, Math.ceil)
  const short = share(strategy.maxUnavailable, desired.length, Math.floor)
  return above === 0 && short === 0 ? { above, short: 1 } : { above, short }
}

const isRecreated = (desired: readonly DesiredPod[]) => desired[0]?.workload.strategy.type === 'Recreate'

function share(part: number | string, whole: number, round: (value: number) => number): number {
  const text = String(part)
  const value = text.endsWith('%') ? round((Number.parseFloat(text) / 100) * whole) : Number.parseInt(text, 10)
  return Number.isNaN(value) ? 0 : Math.max(0, value)
}
