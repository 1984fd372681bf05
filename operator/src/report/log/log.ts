/** The log of `run`, and of `up` without a terminal: one line per entry. */
import { pino } from 'pino'
import type { RunSettings } from '../../settings/settings-table.ts'
import { timeOf } from '../text/live-view.ts'
import type { ColorSettings, Output } from '../text/output.ts'
import { type Style, styleFor } from '../text/style.ts'
import type { LogEntry } from './log-entries.ts'

export type LogFormat = RunSettings['log']

/** The output of a log. `now`: milliseconds since the epoch. */
export type LogTarget = ColorSettings & { readonly stdout: Pick<Output, 'isTerminal' | 'write'>; now(): number }

export type Log = (entry: LogEntry) => void

/** JSON lines in the format of pino, or text; by default, text on a terminal. */
export function openLog(target: LogTarget, format: LogFormat): Log {
  const pretty = format === 'pretty' || (format === 'auto' && target.stdout.isTerminal)
  return pretty ? prettyLog(target) : jsonLog(target)
}

export function prettyLog(target: LogTarget): Log {
  const style = styleFor(target, target.stdout)
  return ({ level, text }) =>
    target.stdout.write(`${style.quiet(timeOf(target.now()))} ${PAINT[level](style)}${text}\n`)
}

const PAINT: { readonly [level in LogEntry['level']]: (style: Style) => string } = {
  info: () => '',
  warn: style => `${style.warn('warning')} `,
  error: style => `${style.bad('error')} `,
}

function jsonLog({ stdout }: LogTarget): Log {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: level => ({ level }) } },
    stdout,
  )
  return ({ level, text, fields }) => logger[level](fields, text)
}
