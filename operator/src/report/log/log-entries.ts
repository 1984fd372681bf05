/** Compares two overviews of a mesh, and returns the changes as log entries. Pure. */

import { count } from '../formatting.ts'
import {
  isMeaningless,
  type Overview,
  type PodOverview,
  type ProxyOverview,
  type ResourceOverview,
  type ShownCondition,
} from '../overview.ts'

export type LogEntry = {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  /** Structured fields, for programs. */
  readonly fields: Readonly<Record<string, string | number>>
}

const EMPTY: Overview = { proxies: [], pods: [], resources: [], problems: [] }

export function logEntries(before: Overview = EMPTY, after: Overview = EMPTY): readonly LogEntry[] {
  return [
    ...podEntries(before.pods, after),
    ...proxyEntries(before.proxies, after.proxies),
    ...resourceEntries(before.resources, meaningful(after)),
    ...problemEntries(before.problems, after.problems),
  ]
}

/**
 * The state that has been logged after an overview: transient or meaningless states count as the previous state, so
 * that returning to it is not logged, and reaching a different one is.
 */
export function reportedState(before: Overview = EMPTY, after: Overview): Overview {
  return { ...after, proxies: reportedProxies(before, after), resources: reportedResources(before, after) }
}

function reportedProxies({ proxies: before }: Overview, { proxies: after }: Overview): Overview['proxies'] {
  const isTransient = ({ phase }: ProxyOverview) => phase === 'converging' || phase === 'unknown'
  if (!after.some(isTransient)) return after
  const old = new Map(before.map(proxy => [proxy.proxy, proxy]))
  return after.flatMap(is => (isTransient(is) ? (old.get(is.proxy) ?? []) : is))
}

function reportedResources({ resources: before }: Overview, after: Overview): Overview['resources'] {
  const isUnreported = (condition: ShownCondition) => isPending(condition) || isMeaningless(after, condition)
  const hasUnreported = ({ conditions }: ResourceOverview) => conditions.some(isUnreported)
  if (!after.resources.some(hasUnreported)) return after.resources
  const old = new Map(before.map(resource => [titleOf(resource), resource.conditions]))
  return after.resources.map(is => {
    if (!hasUnreported(is)) return is
    const was = old.get(titleOf(is)) ?? []
    const held = (condition: ShownCondition) => was.filter(({ type }) => type === condition.type)
    return {
      ...is,
      conditions: is.conditions.flatMap(condition => (isUnreported(condition) ? held(condition) : condition)),
    }
  })
}

function isPending({ reason }: ShownCondition): boolean {
  return reason === 'Pending'
}

function titleOf({ kind, namespace, name }: ResourceOverview): string {
  return `${kind} ${namespace}/${name}`
}

/** A pod that has become a proxy is not a deleted pod. */
function podEntries(before: Overview['pods'], { pods, proxies }: Overview): readonly LogEntry[] {
  const keys = new Set(proxies.map(({ proxy }) => proxy))
  const known = before.filter(({ pod }) => !keys.has(pod))
  return changed(known, pods, ({ pod }) => pod, podEntry)
}

function podEntry(name: string, was: PodOverview | undefined, is: PodOverview | undefined): readonly LogEntry[] {
  if (is?.state === was?.state && is?.restarts === was?.restarts) return []
  const fields = { pod: name, ...(is && { state: is.state, restarts: is.restarts }) }
  if (!is) return [{ level: 'info', text: `pod ${name} deleted`, fields }]
  const failing = is.state === 'CrashLoopBackOff' || is.state === 'CreateContainerError' || is.state === 'Error'
  const at = is.address === undefined ? '' : ` at ${is.address}`
  const restarts = is.restarts > 0 ? `, ${count(is.restarts, 'restart')}` : ''
  return [{ level: failing ? 'error' : 'info', text: `pod ${name}${at}: ${is.state}${restarts}`, fields }]
}

function proxyEntries(before: Overview['proxies'], after: Overview['proxies']): readonly LogEntry[] {
  return changed(before, after, ({ proxy }) => proxy, proxyEntry)
}

function proxyEntry(name: string, was: ProxyOverview | undefined, is: ProxyOverview | undefined): readonly LogEntry[] {
  if (!is) return [{ level: 'info', text: `proxy ${name} removed`, fields: { proxy: name } }]
  const { address, phase, objects = 0, problems } = is
  if (phase === was?.phase && problems.join() === was.problems.join()) return []
  const fields = { proxy: name, address, phase }
  switch (phase) {
    case 'converged':
      return [{ level: 'info', text: `proxy ${name} at ${address} converged: ${count(objects, 'object')}`, fields }]
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
  const isLeftOut = (condition: ShownCondition) => isMeaningless(overview, condition)
  return overview.resources.map(resource =>
    resource.conditions.some(isLeftOut)
      ? { ...resource, conditions: resource.conditions.filter(condition => !isLeftOut(condition)) }
      : resource,
  )
}

function resourceEntries(before: Overview['resources'], after: Overview['resources']): readonly LogEntry[] {
  return changed(before, after, titleOf, resourceEntry)
}

function resourceEntry(
  title: string,
  was: ResourceOverview | undefined,
  is: ResourceOverview | undefined,
): readonly LogEntry[] {
  if (!is) return [{ level: 'info', text: `${title} deleted`, fields: { resource: title } }]
  return is.conditions
    .filter(condition =>
      isWorthLogging(
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

/** Excludes transient conditions, and those that were good from the start. */
function isWorthLogging(is: ShownCondition, was: ShownCondition | undefined): boolean {
  if (was?.status === is.status && was.reason === is.reason && was.message === is.message) return false
  if (is.reason === 'Pending' || is.reason === 'NotAccepted') return false
  return is.type === 'Programmed' || is.status === 'False' || was?.status === 'False'
}

function problemEntries(before: Overview['problems'], after: Overview['problems']): readonly LogEntry[] {
  const titled = ({ where, message }: Overview['problems'][number]) => `${where}: ${message}`
  return changed(before, after, titled, (title, was, is): readonly LogEntry[] => {
    if (was && is) return []
    if (!is && was?.isNote) return []
    if (!is) return [{ level: 'info', text: `resolved: ${title}`, fields: { where: was?.where ?? '' } }]
    return [{ level: is.isNote ? 'warn' : 'error', text: `${title} (${is.help})`, fields: { where: is.where } }]
  })
}

/** A value that is the same object in both has no entries. */
function changed<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (value: T) => string,
  entry: (name: string, was: T | undefined, is: T | undefined) => readonly LogEntry[],
): readonly LogEntry[] {
  const [known, held] = [new Set(before), new Set(after)]
  const old = new Map(before.filter(value => !held.has(value)).map(value => [nameOf(value), value]))
  const found = after.flatMap(value => {
    if (known.has(value)) return []
    const name = nameOf(value)
    const was = old.get(name)
    old.delete(name)
    return entry(name, was, value)
  })
  return [...found, ...[...old].flatMap(([name, value]) => entry(name, value, undefined))]
}
