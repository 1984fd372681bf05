/** What Linux says of a process in `/proc`. */
import { readdirSync, readFileSync } from 'node:fs'

export type ProcessStat = { readonly state: string; readonly group: number; readonly started: string }

/** Undefined where there is no such process, and on other systems. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The fields of proc_pid_stat(5) from the third on: the second, the name, may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', group: Number(fields[2]), started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

/**
 * Whether a group has a process that is more than a zombie. Zombies get signals too, and stay for good where process 1
 * does not collect them, as in many containers.
 */
export function groupLives(id: number): boolean {
  return readdirSync('/proc').some(entry => {
    const stat = /^\d+$/.test(entry) ? processStat(Number(entry)) : undefined
    return stat?.group === id && stat.state !== 'Z'
  })
}
