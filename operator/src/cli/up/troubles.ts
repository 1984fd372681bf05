/** Pods of `up` whose processes end again and again, with the last line that they printed: what people look for first. */
import type { LogLine } from '../../local/logs.ts'
import type { SourceProblem } from '../../sources/snapshot.ts'
import type { PodOverview } from '../show/overview.ts'

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

/** The end of what Node.js prints when it dies of an error; the line before says what it was. */
const STACK_OR_VERSION = /^\s+at |^Node\.js v|^}$/

export function troubles(
  pods: readonly PodOverview[],
  last: LastLines,
  logFile: (pod: string, container: string) => string,
): readonly SourceProblem[] {
  return pods
    .filter(({ state }) => TROUBLED.has(state))
    .map(({ pod, state }) => {
      const line = last.of(pod)
      if (!line) return { where: `pod ${pod}`, message: state, help: 'It printed nothing; it is started again.' }
      const help = `All that it printed: ${logFile(pod, line.container)}`
      return { where: `pod ${pod}`, message: `${state}: ${line.line.trim()}`, help }
    })
}

const TROUBLED: ReadonlySet<string> = new Set(['CrashLoopBackOff', 'CreateContainerError', 'Error'])
