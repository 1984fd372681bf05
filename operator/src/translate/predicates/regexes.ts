/**
 * Checks whether a regular expression is safe in a proxy. It runs on text from clients, on the thread that serves all
 * sessions, so excessive backtracking would stop the proxy. The check is conservative: it also rejects some harmless
 * patterns. Its message names the part of the pattern.
 */

const MAX_LENGTH = 2_000
/** Each repetition of any character multiplies the time by the length of the text. */
const MAX_OPEN_REPEATS = 2
const MAX_REPEATS = 10
/** A group with choices may be repeated at most this often, and only at one level. */
const FEW = 4

/** What is wrong with the pattern; undefined if it is safe. */
export function regexProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  try {
    new RegExp(pattern)
  } catch (error) {
    return error instanceof SyntaxError ? `is invalid: ${reasonOf(error, pattern)}` : 'is invalid'
  }
  return backtrackingProblem(pattern)
}

/** `Unterminated group` of `Invalid regular expression: /(/: Unterminated group`. */
function reasonOf({ message }: SyntaxError, pattern: string): string {
  const shown = `/${pattern}/: `
  const start = message.indexOf(shown)
  return start < 0 ? message : message.slice(start + shown.length)
}

/** The text as a pattern that matches exactly it. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** `choices`: it can match a text in several ways, or texts of several lengths; `repeated`: it contains a repeated such group. */
type Group = { choices: boolean; repeated: boolean }
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

/** Replaces each token of the pattern. */
export function eachToken(pattern: string, change: (token: string) => string): string {
  return tokens(pattern)
    .map(({ text }) => change(text))
    .join('')
}

function backtrackingProblem(pattern: string): string | undefined {
  if (/\\(?:[1-9]|k<)/.test(pattern)) return 'has a backreference, which can take exponential time'
  const walk: Walk = { open: [{ ...PLAIN }], closed: undefined, before: undefined }
  const count = { all: 0, open: 0 }
  for (const token of tokens(pattern)) {
    const { min, max } = boundsOf(token)
    if (isTooMuch(walk, max)) return `repeats (${token.text}) a group that itself repeats or has alternatives`
    if (min !== max) note(count, walk, max)
    step(walk, token)
  }
  if (count.open > MAX_OPEN_REPEATS) return `has more than ${MAX_OPEN_REPEATS} repetitions of any character, like .*`
  return count.all > MAX_REPEATS ? `has more than ${MAX_REPEATS} repetitions` : undefined
}

const PLAIN: Group = { choices: false, repeated: false }

/** The state of a walk over the tokens: the open groups, the last closed one, the previous token. */
type Walk = { readonly open: Group[]; closed: Group | undefined; before: Token | undefined }

function step(walk: Walk, token: Token): void {
  if (token.kind === 'open') walk.open.push({ ...PLAIN })
  if (token.kind === 'or') mark(walk, 'choices')
  if (token.kind === 'close') {
    walk.closed = walk.open.pop()
    if (walk.closed?.choices) mark(walk, 'choices')
    if (walk.closed?.repeated) mark(walk, 'repeated')
  }
  walk.before = token
}

function mark({ open }: Walk, what: keyof Group): void {
  const group = open.at(-1)
  if (group !== undefined) group[what] = true
}

/** Whether a repetition of the last group multiplies its choices too often; a small number is recorded instead. */
function isTooMuch(walk: Walk, max: number): boolean {
  const group = walk.before?.kind === 'close' ? walk.closed : undefined
  if (max < 2 || !group?.choices) return false
  mark(walk, 'repeated')
  return max > FEW || group.repeated
}

function note(count: { all: number; open: number }, walk: Walk, max: number): void {
  mark(walk, 'choices')
  count.all += 1
  const { before } = walk
  if (max > FEW && (before?.kind === 'any' || before?.text.startsWith('[^'))) count.open += 1
}

/** The bounds of a repetition; once for other tokens. */
function boundsOf({ kind, text }: Token): { readonly min: number; readonly max: number } {
  if (kind !== 'repeat') return { min: 1, max: 1 }
  if (text.startsWith('?')) return { min: 0, max: 1 }
  const [, min = '0', comma = '', max = ''] = /^\{(\d+)(,?)(\d*)\}/.exec(text) ?? [undefined, '0', ',']
  if (comma === '') return { min: Number(min), max: Number(min) }
  return { min: Number(min), max: max === '' ? Number.POSITIVE_INFINITY : Number(max) }
}
