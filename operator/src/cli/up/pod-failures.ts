/** Reports pods of `up` whose processes exit repeatedly, with the last line of their output. */
import type { LogLine } from '../../local/process/logs.ts'
import type { PodOverview } from '../../report/overview.ts'
import type { SourceProblem } from '../../sources/snapshot.ts'

export type LastLines = {
  take(line: LogLine): void
  /** Of a pod; undefined if it has printed nothing. */
  of(pod: string): LogLine | undefined
}

/** Prefers the standard error, where programs usually explain why they exit. */
export function lastLines(): LastLines {
  const lines = new Map<string, LogLine>()
  return {
    take(line) {
      if (line.line.trim() === '' || STACK_OR_VERSION.test(line.line)) return
      if (line.stream === 'stderr' || lines.get(line.pod)?.stream !== 'stderr') lines.set(line.pod, line)
    },
    of: pod => lines.get(pod),
  }
}

/**
 * Lines after the message of a fatal error: the stack, fields and version that Node.js prints, and the last line of
 * `mount`.
 */
const STACK_OR_VERSION = /^\s+at |^\s+dmesg\(1\) |^Emitted '\w+' event |^ {2}\w+: |^}$|^Node\.js v/

export type PodFailureOptions = {
  readonly logFile: (pod: string, container: string) => string
  /** Pods share the ports and files of this machine, and therefore of each other. */
  readonly share: boolean
}

export function podFailures(
  pods: readonly PodOverview[],
  last: LastLines,
  { logFile, share }: PodFailureOptions,
): readonly SourceProblem[] {
  return pods
    .filter(({ state }) => FAILED_STATES.has(state))
    .map(({ pod, state }) => {
      const line = last.of(pod)
      if (!line) return { where: `pod ${pod}`, message: state, help: 'It printed nothing; it is restarted.' }
      const shared = share && IN_USE.test(line.line) ? `${SHARED} ` : ''
      const help = `${shared}Its log: ${logFile(pod, line.container)}`
      return { where: `pod ${pod}`, message: `${state}: ${line.line.trim()}`, help }
    })
}

const IN_USE = /\bEADDRINUSE\b|\baddress already in use\b/i
const SHARED =
  'Pods share the ports and files of this machine: listen at the address of the pod, or run with --netns (Linux).'

const FAILED_STATES: ReadonlySet<string> = new Set(['CrashLoopBackOff', 'CreateContainerError', 'Error'])
