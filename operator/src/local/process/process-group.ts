/**
 * Starts a command as the leader of its own process group, so that its child processes terminate with it, and reports
 * its output by line.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Variables } from '../../variables.ts'
import { groupLives } from './process-stat.ts'
import type { Reaper } from './reaper.ts'

export type Stream = 'stdout' | 'stderr'
export type Command = {
  readonly words: readonly string[]
  readonly cwd: string
  readonly environment: Variables
}

/** The exit of the leader. `failed`: why it could not be started. */
export type Exit = { readonly code: number; readonly signal?: string; readonly failed?: string }

export type ProcessGroup = {
  readonly id: number | undefined
  /** Resolves when the leader has exited and the rest of its group has been killed. */
  readonly exit: Promise<Exit>
  /**
   * Sends SIGTERM to the group, and SIGKILL after `graceMs`. Resolves when all processes have exited. A second call has
   * no effect, except with a grace period of 0.
   */
  end(graceMs: number): Promise<void>
}

/** The exit code that shells report for a command that could not be started. */
const NOT_STARTED = 127
/** The exit codes that shells report for signals; Kubernetes also reports 137 for SIGKILL. */
const SIGNAL_CODES: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGKILL: 137, SIGTERM: 143 }
const POLL_MS = 20

export function startGroup(
  command: Command,
  reaper: Reaper,
  onLine: (stream: Stream, line: string) => void,
): ProcessGroup {
  const child = spawned(command)
  if (child instanceof Error) return neverRan(child)
  const id = child.pid
  if (id !== undefined) reaper.addGroup(id)
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', line => onLine(stream, line))
  }
  let ending = false
  let graceOver: Promise<void> = Promise.resolve()
  const exit = exitOf(child).then(async exit => {
    // During termination, the other processes of the group keep their grace period.
    if (ending) await graceOver
    if (id !== undefined) {
      signalGroup(id, 'SIGKILL')
      reaper.removeGroup(id)
    }
    return exit
  })
  return {
    id,
    exit,
    async end(graceMs) {
      if (!ending && id !== undefined) {
        ending = true
        signalGroup(id, 'SIGTERM')
        graceOver = groupGone(id, graceMs).then(gone => {
          if (!gone) signalGroup(id, 'SIGKILL')
        })
      } else if (graceMs === 0 && id !== undefined) signalGroup(id, 'SIGKILL')
      await exit
    },
  }
}

/** Arguments with a NUL byte make `spawn` throw. */
function spawned({ words: [file = '', ...args], cwd, environment: env }: Command) {
  try {
    return spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const neverRan = ({ message }: Error): ProcessGroup => ({
  id: undefined,
  exit: Promise.resolve({ code: NOT_STARTED, failed: message }),
  end: async () => {},
})

function exitOf(child: ChildProcess): Promise<Exit> {
  const { promise, resolve } = Promise.withResolvers<Exit>()
  child.once('error', error => resolve({ code: NOT_STARTED, failed: error.message }))
  child.once('exit', (code, signal) =>
    resolve(signal === null ? { code: code ?? 0 } : { code: SIGNAL_CODES[signal] ?? 128, signal }),
  )
  return promise
}

async function groupGone(id: number, graceMs: number): Promise<boolean> {
  for (let waited = 0; waited < graceMs; waited += POLL_MS) {
    if (isGone(id)) return true
    await sleep(POLL_MS)
  }
  return isGone(id)
}

const isGone = (id: number) => !signalGroup(id, 0) || (process.platform === 'linux' && !groupLives(id))

/** False if the group has no process left. */
function signalGroup(id: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-id, signal)
  } catch {
    // ESRCH, or on macOS EPERM if only zombies are left.
    return false
  }
}
