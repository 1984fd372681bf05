/** The faults that a fake proxy can inject, as data. */

/** A request that the proxy received; the first has number 0. */
export type ReceivedCall = {
  readonly number: number
  readonly method: string
  /** Without the query; names in it are encoded. */
  readonly path: string
  readonly body: unknown
}

/** `done`: whether the proxy carries out the call before the fault. */
export type Fault =
  /** The response is delayed, in milliseconds. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** The connection fails. An existing HTTP connection is reset. */
  | { readonly kind: 'refuse' }
  | { readonly kind: 'reset'; readonly done: boolean }
  | { readonly kind: 'hang'; readonly done: boolean }
  /** A wrong response: an error with status 500, or garbage with status 200. */
  | { readonly kind: 'answer'; readonly done: boolean; readonly status: number; readonly body: string }
  /** Writes have status 200 but no effect. Reads are correct. */
  | { readonly kind: 'ignore' }
  /** The process ends and loses its config. `restarts`: it restarts immediately, empty. */
  | { readonly kind: 'die'; readonly done: boolean; readonly restarts: boolean }

/** The calls to which a fault applies: that with the number, or all that match, at most `times` (default: unlimited). */
export type FaultRule = {
  readonly on: number | ((call: ReceivedCall) => boolean)
  readonly fault: Fault
  readonly times?: number
}

/** The faults of a proxy; counts how often each was injected. */
export class Faults {
  readonly #rules: { readonly rule: FaultRule; left: number }[] = []

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#rules.length = 0
  }

  /** The first fault that applies to the call. */
  strike(call: ReceivedCall): Fault | undefined {
    const entry = this.#rules.find(({ rule, left }) => left > 0 && befalls(rule, call))
    if (!entry) return undefined
    entry.left -= 1
    return entry.rule.fault
  }
}

function befalls({ on }: FaultRule, call: ReceivedCall): boolean {
  return typeof on === 'number' ? on === call.number : on(call)
}
