/**
 * Takes secrets out of what goes into a bug report: values of the environment of containers, whatever stands under a name
 * that says so, and whatever looks like a key or a token, wherever it stands. Pure. When in doubt, it is left out.
 */
import { isRecord } from '@l7mesh/crds'
export const LEFT_OUT = '<left out>'

/** `known`: secrets that are known as such, and so are found in any text. */
export function createRedactor(known: readonly string[]): Redactor {
  const scrub = (text: string) => known.reduce((rest, secret) => rest.replaceAll(secret, LEFT_OUT), scrubbed(text))
  return { text: scrub, value: value => redacted(value, scrub) }
}

export type Redactor = {
  text(text: string): string
  /** A value as JSON has them. */
  value(value: unknown): unknown
}

/** Names of fields, flags and headers whose values are secret. */
const SECRET_NAME = /token|secret|passw(or)?d|passphrase|credential|authorization|cookie|api[-_]?key|private|signature/i
/** They name objects, and hold no secrets themselves. */
const REFERENCES: ReadonlySet<string> = new Set([
  'secretName',
  'secretKeyRef',
  'secretRef',
  'imagePullSecrets',
  'serviceAccountToken',
])
/** Written by who else has the same object: all of it once more. */
const DROPPED: ReadonlySet<string> = new Set(['managedFields'])
const DROPPED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration'

function redacted(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(value)
  if (Array.isArray(value)) return redactedList(value, scrub)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([name]) => !DROPPED.has(name) && name !== DROPPED_ANNOTATION)
  const isPair = kept.some(([name, part]) => NAMING.has(name) && typeof part === 'string' && SECRET_NAME.test(part))
  return Object.fromEntries(
    kept.map(([name, part]) => {
      if (name === 'env' && Array.isArray(part)) return [name, part.map(variable => withoutValue(variable, scrub))]
      const isSecret = (SECRET_NAME.test(name) && !REFERENCES.has(name)) || (isPair && VALUE.test(name))
      return [scrub(name), isSecret ? withoutTexts(part) : redacted(part, scrub)]
    }),
  )
}

/** Fields that say of what the value beside them is: a header, a path in the metadata of a session. */
const NAMING: ReadonlySet<string> = new Set(['name', 'key', 'header', 'path'])
const VALUE = /^(value|.*Value|valueStr|from|to)$/

/** A flag and its value may be two words. */
function redactedList(list: readonly unknown[], scrub: (text: string) => string): readonly unknown[] {
  return list.map((item, index) => {
    const before = list[index - 1]
    const isValue = typeof before === 'string' && /^--?[\w-]+$/.test(before) && SECRET_NAME.test(before)
    return isValue && typeof item === 'string' && !item.startsWith('-') ? LEFT_OUT : redacted(item, scrub)
  })
}

function withoutValue(variable: unknown, scrub: (text: string) => string): unknown {
  if (!isRecord(variable)) return LEFT_OUT
  const { name, valueFrom } = variable
  return { name, ...(valueFrom === undefined ? { value: LEFT_OUT } : { valueFrom: redacted(valueFrom, scrub) }) }
}

/** Everything that is no text says nothing: whether a token is mounted, and how it is found. */
function withoutTexts(value: unknown): unknown {
  if (typeof value === 'string') return LEFT_OUT
  if (Array.isArray(value)) return value.map(withoutTexts)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutTexts(part)]))
}

/** What looks like a secret, whatever stands around it. */
function scrubbed(text: string): string {
  const marked = PATTERNS.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), text)
  return marked.replaceAll(LONG_WORD, word => (looksRandom(word) ? LEFT_OUT : word))
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, LEFT_OUT],
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]+)*/g, LEFT_OUT],
  [
    /\b((?:set-)?cookie|authorization|x-[\w-]*(?:key|auth)[\w-]*)(\\?["']?\s*:\s*\\?["']?)[^\r\n"'\\]+/gi,
    `$1$2${LEFT_OUT}`,
  ],
  [/\b(Bearer|Basic|Digest|Negotiate)\s+[^\s"'\\,;]+/gi, `$1 ${LEFT_OUT}`],
  [/(\w:\/\/)[^/\s@]+@/g, `$1${LEFT_OUT}@`],
  [/([?&](?:key|sig|code)=)[^&\s"']+/gi, `$1${LEFT_OUT}`],
  // A name that says so, and its value: `token=…`, `"password": "…"`, `--api-key …`.
  [
    /(\b[\w.-]*(?:token|secret|passw(?:or)?d|passphrase|credential|api[-_]?key|access[-_]?key)[\w.-]*\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;&}]+/gi,
    `$1${LEFT_OUT}`,
  ],
  [/((?<![\w-])--?[\w-]*(?:token|secret|password|api-key)[\w-]*[ \t]+)[^\s-][^\s]*/gi, `$1${LEFT_OUT}`],
  [/\b(AKIA|ASIA)[0-9A-Z]{16}\b/g, LEFT_OUT],
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_)[\w-]{10,}/g, LEFT_OUT],
]

/** Names of objects in Kubernetes and on proxies have dots, slashes or no capitals, and short hashes. */
const LONG_WORD = /(?<!sha256:)(?<![\w+=-])[\w+=-]{24,}/g

function looksRandom(word: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(word)) return true
  // Names of several words: controller-listener-RuleList-0
  if (word.split(/[-_]/).every(part => /^(\d*|[A-Za-z]*)$/.test(part))) return false
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word)
}
