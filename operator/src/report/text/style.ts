/** Colors by meaning. Without a terminal, and if NO_COLOR is set, text is unchanged. */
import { styleText } from 'node:util'
import type { ColorSettings, Output } from './output.ts'

type Paint = (text: string) => string
export type Style = {
  readonly good: Paint
  readonly bad: Paint
  readonly warn: Paint
  readonly quiet: Paint
  readonly strong: Paint
  readonly accent: Paint
}

export const PLAIN: Style = {
  good: text => text,
  bad: text => text,
  warn: text => text,
  quiet: text => text,
  strong: text => text,
  accent: text => text,
}

export const COLORED: Style = {
  good: paint('green'),
  bad: paint('red'),
  warn: paint('yellow'),
  quiet: paint('dim'),
  strong: paint('bold'),
  accent: paint('cyan'),
}

export function styleFor({ settings }: ColorSettings, output: Pick<Output, 'isTerminal'>): Style {
  return (settings.colors ?? output.isTerminal) ? COLORED : PLAIN
}

function paint(format: 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan'): Paint {
  return text => (text === '' ? '' : styleText(format, text, { validateStream: false }))
}
