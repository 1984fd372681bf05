/** Counts the sessions of each proxy periodically, for display only. */
import { isOurs } from '@l7mesh/proxy-client'
import type { ProxyAccess } from '../../converge/proxy-access.ts'
import type { ProxyRef } from '../../translate/desired.ts'

export type SessionCounter = {
  /** Sets the current proxies. */
  follow(proxies: readonly ProxyRef[]): void
  /** By the key of the proxy; absent until it has responded. */
  counts(): ReadonlyMap<string, number>
  close(): void
}

/**
 * Milliseconds between two requests. A proxy lists each session individually, so proxies with many sessions are polled
 * less often.
 */
const PAUSE = 1000
const PAUSE_FOR_EACH_SESSION = 10

export function countSessions(access: ProxyAccess, onChange: () => void): SessionCounter {
  const followed = new Map<string, { readonly proxy: ProxyRef; readonly stop: () => void }>()
  const counts = new Map<string, number>()
  const set = (key: string, count: number | undefined) => {
    if (counts.get(key) === count) return
    if (count === undefined) counts.delete(key)
    else counts.set(key, count)
    onChange()
  }
  const end = (key: string) => {
    followed.get(key)?.stop()
    followed.delete(key)
    counts.delete(key)
  }
  return {
    follow(proxies) {
      const there = new Map(proxies.map(proxy => [proxy.key, proxy]))
      for (const [key, { proxy }] of followed) if (there.get(key)?.uid !== proxy.uid) end(key)
      for (const [key, proxy] of there)
        if (!followed.has(key)) followed.set(key, { proxy, stop: poll(access, key, count => set(key, count)) })
    },
    counts: () => counts,
    close() {
      for (const key of [...followed.keys()]) end(key)
    },
  }
}

/** Requests the counts of all proxies once, with a timeout. */
export async function countSessionsOnce(
  keys: Iterable<string>,
  access: ProxyAccess,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const countOn = async (key: string) => {
    const count = await countOnce(access, key, AbortSignal.timeout(TIMEOUT))
    if (count !== undefined) counts.set(key, count)
  }
  await Promise.all(Array.from(keys, countOn))
  return counts
}

/** In milliseconds. */
const TIMEOUT = 3000

/** Polls until the returned function is called. */
function poll(access: ProxyAccess, key: string, onCount: (count: number | undefined) => void): () => void {
  const stopped = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const once = async () => {
    const count = await countOnce(access, key, stopped.signal)
    if (stopped.signal.aborted) return
    onCount(count)
    timer = setTimeout(() => void once(), PAUSE + (count ?? 0) * PAUSE_FOR_EACH_SESSION)
  }
  void once()
  return () => {
    stopped.abort()
    clearTimeout(timer)
  }
}

/**
 * undefined if the proxy does not respond: its worker determines the cause. The session of the request itself is not
 * counted.
 */
async function countOnce(access: ProxyAccess, key: string, timeout: AbortSignal): Promise<number | undefined> {
  try {
    const sessions = await access.readProxy(key, (proxy, signal) => proxy.sessions(AbortSignal.any([timeout, signal])))
    return sessions.filter(({ listener }) => isOurs(listener)).length
  } catch {
    return undefined
  }
}
