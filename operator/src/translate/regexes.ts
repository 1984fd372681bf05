/**
 * Which regular expressions may run inside a proxy. They run on text that strangers send, on the one thread that carries
 * all sessions, so a pattern that backtracks without end is a way to stop the proxy. The check is conservative: it
 * refuses some patterns that are harmless, and says which part of the pattern it minds.
 */

const MAX_LENGTH = 2_000
/** Each repetition that may match anything multiplies the time by the length of the text. */
const MAX_OPEN_REPEATS = 2
const MAX_REPEATS = 6

/** What is wrong with the pattern; undefined where nothing is. */
export function regexProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  try {
    new RegExp(pattern)
  } catch (error) {
    return error instanceof Error ? `is not one: ${error.message}` : 'is not one'
  }
  return backtrackingProblem(pattern)
}

/** The text as a pattern that matches exactly it. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

type Group = { repeats: boolean; branches: boolean }
/** `class`, `any` and `char` match one character each. */
type Token = { readonly kind: 'open' | 'close' | 'or' | 'class' | 'any' | 'char' | 'repeat'; readonly text: string }

const TOKEN =
  /(?<class>\[(?:\\.|[^\]\\])*\])|(?<open>\((?:\?(?:[:=!]|<[=!]|<\w+>))?)|(?<close>\))|(?<or>\|)|(?<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)|(?<any>\.|\\[SWD])|(?<char>\\.|.)/gsu

function tokens(pattern: string): readonly Token[] {
  return [...pattern.matchAll(TOKEN)].map(({ 0: text, groups = {} }) => {
    const kind = Object.keys(groups).find(name => groups[name] !== undefined)
    return { kind: (kind ?? 'char') as Token['kind'], text }
  })
}

function backtrackingProblem(pattern: string): string | undefined {
  if (/\\(?:[1-9]|k<)/.test(pattern)) return 'refers back to a group, which takes time without bound'
  const walk: Walk = { open: [{ repeats: false, branches: false }], closed: undefined, before: undefined }
  const count = { all: 0, open: 0 }
  for (const token of tokens(pattern)) {
    if (token.kind === 'repeat' && isMany(token.text)) {
      if (repeatsRepetition(walk)) return `repeats (${token.text}) a group that itself repeats or has alternatives`
      note(count, walk.before)
      mark(walk, 'repeats')
    }
    step(walk, token)
  }
  if (count.open > MAX_OPEN_REPEATS) return `repeats "anything" more than ${MAX_OPEN_REPEATS} times`
  return count.all > MAX_REPEATS ? `has more than ${MAX_REPEATS} repetitions` : undefined
}

/** Where a walk over the tokens is: the groups that are open, the one that was closed last, the token before. */
type Walk = { readonly open: Group[]; closed: Group | undefined; before: Token | undefined }

function step(walk: Walk, token: Token): void {
  if (token.kind === 'open') walk.open.push({ repeats: false, branches: false })
  if (token.kind === 'or') mark(walk, 'branches')
  if (token.kind === 'close') {
    walk.closed = walk.open.pop()
    inherit(walk.open.at(-1), walk.closed)
  }
  walk.before = token
}

function mark({ open }: Walk, what: keyof Group): void {
  const group = open.at(-1)
  if (group !== undefined) group[what] = true
}

function repeatsRepetition({ before, closed }: Walk): boolean {
  return before?.kind === 'close' && closed !== undefined && (closed.repeats || closed.branches)
}

function note(count: { all: number; open: number }, before: Token | undefined): void {
  count.all += 1
  if (before?.kind === 'any' || before?.text.startsWith('[^')) count.open += 1
}

/** What holds for a group holds for the one around it. */
function inherit(outer: Group | undefined, inner: Group | undefined): void {
  if (!outer || !inner) return
  outer.repeats ||= inner.repeats
  outer.branches ||= inner.branches
}

/** A repetition that can be taken many times: `?` and small fixed counts cannot. */
function isMany(repeat: string): boolean {
  const bounds = /^\{(\d+)(,?)(\d*)\}/.exec(repeat)
  if (bounds === null) return !repeat.startsWith('?')
  if (bounds[2] === ',' && bounds[3] === '') return true
  return Number(bounds[3] || bounds[1]) > 16
}
