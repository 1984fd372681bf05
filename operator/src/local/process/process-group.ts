/**
 * Starts a command as the leader of a process group of its own, so that what it starts ends with it, and hands out its
 * output line by line.
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

/** How the leader ended. `failed` says why it never ran. */
export type Exit = { readonly code: number; readonly signal?: string; readonly failed?: string }

export type ProcessGroup = {
  readonly id: number | undefined
  /** Resolves when the leader has ended and the rest of its group has been killed. */
  readonly exit: Promise<Exit>
  /**
   * SIGTERM to the whole group, SIGKILL to what is left of it after `graceMs`. Resolves when all have ended. A second call
   * changes nothing, but for one with no grace at all.
   */
  end(graceMs: number): Promise<void>
}

/** What a shell reports of a command that it could not start. */
const NOT_STARTED = 127
/** What shells add to the number of the signal that ended a command; Kubernetes reports 137 for SIGKILL. */
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
    // While it is being ended, the others of its group have their grace too.
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

/** A word with a zero byte in it is refused before anything is tried. */
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

/** False where the group has no process left. */
function signalGroup(id: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-id, signal)
  } catch {
    // ESRCH, or on macOS EPERM where only zombies are left.
    return false
  }
}
