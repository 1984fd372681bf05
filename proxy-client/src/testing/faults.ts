/** What can be made to go wrong between a client and an imitated proxy, as data. */

/** A request that the proxy received, the first being number 0. */
export type ReceivedCall = {
  readonly number: number
  readonly method: string
  /** Without the query; names in it are encoded. */
  readonly path: string
  readonly body: unknown
}

/** `done`: whether the proxy does what it was told before it fails to say so. */
export type Fault =
  /** Late by so many milliseconds, else as it should be. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** No connection. Over HTTP, where there is one already, it is reset. */
  | { readonly kind: 'refuse' }
  | { readonly kind: 'reset'; readonly done: boolean }
  | { readonly kind: 'hang'; readonly done: boolean }
  /** Another answer than there should be: an error of 500, or garbage with a status of 200. */
  | { readonly kind: 'answer'; readonly done: boolean; readonly status: number; readonly body: string }
  /** 200, and nothing done. Reads are answered as they should be. */
  | { readonly kind: 'ignore' }
  /** The process ends, and its config with it. `restarts`: it is back at once, empty. */
  | { readonly kind: 'die'; readonly done: boolean; readonly restarts: boolean }

/** Which calls a fault befalls: the one of that number, or all that fit, up to `times` of them (default: all). */
export type FaultRule = {
  readonly on: number | ((call: ReceivedCall) => boolean)
  readonly fault: Fault
  readonly times?: number
}

/** The faults of a proxy, counting how often each has struck. */
export class Faults {
  readonly #rules: { readonly rule: FaultRule; left: number }[] = []

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#rules.length = 0
  }

  /** The first fault that befalls the call. */
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
