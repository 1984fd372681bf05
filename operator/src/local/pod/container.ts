/**
 * One container: its process is started, watched, and started again with back-off when it exits, for as long as the
 * pod's restart policy says so. `pod.ts` puts the containers of a pod together.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RestartPolicy } from '../manifests/workload.ts'
import type { Exit, ProcessGroup } from '../process/process-group.ts'
import type { ContainerFacts, Termination } from './pod-status.ts'
import { nextBackoff } from './restart-backoff.ts'

export type ContainerTask = {
  /** Starts the process anew. */
  start(): ProcessGroup
  /** What is done before the process is asked to end, with the grace that it has; the signal aborts when that is over. */
  beforeEnd?(signal: AbortSignal): Promise<void>
  /** Watches the process until the signal aborts. */
  watch(signal: AbortSignal, seen: Seen): Promise<void>
  readonly restart: RestartPolicy
  /** How long it has from SIGTERM to SIGKILL. */
  readonly graceMs: () => number
  /** Aborts when its time to end is over, however long its grace was. */
  readonly killed: AbortSignal
  readonly now: () => Date
  readonly onChange: (facts: ContainerFacts) => void
}

export type Seen = {
  /** It has got ready, or stopped being so. */
  ready(ready: boolean): void
  /** It does not live, although its process does. */
  dead(): void
}

/** Runs until the container has ended for good, or the signal has ended it. Never rejects. */
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
    if (signal.aborted || !startsAgain(task.restart, exit)) return
    backoffMs = nextBackoff(backoffMs, task.now().getTime() - startedAt.getTime())
    change({ state: { waiting: waitingAfter(exit, backoffMs) }, lastTermination: ended })
    await sleep(backoffMs, undefined, { signal }).catch(() => {})
    change({ restartCount: facts.restartCount + 1 })
  }
}

/** One life of the process. */
async function runOnce(
  task: ContainerTask,
  signal: AbortSignal,
  change: (changed: Partial<ContainerFacts>) => void,
): Promise<Exit> {
  const group = task.start()
  if (group.id === undefined) return group.exit
  const over = new AbortController()
  const end = () => void endGently(task, group)
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

async function endGently(task: ContainerTask, group: ProcessGroup): Promise<void> {
  const graceMs = task.graceMs()
  if (task.beforeEnd === undefined || graceMs === 0) return group.end(graceMs)
  const began = performance.now()
  await task.beforeEnd(AbortSignal.any([task.killed, AbortSignal.timeout(graceMs)]))
  await group.end(Math.max(0, graceMs - (performance.now() - began)))
}

function startsAgain(restart: RestartPolicy, { code }: Exit): boolean {
  return restart === 'Always' || (restart === 'OnFailure' && code !== 0)
}

const termination = ({ code }: Exit, startedAt: Date, finishedAt: Date): Termination => ({
  exitCode: code,
  reason: code === 0 ? 'Completed' : 'Error',
  startedAt: startedAt.toISOString(),
  finishedAt: finishedAt.toISOString(),
})

function waitingAfter({ code, failed }: Exit, backoffMs: number) {
  const again = `starts again in ${backoffMs / 1000} s`
  if (failed !== undefined) return { reason: 'CreateContainerError', message: `${failed}; ${again}` } as const
  return { reason: 'CrashLoopBackOff', message: `exited with ${code}; ${again}` } as const
}
