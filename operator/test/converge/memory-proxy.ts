/**
 * An in-memory proxy of another kind than l7mp, with its driver: it accepts a whole config in one request, changes objects in
 * place, returns the outcome for each, and identifies its process by an instance number.
 */
import {
  type Config,
  type Driver,
  difference,
  EMPTY_CONFIG,
  type Outcome,
  ProxyError,
  plan,
  type RequestReport,
  type Session,
  subjects,
} from '@l7mesh/proxy-client'
import { apply } from '../../../proxy-client/test/mirror.ts'

export class MemoryProxy {
  instance = 1
  config: Config = EMPTY_CONFIG
  puts = 0
  isReachable = true
  sessions: readonly Session[] = []
  /** Whether its driver detects its end without a request. */
  isWatched = false
  onEnd: (() => void) | undefined
  requests = 0
  /** Names of listeners whose port is in use. */
  readonly taken = new Set<string>()
  /** Awaited before each put is done. */
  hold: Promise<void> = Promise.resolve()

  /** Returns the names of the listeners that it could not bind. */
  async put(config: Config): Promise<readonly string[]> {
    this.puts += 1
    await this.hold
    const failed = [...config.listeners.keys()].filter(name => this.taken.has(name))
    const listeners = new Map([...config.listeners].filter(([name]) => !failed.includes(name)))
    this.config = { ...config, listeners }
    return failed
  }

  restart(): void {
    this.instance += 1
    this.config = EMPTY_CONFIG
    if (this.isWatched) this.onEnd?.()
  }
}

export function memoryDriver(proxy: MemoryProxy): Driver & { readonly isClosed: () => boolean } {
  const observers: ((report: RequestReport) => void)[] = []
  let instance = 0
  let isClosed = false
  const request = async <T>(method: string, collection: string, answer: () => T | Promise<T>): Promise<T> => {
    const report = (outcome: RequestReport['outcome']) => {
      for (const observer of observers) observer({ method, collection, took: 1, outcome })
    }
    proxy.requests += 1
    if (!proxy.isReachable) {
      report('unreachable')
      throw new ProxyError('unreachable', 'it is down')
    }
    const result = await answer()
    report('ok')
    return result
  }
  return {
    adapt: desired => desired,
    plan({ live, desired, compare }) {
      return plan({ ...difference(live, desired, compare), live })
    },
    read: () =>
      request('GET', 'config', () => {
        instance = proxy.instance
        return proxy.config
      }),
    async apply({ steps }, { live }) {
      const wanted = steps.reduce((config, { call }) => apply(config, call), live)
      const put = await request('PUT', 'config', () => proxy.put(wanted)).catch(asProxyError)
      if (put instanceof ProxyError) return { outcomes: [], stopped: put, live: undefined }
      const failed = new Set(put)
      const outcomes = steps.map((step): Outcome => {
        const isFailed = subjects(step.call).some(({ kind, name }) => kind === 'listener' && failed.has(name))
        return isFailed
          ? { step, state: 'failed', error: new ProxyError('address-in-use', 'its port is in use') }
          : { step, state: 'done' }
      })
      return { outcomes, stopped: undefined, live: proxy.config }
    },
    isSameProcess: () => request('GET', 'instance', () => proxy.instance === instance),
    sessions: () => request('GET', 'sessions', () => proxy.sessions),
    endSession: name =>
      request('DELETE', 'sessions', () => {
        proxy.sessions = proxy.sessions.filter(session => session.name !== name)
      }),
    onDisconnect(callback) {
      proxy.onEnd = callback
    },
    isWatching: () => proxy.isWatched,
    onRequest: callback => void observers.push(callback),
    close: async () => {
      isClosed = true
    },
    isClosed: () => isClosed,
  }
}

function asProxyError(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error
  throw error
}
