/** `-o table|json|yaml`: one value, shown for people or for programs. */
import { Option } from 'commander'
import { stringify } from 'yaml'
import { type Style, styleFor } from '../../report/text/style.ts'
import type { World } from '../process/process-io.ts'

export const FORMATS = ['table', 'json', 'yaml'] as const
export type Format = (typeof FORMATS)[number]

export function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to show the result').choices(FORMATS).default('table')
}

/** Writes `value` as it is asked for; `lines` is what people see. */
export function show(world: World, format: Format, value: object, lines: (style: Style) => readonly string[]): void {
  world.stdout.write(rendered(format, value, () => lines(styleFor(world, world.stdout))))
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
