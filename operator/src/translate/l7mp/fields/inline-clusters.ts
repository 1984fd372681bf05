/**
 * The names of a resource's inline clusters. They do not depend on endpoints, so that endpoints can change under one name.
 * If two inline clusters of a resource differ only in their endpoints, the names of both include a hash of these: if one of
 * them kept the plain name, a new rule before it would take that name over.
 */
export class InlineClusters {
  readonly #known: ReadonlySet<string>
  readonly #declared = new Map<string, Set<string>>()

  /** `known`: plain names that several clusters share. */
  constructor(known: ReadonlySet<string> = new Set()) {
    this.#known = known
  }

  /** Whether the plain name is contested. `endpoints`: as they are written. */
  isContested(plain: string, endpoints: string): boolean {
    const declared = this.#declared.get(plain) ?? new Set()
    this.#declared.set(plain, declared.add(endpoints))
    return this.#known.has(plain)
  }

  /** The plain names that turned out to be contested. */
  contested(): ReadonlySet<string> {
    return new Set([...this.#declared].filter(([, declared]) => declared.size > 1).map(([plain]) => plain))
  }
}

/** Builds a second time if the first finds contested names. */
export function withDistinctNames<T>(build: (clusters: InlineClusters) => T): T {
  const first = new InlineClusters()
  const built = build(first)
  const contested = first.contested()
  return contested.size === 0 ? built : build(new InlineClusters(contested))
}
