/** The log of `run`, and of `up` where it does not write to a terminal: a line an event. */
import { pino } from 'pino'
import type { World } from '../../cli/process-io.ts'
import type { RunSettings } from '../../settings/table.ts'
import type { Happening } from '../happenings.ts'
import { type Style, styleFor } from '../text/style.ts'
import { timeOf } from '../text/view.ts'

export type LogFormat = RunSettings['log']

export type Log = (happening: Happening) => void

/** JSON lines as pino writes them, or lines for people; by default the latter on a terminal. */
export function openLog(world: World, format: LogFormat): Log {
  const pretty = format === 'pretty' || (format === 'auto' && world.stdout.isTerminal)
  return pretty ? prettyLog(world) : jsonLog(world)
}

export function prettyLog(world: World): Log {
  const style = styleFor(world, world.stdout)
  return ({ level, text }) => world.stdout.write(`${style.quiet(timeOf(world.now()))} ${PAINT[level](style)}${text}\n`)
}

const PAINT: { readonly [level in Happening['level']]: (style: Style) => string } = {
  info: () => '',
  warn: style => `${style.warn('warning')} `,
  error: style => `${style.bad('error')} `,
}

function jsonLog({ stdout }: World): Log {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: level => ({ level }) } },
    stdout,
  )
  return ({ level, text, fields }) => logger[level](fields, text)
}
