/** Reads the state of a process from `/proc` (Linux). */
import { readdirSync, readFileSync } from 'node:fs'

export type ProcessStat = { readonly state: string; readonly group: number; readonly started: string }

/** Undefined if the process does not exist, and on other systems. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The fields of proc_pid_stat(5) from the third on: the second, the name, can contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', group: Number(fields[2]), started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

/**
 * Whether a group has a process that is not a zombie. Zombies also accept signals, and persist if PID 1 does not reap
 * them, as in many containers.
 */
export function groupLives(id: number): boolean {
  return readdirSync('/proc').some(entry => {
    const stat = /^\d+$/.test(entry) ? processStat(Number(entry)) : undefined
    return stat?.group === id && stat.state !== 'Z'
  })
}
