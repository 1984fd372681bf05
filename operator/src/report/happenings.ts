/** What is different between two overviews of a mesh, as lines of a log. Pure. */
import {
  isMeaningless,
  type Overview,
  type PodOverview,
  type ProxyOverview,
  type ResourceOverview,
  type ShownCondition,
} from './overview.ts'
import { count } from './words.ts'

export type Happening = {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  /** What it is about, for programs. */
  readonly fields: Readonly<Record<string, string | number>>
}

const NOTHING: Overview = { proxies: [], pods: [], resources: [], problems: [] }

export function happenings(before: Overview = NOTHING, after: Overview = NOTHING): readonly Happening[] {
  return [
    ...podHappenings(before.pods, after),
    ...proxyHappenings(before.proxies, after.proxies),
    ...resourceHappenings(before.resources, meaningful(after)),
    ...problemHappenings(before.problems, after.problems),
  ]
}

/**
 * What is known after an overview was told: what is only on its way, or says nothing as yet, counts as it was before, so
 * that what leads back to the same state is not told as news, and what leads to another one is.
 */
export function told(before: Overview = NOTHING, after: Overview): Overview {
  const old = new Map(before.resources.map(resource => [titleOf(resource), resource.conditions]))
  return {
    ...after,
    proxies: after.proxies.flatMap(is => {
      const isOnItsWay = is.phase === 'converging' || is.phase === 'unknown'
      return isOnItsWay ? before.proxies.filter(({ proxy }) => proxy === is.proxy) : is
    }),
    resources: after.resources.map(is => {
      const isUntold = (condition: ShownCondition) => isPending(condition) || isMeaningless(after, condition)
      if (!is.conditions.some(isUntold)) return is
      const was = old.get(titleOf(is)) ?? []
      const held = (condition: ShownCondition) => was.filter(({ type }) => type === condition.type)
      return {
        ...is,
        conditions: is.conditions.flatMap(condition => (isUntold(condition) ? held(condition) : condition)),
      }
    }),
  }
}

function isPending({ reason }: ShownCondition): boolean {
  return reason === 'Pending'
}

function titleOf({ kind, namespace, name }: ResourceOverview): string {
  return `${kind} ${namespace}/${name}`
}

/** A pod that has become a proxy is not gone. */
function podHappenings(before: Overview['pods'], { pods, proxies }: Overview): readonly Happening[] {
  const known = before.filter(({ pod }) => !proxies.some(({ proxy }) => proxy === pod))
  return changed(known, pods, ({ pod }) => pod, podHappening)
}

function podHappening(name: string, was: PodOverview | undefined, is: PodOverview | undefined): readonly Happening[] {
  if (is?.state === was?.state && is?.restarts === was?.restarts) return []
  const fields = { pod: name, ...(is && { state: is.state, restarts: is.restarts }) }
  if (!is) return [{ level: 'info', text: `pod ${name} is gone`, fields }]
  const troubled = is.state === 'CrashLoopBackOff' || is.state === 'CreateContainerError' || is.state === 'Error'
  const at = is.address === undefined ? '' : ` at ${is.address}`
  const restarts = is.restarts > 0 ? `, ${count(is.restarts, 'restart')}` : ''
  return [{ level: troubled ? 'error' : 'info', text: `pod ${name}${at}: ${is.state}${restarts}`, fields }]
}

function proxyHappenings(before: Overview['proxies'], after: Overview['proxies']): readonly Happening[] {
  return changed(before, after, ({ proxy }) => proxy, proxyHappening)
}

function proxyHappening(
  name: string,
  was: ProxyOverview | undefined,
  is: ProxyOverview | undefined,
): readonly Happening[] {
  if (!is) return [{ level: 'info', text: `proxy ${name} is gone`, fields: { proxy: name } }]
  const { address, phase, objects = 0, problems } = is
  if (phase === was?.phase && problems.join() === was.problems.join()) return []
  const fields = { proxy: name, address, phase }
  switch (phase) {
    case 'converged':
      return [{ level: 'info', text: `proxy ${name} at ${address} holds its ${count(objects, 'object')}`, fields }]
    case 'failing':
      return [{ level: 'error', text: `proxy ${name} at ${address}: ${problems.join('; ')}`, fields }]
    case 'unreachable':
      return [{ level: 'warn', text: `proxy ${name} at ${address}: ${problems.join('; ')}`, fields }]
    case 'converging':
    case 'unknown':
      return []
  }
}

function meaningful(overview: Overview): Overview['resources'] {
  return overview.resources.map(resource => ({
    ...resource,
    conditions: resource.conditions.filter(condition => !isMeaningless(overview, condition)),
  }))
}

function resourceHappenings(before: Overview['resources'], after: Overview['resources']): readonly Happening[] {
  return changed(before, after, titleOf, resourceHappening)
}

function resourceHappening(
  title: string,
  was: ResourceOverview | undefined,
  is: ResourceOverview | undefined,
): readonly Happening[] {
  if (!is) return [{ level: 'info', text: `${title} is gone`, fields: { resource: title } }]
  return is.conditions
    .filter(condition =>
      isWorthALine(
        condition,
        was?.conditions.find(({ type }) => type === condition.type),
      ),
    )
    .map(({ type, status, reason, message }) => {
      const place = is.where === undefined ? '' : `${is.where}: `
      const fields = { resource: title, condition: type, status, reason, ...(is.where && { where: is.where }) }
      const text = `${place}${title} ${reason}${message === '' ? '' : `: ${message}`}`
      return { level: status === 'True' ? 'info' : 'warn', text, fields }
    })
}

/** Not what passes by itself, nor what is from the start as it was meant to be. */
function isWorthALine(is: ShownCondition, was: ShownCondition | undefined): boolean {
  if (was?.status === is.status && was.reason === is.reason && was.message === is.message) return false
  if (is.reason === 'Pending' || is.reason === 'NotAccepted') return false
  return is.type === 'Programmed' || is.status === 'False' || was?.status === 'False'
}

function problemHappenings(before: Overview['problems'], after: Overview['problems']): readonly Happening[] {
  const titled = ({ where, message }: Overview['problems'][number]) => `${where}: ${message}`
  return changed(before, after, titled, (title, was, is): readonly Happening[] => {
    if (was && is) return []
    if (!is && was?.isNote) return []
    if (!is) return [{ level: 'info', text: `mended: ${title}`, fields: { where: was?.where ?? '' } }]
    return [{ level: is.isNote ? 'warn' : 'error', text: `${title} (${is.help})`, fields: { where: is.where } }]
  })
}

function changed<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (value: T) => string,
  happening: (name: string, was: T | undefined, is: T | undefined) => readonly Happening[],
): readonly Happening[] {
  const old = new Map(before.map(value => [nameOf(value), value]))
  const found = after.flatMap(value => {
    const name = nameOf(value)
    const was = old.get(name)
    old.delete(name)
    return happening(name, was, value)
  })
  return [...found, ...[...old].flatMap(([name, value]) => happening(name, value, undefined))]
}
