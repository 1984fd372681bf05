/** Counts the sessions of each proxy now and then: for the live view, and for nothing that decides. */
import { isOurs } from '@l7mesh/proxy-client'
import type { ProxyAccess } from '../../converge/proxy-access.ts'
import type { ProxyRef } from '../../translate/desired.ts'

export type SessionCounter = {
  /** The proxies that are there now. */
  follow(proxies: readonly ProxyRef[]): void
  /** By the key of the proxy; none where it has not answered yet. */
  counts(): ReadonlyMap<string, number>
  close(): void
}

/** Milliseconds between two questions. A proxy lists its sessions one by one, so many sessions are counted less often. */
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
        if (!followed.has(key)) followed.set(key, { proxy, stop: ask(access, key, count => set(key, count)) })
    },
    counts: () => counts,
    close() {
      for (const key of [...followed.keys()]) end(key)
    },
  }
}

/** Asks each of them once, and not for long. */
export async function countSessionsOnce(
  keys: Iterable<string>,
  access: ProxyAccess,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const countOn = async (key: string) => {
    const count = await countOnce(access, key, AbortSignal.timeout(PATIENCE))
    if (count !== undefined) counts.set(key, count)
  }
  await Promise.all(Array.from(keys, countOn))
  return counts
}

/** In milliseconds. */
const PATIENCE = 3000

/** Asks again and again until the function that it returns is called. */
function ask(access: ProxyAccess, key: string, tell: (count: number | undefined) => void): () => void {
  const stopped = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const once = async () => {
    const count = await countOnce(access, key, stopped.signal)
    if (stopped.signal.aborted) return
    tell(count)
    timer = setTimeout(() => void once(), PAUSE + (count ?? 0) * PAUSE_FOR_EACH_SESSION)
  }
  void once()
  return () => {
    stopped.abort()
    clearTimeout(timer)
  }
}

/** undefined where the proxy does not respond: its worker finds out why. The session of the request itself does not count. */
async function countOnce(access: ProxyAccess, key: string, patience: AbortSignal): Promise<number | undefined> {
  try {
    const sessions = await access.readProxy(key, (proxy, signal) => proxy.sessions(AbortSignal.any([patience, signal])))
    return sessions.filter(({ listener }) => isOurs(listener)).length
  } catch {
    return undefined
  }
}
