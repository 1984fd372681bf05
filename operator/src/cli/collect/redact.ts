/**
 * Redacts secrets in a bug report: values of environment variables, values of fields whose name indicates a secret, and
 * anything that looks like a key or a token. Pure. In case of doubt, a value is redacted.
 */
import { isRecord } from '@l7mesh/crds'
export const REDACTED = '<redacted>'

/** `known`: known secrets, which are redacted in any text. */
export function createRedactor(known: readonly string[]): Redactor {
  const scrub = (text: string) => known.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), scrubbed(text))
  return { text: scrub, value: value => redacted(value, scrub) }
}

export type Redactor = {
  text(text: string): string
  /** A JSON value. */
  value(value: unknown): unknown
}

/** Names of fields, flags and headers whose values are secret. */
const SECRET_NAME = /token|secret|passw(or)?d|passphrase|credential|authorization|cookie|api[-_]?key|private|signature/i
/** References to objects, which are not secret themselves. */
const REFERENCES: ReadonlySet<string> = new Set([
  'secretName',
  'secretKeyRef',
  'secretRef',
  'imagePullSecrets',
  'serviceAccountToken',
])
/** Dropped, because they repeat the content of the object. */
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

/** Fields that name the value next to them: a header, a path in the metadata of a session. */
const NAMING: ReadonlySet<string> = new Set(['name', 'key', 'header', 'path'])
const VALUE = /^(value|.*Value|valueStr|from|to)$/

/** A flag and its value can be separate items. */
function redactedList(list: readonly unknown[], scrub: (text: string) => string): readonly unknown[] {
  return list.map((item, index) => {
    const before = list[index - 1]
    const isValue = typeof before === 'string' && /^--?[\w-]+$/.test(before) && SECRET_NAME.test(before)
    return isValue && typeof item === 'string' && !item.startsWith('-') ? REDACTED : redacted(item, scrub)
  })
}

function withoutValue(variable: unknown, scrub: (text: string) => string): unknown {
  if (!isRecord(variable)) return REDACTED
  const { name, valueFrom } = variable
  return { name, ...(valueFrom === undefined ? { value: REDACTED } : { valueFrom: redacted(valueFrom, scrub) }) }
}

/** Only texts are secret: keeps, for example, whether a token is mounted. */
function withoutTexts(value: unknown): unknown {
  if (typeof value === 'string') return REDACTED
  if (Array.isArray(value)) return value.map(withoutTexts)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutTexts(part)]))
}

/** Redacts anything that looks like a secret, in any context. */
function scrubbed(text: string): string {
  const marked = PATTERNS.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), text)
  return marked.replaceAll(LONG_WORD, word => (looksRandom(word) ? REDACTED : word))
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, REDACTED],
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]+)*/g, REDACTED],
  [
    /\b((?:set-)?cookie|authorization|x-[\w-]*(?:key|auth)[\w-]*)(\\?["']?\s*:\s*\\?["']?)[^\r\n"'\\]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/\b(Bearer|Basic|Digest|Negotiate)\s+[^\s"'\\,;]+/gi, `$1 ${REDACTED}`],
  [/(\w:\/\/)[^/\s@]+@/g, `$1${REDACTED}@`],
  [/([?&](?:key|sig|code)=)[^&\s"']+/gi, `$1${REDACTED}`],
  // A secret's name and its value: `token=…`, `"password": "…"`, `--api-key …`.
  [
    /(\b[\w.-]*(?:token|secret|passw(?:or)?d|passphrase|credential|api[-_]?key|access[-_]?key)[\w.-]*\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;&}]+/gi,
    `$1${REDACTED}`,
  ],
  [/((?<![\w-])--?[\w-]*(?:token|secret|password|api-key)[\w-]*[ \t]+)[^\s-][^\s]*/gi, `$1${REDACTED}`],
  [/\b(AKIA|ASIA)[0-9A-Z]{16}\b/g, REDACTED],
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_)[\w-]{10,}/g, REDACTED],
]

/** Candidates for random tokens. Names of objects contain dots or slashes, or lack capitals, or have short hashes. */
const LONG_WORD = /(?<!sha256:)(?<![\w+=-])[\w+=-]{24,}/g

function looksRandom(word: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(word)) return true
  // Compound names: controller-listener-RuleList-0
  if (word.split(/[-_]/).every(part => /^(\d*|[A-Za-z]*)$/.test(part))) return false
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word)
}
