/**
 * One container: starts and watches its process, and restarts it with back-off when it exits, according to the restart
 * policy of the pod. `pod.ts` assembles the containers of a pod.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RestartPolicy } from '../manifests/workload.ts'
import type { Exit, ProcessGroup } from '../process/process-group.ts'
import type { ContainerFacts, Termination } from './pod-status.ts'
import { nextBackoff } from './restart-backoff.ts'

export type ContainerTask = {
  /** Starts the process. */
  start(): ProcessGroup
  /** Runs before SIGTERM, within the grace period; the signal aborts when that is over. */
  beforeEnd?(signal: AbortSignal): Promise<void>
  /** Probes the process until the signal aborts. */
  watch(signal: AbortSignal, seen: Seen): Promise<void>
  readonly restart: RestartPolicy
  /** The time between SIGTERM and SIGKILL. */
  readonly graceMs: () => number
  /** Aborts when the process must be killed, regardless of its grace period. */
  readonly killed: AbortSignal
  readonly now: () => Date
  readonly onChange: (facts: ContainerFacts) => void
}

export type Seen = {
  /** Its readiness has changed. */
  ready(ready: boolean): void
  /** The liveness or startup probe has failed. */
  dead(): void
}

/** Runs until the container has terminated for good, or the signal has terminated it. Never rejects. */
export async function runContainer(task: ContainerTask, signal: AbortSignal): Promise<void> {
  let facts: ContainerFacts = { state: { waiting: { reason: 'ContainerCreating' } }, ready: false, restartCount: 0 }
  const change = (changed: Partial<ContainerFacts>) => {
    facts = { ...facts, ...changed }
    task.onChange(facts)
  }
  let backoffMs = 0
  while (!signal.aborted) {
    const startedAt = task.now()
    const exit = await runOnce(task, signal, change)
    const ended = termination(exit, startedAt, task.now())
    change({ state: { terminated: ended }, ready: false })
    if (signal.aborted || !restarts(task.restart, exit)) return
    backoffMs = nextBackoff(backoffMs, task.now().getTime() - startedAt.getTime())
    change({ state: { waiting: waitingAfter(exit, backoffMs) }, lastTermination: ended })
    await sleep(backoffMs, undefined, { signal }).catch(() => {})
    change({ restartCount: facts.restartCount + 1 })
  }
}

/** Runs the process once. */
async function runOnce(
  task: ContainerTask,
  signal: AbortSignal,
  change: (changed: Partial<ContainerFacts>) => void,
): Promise<Exit> {
  const group = task.start()
  if (group.id === undefined) return group.exit
  const over = new AbortController()
  const end = () => void terminate(task, group)
  const kill = () => void group.end(0)
  signal.addEventListener('abort', end, { once: true })
  task.killed.addEventListener('abort', kill, { once: true })
  change({ state: { running: { startedAt: task.now().toISOString() } } })
  const watched = task.watch(over.signal, { ready: ready => change({ ready }), dead: end })
  const exit = await group.exit
  over.abort()
  await watched
  signal.removeEventListener('abort', end)
  task.killed.removeEventListener('abort', kill)
  return exit
}

async function terminate(task: ContainerTask, group: ProcessGroup): Promise<void> {
  const graceMs = task.graceMs()
  if (task.beforeEnd === undefined || graceMs === 0) return group.end(graceMs)
  const began = performance.now()
  await task.beforeEnd(AbortSignal.any([task.killed, AbortSignal.timeout(graceMs)]))
  await group.end(Math.max(0, graceMs - (performance.now() - began)))
}

function restarts(restart: RestartPolicy, { code }: Exit): boolean {
  return restart === 'Always' || (restart === 'OnFailure' && code !== 0)
}

const termination = ({ code }: Exit, startedAt: Date, finishedAt: Date): Termination => ({
  exitCode: code,
  reason: code === 0 ? 'Completed' : 'Error',
  startedAt: startedAt.toISOString(),
  finishedAt: finishedAt.toISOString(),
})

function waitingAfter({ code, failed }: Exit, backoffMs: number) {
  const retry = `restarts in ${backoffMs / 1000} s`
  if (failed !== undefined) return { reason: 'CreateContainerError', message: `${failed}; ${retry}` } as const
  return { reason: 'CrashLoopBackOff', message: `exited with ${code}; ${retry}` } as const
}
