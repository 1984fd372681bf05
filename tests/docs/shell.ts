/** The commands in the pages: those of blocks of shell code, one after the other, and those in code spans. */
import type { Block, Span } from './markdown.ts'
import type { Page } from './pages.ts'

export type ShellCommand = {
  readonly page: string
  readonly line: number
  readonly section: readonly string[]
  /** `block`: to be typed as it stands. `span`: in a sentence, where it may be only the name of a command. */
  readonly from: 'block' | 'span'
  /** All of it, for a shell. */
  readonly text: string
  /** Variables that are set for it alone: `NAME=VALUE command`. */
  readonly variables: readonly string[]
  /** The program and its arguments, without quotes, redirections and variables. */
  readonly words: readonly string[]
}

const LANGUAGES: ReadonlySet<string> = new Set(['sh', 'bash', 'shell', 'console'])

/** A code span that begins with one of these, and goes on, is a command. */
const PROGRAMS =
  /^(?:[A-Z_]+=\S+ )*(?:l7mesh|npm|npx|pnpm|node|helm|kubectl|docker|git|curl|wget|dig|nc|ss|sysctl|go|nsenter) ./

export function commandsOf({ path: page, blocks, spans }: Page): readonly ShellCommand[] {
  return [
    ...blocks.filter(({ language }) => LANGUAGES.has(language)).flatMap(block => ofBlock(page, block)),
    ...spans.filter(({ text }) => PROGRAMS.test(text)).map(span => ofSpan(page, span)),
  ]
}

/** For the name of a test. */
export function placeOf({ page, line, text }: ShellCommand): string {
  return `${page}:${line} ${text.split('\n')[0]}`
}

function ofSpan(page: string, { text, line, section }: Span): ShellCommand {
  return { page, line, section, from: 'span', text, ...divided(text) }
}

function ofBlock(page: string, { language, code, line: first, section }: Block): readonly ShellCommand[] {
  const lines = code.split('\n')
  const made: ShellCommand[] = []
  for (let at = 0; at < lines.length; at++) {
    const start = at
    let text = commandIn(lines[at] ?? '', language)
    if (text === undefined) continue
    while (!isWhole(text) && at + 1 < lines.length) text += `\n${lines[++at]}`
    made.push({ page, line: first + 1 + start, section, from: 'block', text, ...divided(text) })
  }
  return made
}

/** In `console` blocks a command follows a prompt, and all else is output. */
function commandIn(line: string, language: string): string | undefined {
  const text = withoutComment(language === 'console' ? (/^\$ (.*)$/.exec(line)?.[1] ?? '') : line)
  return text === '' ? undefined : text
}

/** Quotes are closed, no line is continued, each loop has its `done` and each here-document its end. */
function isWhole(text: string): boolean {
  if (text.endsWith('\\') || tokens(text) === undefined) return false
  const [, end] = /<<-?\s*['"]?(\w+)/.exec(text) ?? []
  if (end !== undefined) return new RegExp(`\\n${end}$`).test(text)
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  return count(/(?:^|[\n;|]\s*)(?:for|while|until) /g) <= count(/(?:^|[\n;]\s*)done(?=$|[\s;|])/g)
}

/** Outside quotes, up to a `#` that begins a word. */
const BEFORE_COMMENT = /^(?:'[^']*'|"[^"]*"|[^'"#]|(?<=\S)#)*/

function withoutComment(line: string): string {
  const [before = ''] = BEFORE_COMMENT.exec(line) ?? []
  return (line[before.length] === '#' ? before : line).trim()
}

function divided(text: string): Pick<ShellCommand, 'variables' | 'words'> {
  const [first = ''] = text.split(/\s(?:<<|\d?>|\||&&)/)
  const all = tokens(first) ?? first.split(/\s+/)
  const start = all.findIndex(word => !/^[A-Z_]+=/.test(word))
  return { variables: all.slice(0, Math.max(start, 0)), words: start < 0 ? [] : all.slice(start) }
}

const WORD = /(?:'[^']*'|"[^"]*"|[^\s'"])+/g

/** The words of a command, as a shell divides them; undefined where a quote is open. */
function tokens(text: string): readonly string[] | undefined {
  const line = text.replaceAll('\\\n', ' ')
  if (/['"]/.test(line.replace(WORD, ''))) return undefined
  return (line.match(WORD) ?? []).map(word => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'))
}
