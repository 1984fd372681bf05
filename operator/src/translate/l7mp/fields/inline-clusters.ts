/**
 * The names of a resource's inline clusters. Endpoints are no part of them, so that they can come and go under one name.
 * Where two inline clusters of a resource differ in nothing but their endpoints, all of these have them in their names:
 * if one kept the plain name, another rule in front of it would hand its cluster to that rule.
 */
export class InlineClusters {
  readonly #known: ReadonlySet<string>
  readonly #declared = new Map<string, Set<string>>()

  /** `known`: plain names that stand for more than one cluster. */
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

/** Builds a second time, with what the first has shown to be contested, where anything is. */
export function withDistinctNames<T>(build: (clusters: InlineClusters) => T): T {
  const first = new InlineClusters()
  const built = build(first)
  const contested = first.contested()
  return contested.size === 0 ? built : build(new InlineClusters(contested))
}
