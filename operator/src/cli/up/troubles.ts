/** Pods of `up` whose processes end again and again, with the last line that they printed: what people look for first. */
import type { LogLine } from '../../local/process/logs.ts'
import type { PodOverview } from '../../report/overview.ts'
import type { SourceProblem } from '../../sources/snapshot.ts'

export type LastLines = {
  take(line: LogLine): void
  /** Of the pod; undefined where it has printed nothing. */
  of(pod: string): LogLine | undefined
}

/** What a pod prints on its standard error counts for more: there it says why it ends. */
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
 * What Node.js prints of an error that it dies of: where it was, its fields, its version; and the last line of `mount`. The
 * line before says what it was.
 */
const STACK_OR_VERSION = /^\s+at |^\s+dmesg\(1\) |^Emitted '\w+' event |^ {2}\w+: |^}$|^Node\.js v/

export type TroublesOptions = {
  readonly logFile: (pod: string, container: string) => string
  /** Pods have the ports and the files of this machine, and so each other's. */
  readonly share: boolean
}

export function troubles(
  pods: readonly PodOverview[],
  last: LastLines,
  { logFile, share }: TroublesOptions,
): readonly SourceProblem[] {
  return pods
    .filter(({ state }) => TROUBLED.has(state))
    .map(({ pod, state }) => {
      const line = last.of(pod)
      if (!line) return { where: `pod ${pod}`, message: state, help: 'It printed nothing; it is started again.' }
      const shared = share && IN_USE.test(line.line) ? `${SHARED} ` : ''
      const help = `${shared}All that it printed: ${logFile(pod, line.container)}`
      return { where: `pod ${pod}`, message: `${state}: ${line.line.trim()}`, help }
    })
}

const IN_USE = /\bEADDRINUSE\b|\baddress already in use\b/i
const SHARED =
  'Pods share the ports and files of this machine: listen at the address of the pod, or run with --netns (Linux).'

const TROUBLED: ReadonlySet<string> = new Set(['CrashLoopBackOff', 'CreateContainerError', 'Error'])
