/** Collects the problems of a resource during translation, which continues after a problem without the field. */
import { PROBLEM_REASONS, type Problem, type ProblemReason, type Verdict } from './desired.ts'

export class ProblemCollector {
  readonly #path: string
  readonly #problems: Problem[]
  readonly #notes: string[]

  constructor(path = '', problems: Problem[] = [], notes: string[] = []) {
    this.#path = path
    this.#problems = problems
    this.#notes = notes
  }

  /** The same collector, at a field of the current field. */
  at(step: string | number): ProblemCollector {
    const next = typeof step === 'number' ? `[${step}]` : this.#path === '' ? step : `.${step}`
    return new ProblemCollector(`${this.#path}${next}`, this.#problems, this.#notes)
  }

  /** Returns undefined, in place of the missing value. */
  add(reason: ProblemReason, message: string): undefined {
    const isRef = (PROBLEM_REASONS.ResolvedRefs as readonly string[]).includes(reason)
    this.#problems.push({ condition: isRef ? 'ResolvedRefs' : 'Accepted', reason, path: this.#path, message })
  }

  /** A statement about a field that is accepted but has no effect, or an unexpected one. */
  note(message: string): void {
    this.#notes.push(this.#path === '' ? message : `${this.#path}: ${message}`)
  }

  /** Notes that these fields have no effect, if they are set. */
  ignored(value: object, ...fields: readonly string[]): void {
    for (const field of fields) if (Object.hasOwn(value, field)) this.at(field).note('has no effect')
  }

  /** The path of the current field. */
  get path(): string {
    return this.#path
  }

  get failed(): boolean {
    return this.#problems.length > 0
  }

  verdict(): Verdict {
    return { problems: [...this.#problems], notes: [...new Set(this.#notes)] }
  }
}

/**
 * Runs `translate`; a resource that does not match its schema becomes a problem instead of an error. Sources validate
 * resources, but an API server can hold objects that are older than the CRD.
 */
export function guarded<T>(problems: ProblemCollector, otherwise: T, translate: () => T): T {
  try {
    return translate()
  } catch (error) {
    const malformed = error instanceof Malformed ? error : malformedAt(problems, error)
    malformed.field.add('Invalid', malformed.message)
    return otherwise
  }
}

/** Runs a part of guarded work that reads only this field, so that a violation of its schema is reported there. */
export function reading<T>(field: ProblemCollector, translate: () => T): T {
  try {
    return translate()
  } catch (error) {
    throw error instanceof Malformed ? error : malformedAt(field, error)
  }
}

const VIOLATION = 'The value does not match the schema of the CRD. `l7mesh validate` shows the invalid field.'

/** A field violates its schema. */
class Malformed extends Error {
  override readonly name = 'Malformed'
  readonly field: ProblemCollector

  constructor(field: ProblemCollector, message: string, options: ErrorOptions) {
    super(message, options)
    this.field = field
  }
}

/** Throws `cause` if it is another error. */
function malformedAt(field: ProblemCollector, cause: unknown): Malformed {
  if (cause instanceof RangeError) return new Malformed(field, 'The value is nested too deeply.', { cause })
  if (!(cause instanceof TypeError)) throw cause
  return new Malformed(field, VIOLATION, { cause })
}

/** The first of several items, for a message. */
export function abbreviated(items: readonly string[], most = 3): string {
  const distinct = [...new Set(items)]
  const others = distinct.length - most
  return others > 0 ? `${distinct.slice(0, most).join(', ')} and ${others} more` : distinct.join(', ')
}
