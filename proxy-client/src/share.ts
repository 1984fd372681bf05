/**
 * A live config that uses the very objects of a desired one wherever they say the same. A thousand proxies that hold
 * the same objects then keep one copy of them, and comparing them again takes no time.
 */
import type { Compare } from './compare.ts'
import type { Config } from './model.ts'

/** Equal to `live`, and frozen like it. */
export function share(live: Config, desired: Config, same: Compare): Config {
  return {
    clusters: shared(live.clusters, desired.clusters, same),
    routes: shared(live.routes, desired.routes, same),
    rules: shared(live.rules, desired.rules, same),
    rulelists: shared(live.rulelists, desired.rulelists, same),
    listeners: shared(live.listeners, desired.listeners, same),
  }
}

function shared<T extends object>(
  live: ReadonlyMap<string, T>,
  desired: ReadonlyMap<string, T>,
  same: Compare,
): ReadonlyMap<string, T> {
  // Most rounds find nothing new, and then there is nothing to copy.
  const replaced = new Map<string, T>()
  for (const [name, object] of live) {
    const wanted = desired.get(name)
    if (wanted && wanted !== object && same(object, wanted)) replaced.set(name, wanted)
  }
  return replaced.size === 0 ? live : new Map([...live].map(([name, object]) => [name, replaced.get(name) ?? object]))
}
