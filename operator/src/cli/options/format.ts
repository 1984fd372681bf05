/** `-o table|json|yaml`: formats a value for people or for programs. */
import { Option } from 'commander'
import { stringify } from 'yaml'
import { type Style, styleFor } from '../../report/text/style.ts'
import type { ProcessIO } from '../process/process-io.ts'

export const FORMATS = ['table', 'json', 'yaml'] as const
export type Format = (typeof FORMATS)[number]

export function formatOption(): Option {
  return new Option('-o, --output <format>', 'the output format').choices(FORMATS).default('table')
}

/** Writes `value` in the given format; `lines` is the table format. */
export function show(io: ProcessIO, format: Format, value: object, lines: (style: Style) => readonly string[]): void {
  io.stdout.write(rendered(format, value, () => lines(styleFor(io, io.stdout))))
}

function rendered(format: Format, value: object, lines: () => readonly string[]): string {
  switch (format) {
    case 'table':
      return lines()
        .map(line => `${line}\n`)
        .join('')
    case 'json':
      return `${JSON.stringify(value, undefined, 2)}\n`
    case 'yaml':
      return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
  }
}
