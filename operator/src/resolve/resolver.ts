/**
 * Looks up the domain names that endpoints have as addresses, so that status can tell of those that do not resolve. Beside
 * the flow: nothing waits for it, and what it finds out is one more thing that status is made of. A name is looked up from
 * here, which need not be where a proxy is; that there is none is believed when it was said twice.
 */
import type { Clock } from '../clock.ts'
import type { Families, Resolutions } from './resolutions.ts'

/** All addresses of a name, as `lookup` of `node:dns/promises` gives them. Rejects with a `code`. */
export type Lookup = (name: string) => Promise<readonly { readonly family: number }[]>

export type ResolverOptions = {
  readonly lookup: Lookup
  readonly clock: Clock
  /** Something has become known that was not. */
  readonly onChange: () => void
}

/** In milliseconds: until a name is looked up again that resolved, that did not for the first time, and after that. */
const AGAIN = { found: 30_000, doubtful: 2000, absent: 5000 }

/** Lookups take threads of Node.js, of which there are four, and which files need too. */
const AT_ONCE = 2

/** What is more is not looked up. */
const MOST_NAMES = 1000

type Known = {
  /** When to look it up next. */
  readonly due: number
  /** How often in a row it was said that there is none. */
  readonly denials: number
  readonly families: Families | undefined
}

const NEW: Known = { due: Number.NEGATIVE_INFINITY, denials: 0, families: undefined }

export class Resolver {
  readonly #options: ResolverOptions
  readonly #names = new Map<string, Known>()
  readonly #onTheirWay = new Set<string>()
  #resolutions: Resolutions = new Map()
  #callOff = () => {}
  #isClosed = false

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** All names that are worth knowing of; others are forgotten. */
  want(names: ReadonlySet<string>): void {
    for (const name of this.#names.keys()) if (!names.has(name)) this.#forget(name)
    for (const name of names) if (!this.#names.has(name) && this.#names.size < MOST_NAMES) this.#names.set(name, NEW)
    this.#lookUpDue()
  }

  /** The same object for as long as it says the same. */
  resolutions(): Resolutions {
    return this.#resolutions
  }

  close(): void {
    this.#isClosed = true
    this.#callOff()
  }

  #forget(name: string): void {
    this.#names.delete(name)
    if (!this.#resolutions.has(name)) return
    this.#resolutions = new Map([...this.#resolutions].filter(([known]) => known !== name))
  }

  #lookUpDue(): void {
    this.#callOff()
    if (this.#isClosed) return
    const now = this.#options.clock.now()
    let wait = Number.POSITIVE_INFINITY
    for (const [name, { due }] of this.#inOrder()) {
      if (due > now) wait = Math.min(wait, due - now)
      else if (this.#onTheirWay.size < AT_ONCE) void this.#lookUp(name)
    }
    // One that ends makes room for the next.
    if (wait < Number.POSITIVE_INFINITY) this.#callOff = this.#options.clock.after(wait, () => this.#lookUpDue())
  }

  /** The one that has waited longest first, so that those of a slow server do not take all turns. */
  #inOrder(): readonly (readonly [string, Known])[] {
    const waiting = [...this.#names].filter(([name]) => !this.#onTheirWay.has(name))
    return waiting.toSorted(([, a], [, b]) => (a.due === b.due ? 0 : a.due - b.due))
  }

  async #lookUp(name: string): Promise<void> {
    this.#onTheirWay.add(name)
    const answer = await ask(this.#options.lookup, name)
    this.#onTheirWay.delete(name)
    const before = this.#names.get(name)
    if (before !== undefined) this.#learn(name, before, answer)
    this.#lookUpDue()
  }

  #learn(name: string, before: Known, answer: LookupResult): void {
    const now = this.#options.clock.now()
    const denials = answer === 'none' ? before.denials + 1 : 0
    const families = familiesAfter(before.families, answer, denials)
    const again = typeof answer === 'object' ? AGAIN.found : denials === 1 ? AGAIN.doubtful : AGAIN.absent
    this.#names.set(name, { due: now + again, denials, families })
    if (families === undefined || isSame(families, this.#resolutions.get(name))) return
    this.#resolutions = new Map([...this.#resolutions, [name, families]])
    this.#options.onChange()
  }
}

/** Looks up each once, and those that are denied twice. What takes longer than `patience` milliseconds stays unknown. */
export async function resolveOnce(names: ReadonlySet<string>, lookup: Lookup, patience: number): Promise<Resolutions> {
  const late = new Promise<'unknown'>(resolve => setTimeout(resolve, patience, 'unknown').unref())
  const twice = async (name: string) => {
    const first = await ask(lookup, name)
    return first === 'none' ? ask(lookup, name) : first
  }
  const found = [...names].slice(0, MOST_NAMES).map(async name => {
    const answer = await Promise.race([twice(name), late])
    const families = familiesAfter(undefined, answer, 2)
    return families === undefined ? [] : [[name, families] as const]
  })
  return new Map((await Promise.all(found)).flat())
}

type LookupResult = Families | 'none' | 'unknown'

async function ask(lookup: Lookup, name: string): Promise<LookupResult> {
  try {
    const found = await lookup(name)
    return { ipv4: found.some(({ family }) => family === 4), ipv6: found.some(({ family }) => family === 6) }
  } catch (error) {
    // A server that does not answer, or fails, says nothing of the name.
    return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND' ? 'none' : 'unknown'
  }
}

/** What is unknown now stays what it was. */
function familiesAfter(before: Families | undefined, answer: LookupResult, denials: number): Families | undefined {
  if (typeof answer === 'object') return answer
  return answer === 'none' && denials >= 2 ? { ipv4: false, ipv6: false } : before
}

function isSame(a: Families, b: Families | undefined): boolean {
  return a.ipv4 === b?.ipv4 && a.ipv6 === b.ipv6
}
