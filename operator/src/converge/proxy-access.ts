/**
 * Access to proxies for work other than convergence: counting sessions, ending them, removing objects. A fleet gives it
 * through the connections of its workers; a command without a fleet opens its own.
 */
import { type Driver, Mutex } from '@l7mesh/proxy-client'
import type { ProxyRef } from '../translate/desired.ts'

/** A proxy without its connection, which its worker or command owns. */
export type ProxyHandle = Omit<Driver, 'onDisconnect' | 'isWatching' | 'onRequest' | 'close'>
export type ProxyReader = Pick<ProxyHandle, 'adapt' | 'plan' | 'read' | 'isSameProcess' | 'sessions'>

/** The signal aborts when the proxy leaves the fleet, and when the fleet stops. */
export type ProxyWork<P, T> = (proxy: P, signal: AbortSignal) => Promise<T>

export type ProxyAccess = {
  /**
   * Runs work that may change the proxy. No round runs meanwhile, and no other work of this kind: where a change crashes
   * the proxy, a round under way would blame the object that it just created. So keep it short, and do long work in
   * parts. Rejects with a ProxyGoneError if the proxy does not exist, or leaves before the work is done.
   */
  withProxy<T>(key: string, work: ProxyWork<ProxyHandle, T>): Promise<T>
  /** Runs work that only reads, concurrently with rounds and other work. Rejects with a ProxyGoneError likewise. */
  readProxy<T>(key: string, work: ProxyWork<ProxyReader, T>): Promise<T>
}

export class ProxyGoneError extends Error {
  override readonly name = 'ProxyGoneError'
  readonly proxy: string

  constructor(proxy: string) {
    super(`proxy ${proxy} does not exist or was removed`)
    this.proxy = proxy
  }
}

/** Access to one proxy: what a worker and a command share. */
export class ProxyTurns {
  readonly #key: string
  readonly #driver: Driver
  readonly #signal: AbortSignal
  readonly #turns = new Mutex()

  /** `signal`: aborts when the proxy leaves. */
  constructor(key: string, driver: Driver, signal: AbortSignal) {
    this.#key = key
    this.#driver = driver
    this.#signal = signal
  }

  /** Runs a round exclusively and waits for its end. Rejects with the signal's reason if the proxy leaves before it begins. */
  round<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(work, this.#signal)
  }

  /** Runs work that may change the proxy, never concurrently with a round. */
  exclusive<T>(work: ProxyWork<ProxyHandle, T>): Promise<T> {
    return this.#run(() => this.#turns.run(() => work(this.#driver, this.#signal), this.#signal))
  }

  shared<T>(work: ProxyWork<ProxyReader, T>): Promise<T> {
    return this.#run(() => work(this.#driver, this.#signal))
  }

  /** Work that ignores the signal is not waited for. */
  async #run<T>(work: () => Promise<T>): Promise<T> {
    const gone = Promise.withResolvers<never>()
    const leave = () => gone.reject(new ProxyGoneError(this.#key))
    if (this.#signal.aborted) leave()
    else this.#signal.addEventListener('abort', leave, { once: true })
    try {
      return await (this.#signal.aborted ? gone.promise : Promise.race([gone.promise, work()]))
    } finally {
      this.#signal.removeEventListener('abort', leave)
    }
  }
}

/** Access for a command without a fleet: opens each connection when it is first used and closes all at the end. */
export async function withOpenProxies<T>(
  proxies: Iterable<ProxyRef>,
  connect: (proxy: ProxyRef) => Driver,
  use: (access: ProxyAccess) => Promise<T>,
): Promise<T> {
  const known = new Map(Array.from(proxies, proxy => [proxy.key, proxy]))
  const opened = new Map<string, { readonly turns: ProxyTurns; readonly driver: Driver }>()
  const closing = new AbortController()
  const turnsOf = (key: string): ProxyTurns => {
    const proxy = known.get(key)
    if (!proxy || closing.signal.aborted) throw new ProxyGoneError(key)
    const driver = opened.get(key)?.driver ?? connect(proxy)
    const turns = opened.get(key)?.turns ?? new ProxyTurns(key, driver, closing.signal)
    opened.set(key, { turns, driver })
    return turns
  }
  try {
    return await use({
      withProxy: async (key, work) => turnsOf(key).exclusive(work),
      readProxy: async (key, work) => turnsOf(key).shared(work),
    })
  } finally {
    closing.abort()
    await Promise.all(Array.from(opened.values(), ({ driver }) => driver.close()))
  }
}
