/** What the tests of the documentation read in a Markdown page: its blocks of code, code spans, headings and links. */

export type Block = {
  /** The language after the fence; empty where there is none. */
  readonly language: string
  /** Without the indentation of the fence. */
  readonly code: string
  /** Of the fence, from 1. */
  readonly line: number
  /** The headings above it, outermost first. */
  readonly section: readonly string[]
}
/** `` `text` ``, with its line breaks as spaces. */
export type Span = { readonly text: string; readonly line: number; readonly section: readonly string[] }
export type Link = { readonly target: string; readonly line: number }

export type Markdown = {
  readonly blocks: readonly Block[]
  readonly spans: readonly Span[]
  readonly links: readonly Link[]
  /** The anchors that GitHub gives its headings, and those written as `<a id=…>`. */
  readonly anchors: ReadonlySet<string>
}

type Heading = { readonly line: number; readonly level: number; readonly text: string }

const FENCED = /^( *)```([^\n`]*)\n([\s\S]*?)^\1```[^\S\n]*$/gm
const HEADING = /^(#{1,6}) +(.*?) *#*$/gm
const SPAN = /(?<!`)(`+)(?!`)((?:(?!\n\s*\n)[\s\S])+?)(?<!`)\1(?!`)/g
const INLINE_LINK = /\]\(\s*<?([^()\s>]+)>?(?:\s+"[^"]*")?\s*\)/g
const REFERENCE = /^ *\[[^\]]+\]: *(\S+)/gm
const ADDRESS = /https?:\/\/[^\s<>()[\]|"'`]+/g
const NAMED_ANCHOR = /<a\s+(?:id|name)="([^"]+)"/g

export function readMarkdown(text: string): Markdown {
  const prose = text.replace(FENCED, blanked)
  const bare = prose.replace(SPAN, blanked)
  const headings = [...prose.matchAll(HEADING)].map(({ index, 1: marks = '', 2: title = '' }) => ({
    line: lineAt(text, index),
    level: marks.length,
    text: title,
  }))
  const sectionAt = (line: number) => section(headings, line)
  return {
    blocks: [...text.matchAll(FENCED)].map(({ index, 1: indent = '', 2: language = '', 3: code = '' }) => {
      const line = lineAt(text, index)
      return { language: language.trim(), code: dedented(code, indent), line, section: sectionAt(line) }
    }),
    spans: [...prose.matchAll(SPAN)].map(({ index, 2: code = '' }) => {
      const line = lineAt(text, index)
      return { text: code.trim().replace(/\s+/g, ' '), line, section: sectionAt(line) }
    }),
    links: links(text, bare),
    anchors: new Set([...slugs(headings), ...[...bare.matchAll(NAMED_ANCHOR)].map(([, name = '']) => name)]),
  }
}

/** Spaces in place of everything but line breaks, so that offsets stay. */
function blanked(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function dedented(code: string, indent: string): string {
  return code
    .split('\n')
    .map(line => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n')
}

function section(headings: readonly Heading[], line: number): readonly string[] {
  const open: Heading[] = []
  for (const heading of headings.filter(candidate => candidate.line < line)) {
    while ((open.at(-1)?.level ?? 0) >= heading.level) open.pop()
    open.push(heading)
  }
  return open.map(({ text }) => text)
}

/** Addresses in prose count too: GitHub makes links of them. Code has none. */
function links(text: string, bare: string): readonly Link[] {
  const found = [INLINE_LINK, REFERENCE].flatMap(pattern =>
    [...bare.matchAll(pattern)].map(({ index, 1: target = '' }) => ({ target, line: lineAt(text, index) })),
  )
  const addresses = [...bare.matchAll(ADDRESS)].map(({ index, 0: target }) => ({ target, line: lineAt(text, index) }))
  return [...found.filter(({ target }) => !/^https?:/.test(target)), ...addresses]
}

/** As GitHub makes them: lower case, no punctuation but `-` and `_`, dashes for spaces, a number from the second on. */
function slugs(headings: readonly Heading[]): readonly string[] {
  const seen = new Map<string, number>()
  return headings.map(({ text }) => {
    const slug = text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  })
}
