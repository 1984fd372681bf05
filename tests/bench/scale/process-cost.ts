/** What another process costs, as Linux accounts for it. */
import { readdirSync, readFileSync } from 'node:fs'

/** The memory that a process has now, and the most that it ever had, in MiB. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
  return { now: of('VmRSS'), peak: of('VmHWM') }
}

/** The CPU time of all threads of a process that are alive, in milliseconds. /proc/PID/stat counts in steps of ten. */
export function cpuOf(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map(thread => threadTime(pid, thread))
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1e6
}

function threadTime(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    // It ended a moment ago.
    return 0
  }
}

/** How many files a process may have open. */
export function openFilesLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const found = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1]
  return found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found)
}
