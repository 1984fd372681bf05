/**
 * Looks up the domain names of endpoints, so that statuses report those that do not resolve. Asynchronous: no stage waits
 * for it, and its results are an input of statuses. Names are looked up by the operator, whose DNS server may differ from
 * those of proxies. A name counts as nonexistent after two consecutive ENOTFOUND responses.
 */
import type { Clock } from '../clock.ts'
import type { Families, Resolutions } from './resolutions.ts'

/** Returns all addresses of a name, like `lookup` of `node:dns/promises`. Rejects with an error that has a `code`. */
export type Lookup = (name: string) => Promise<readonly { readonly family: number }[]>

export type ResolverOptions = {
  readonly lookup: Lookup
  readonly clock: Clock
  /** Called when the resolutions have changed. */
  readonly onChange: () => void
}

/** Milliseconds until the next lookup of a name that resolved, that did not resolve once, and that did not repeatedly. */
const AGAIN = { found: 30_000, unconfirmed: 2000, unknown: 5000 }

/** Lookups occupy threads of libuv's pool, which has four and which file operations also need. */
const MOST_CONCURRENT = 2

/** Further names are not looked up. */
const MOST_NAMES = 1000

type Known = {
  /** The time of the next lookup. */
  readonly due: number
  /** The number of consecutive ENOTFOUND responses. */
  readonly denials: number
  readonly families: Families | undefined
}

const NEW: Known = { due: Number.NEGATIVE_INFINITY, denials: 0, families: undefined }

export class Resolver {
  readonly #options: ResolverOptions
  readonly #names = new Map<string, Known>()
  readonly #inFlight = new Set<string>()
  #resolutions: Resolutions = new Map()
  #cancel = () => {}
  #isClosed = false

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** Sets the names to look up; others are forgotten. */
  setNames(names: ReadonlySet<string>): void {
    for (const name of this.#names.keys()) if (!names.has(name)) this.#forget(name)
    for (const name of names) if (!this.#names.has(name) && this.#names.size < MOST_NAMES) this.#names.set(name, NEW)
    this.#lookUpDue()
  }

  /** The same map until a result changes. */
  resolutions(): Resolutions {
    return this.#resolutions
  }

  close(): void {
    this.#isClosed = true
    this.#cancel()
  }

  #forget(name: string): void {
    this.#names.delete(name)
    if (!this.#resolutions.has(name)) return
    this.#resolutions = new Map([...this.#resolutions].filter(([known]) => known !== name))
  }

  #lookUpDue(): void {
    this.#cancel()
    if (this.#isClosed) return
    const now = this.#options.clock.now()
    let wait = Number.POSITIVE_INFINITY
    for (const [name, { due }] of this.#inOrder()) {
      if (due > now) wait = Math.min(wait, due - now)
      else if (this.#inFlight.size < MOST_CONCURRENT) void this.#lookUp(name)
    }
    // Names that are due but exceed the limit are looked up when a lookup ends.
    if (wait < Number.POSITIVE_INFINITY) this.#cancel = this.#options.clock.after(wait, () => this.#lookUpDue())
  }

  /** By due time, so that names of a slow server do not block others. */
  #inOrder(): readonly (readonly [string, Known])[] {
    const waiting = [...this.#names].filter(([name]) => !this.#inFlight.has(name))
    return waiting.toSorted(([, a], [, b]) => (a.due === b.due ? 0 : a.due - b.due))
  }

  async #lookUp(name: string): Promise<void> {
    this.#inFlight.add(name)
    const result = await lookUp(this.#options.lookup, name)
    this.#inFlight.delete(name)
    const before = this.#names.get(name)
    if (before !== undefined) this.#record(name, before, result)
    this.#lookUpDue()
  }

  #record(name: string, before: Known, result: LookupResult): void {
    const now = this.#options.clock.now()
    const denials = result === 'none' ? before.denials + 1 : 0
    const families = familiesAfter(before.families, result, denials)
    const again = typeof result === 'object' ? AGAIN.found : denials === 1 ? AGAIN.unconfirmed : AGAIN.unknown
    this.#names.set(name, { due: now + again, denials, families })
    if (families === undefined || isSame(families, this.#resolutions.get(name))) return
    this.#resolutions = new Map([...this.#resolutions, [name, families]])
    this.#options.onChange()
  }
}

/** Looks up each name, again if it is not found. Names whose lookup exceeds `timeout` milliseconds stay unknown. */
export async function resolveOnce(names: ReadonlySet<string>, lookup: Lookup, timeout: number): Promise<Resolutions> {
  const late = new Promise<'unknown'>(resolve => setTimeout(resolve, timeout, 'unknown').unref())
  const twice = async (name: string) => {
    const first = await lookUp(lookup, name)
    return first === 'none' ? lookUp(lookup, name) : first
  }
  const found = [...names].slice(0, MOST_NAMES).map(async name => {
    const result = await Promise.race([twice(name), late])
    const families = familiesAfter(undefined, result, 2)
    return families === undefined ? [] : [[name, families] as const]
  })
  return new Map((await Promise.all(found)).flat())
}

type LookupResult = Families | 'none' | 'unknown'

async function lookUp(lookup: Lookup, name: string): Promise<LookupResult> {
  try {
    const found = await lookup(name)
    return { ipv4: found.some(({ family }) => family === 4), ipv6: found.some(({ family }) => family === 6) }
  } catch (error) {
    // Timeouts and server failures do not mean that the name does not exist.
    return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND' ? 'none' : 'unknown'
  }
}

/** An unknown result does not change the families. */
function familiesAfter(before: Families | undefined, result: LookupResult, denials: number): Families | undefined {
  if (typeof result === 'object') return result
  return result === 'none' && denials >= 2 ? { ipv4: false, ipv6: false } : before
}

function isSame(a: Families, b: Families | undefined): boolean {
  return a.ipv4 === b?.ipv4 && a.ipv6 === b.ipv6
}
