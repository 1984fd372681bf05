/** Sequences of requests of which the second depends on the first, made without others in between. */
import { ProxyError } from '../errors.ts'
import type { Tree } from '../model.ts'
import { HARDENED } from '../names.ts'
import type { Exchange } from './channel.ts'
import { parseRuleList } from './normal-form.ts'
import { get, remove } from './paths.ts'
import { parseDone } from './responses.ts'
import type { Request } from './transport.ts'

export async function isHardened(exchange: Exchange): Promise<boolean> {
  return (await orUndefined(exchange(get(['rulelists', HARDENED]), parseRuleList))) !== undefined
}

export async function both(exchange: Exchange, first: Request, second: Request): Promise<void> {
  const broken = new AbortController()
  const deletion = exchange(first, parseDone)
  const creation = exchange(second, parseDone, broken.signal)
  // A request after one without a response must not be retried: another process may respond now.
  deletion.catch(error => error.status === undefined && broken.abort(error))
  const [deleted, created] = await Promise.allSettled([deletion, creation])
  if (deleted.status === 'rejected' && deleted.reason.code !== 'not-found') throw deleted.reason
  if (created.status === 'rejected') throw created.reason
}

/**
 * A list with all its rules existed before. Any other was created by the failed request, which stopped at a rule: that rule
 * was created without its route.
 */
export async function takeBack(exchange: Exchange, { rulelist, rules }: Tree): Promise<void> {
  const found = await orUndefined(exchange(get(['rulelists', rulelist.name]), parseRuleList))
  if (!found || found.rules.join(' ') === rulelist.rules.join(' ')) return
  await orUndefined(exchange(remove(['rulelists', rulelist.name]), parseDone))
  for (const { name } of rules) await orUndefined(exchange(remove(['rules', name]), parseDone))
}

export async function orUndefined<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ProxyError && error.code === 'not-found') return undefined
    throw error
  }
}
