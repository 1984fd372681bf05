/** Renders the sections of an overview as lines of text, for `status` and the live view of `up`. Pure. */

import { count, wrapped } from '../formatting.ts'
import {
  isMeaningless,
  type Overview,
  type PodOverview,
  type ProxyOverview,
  type ResourceOverview,
  type ShownCondition,
} from '../overview.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

export function proxyLines(proxies: Overview['proxies'], style: Style): readonly string[] {
  const isCounted = proxies.some(({ sessions }) => sessions !== undefined)
  const rows = proxies.map(proxy => [
    proxy.proxy,
    proxy.address,
    phase(proxy, style),
    proxy.objects === undefined ? `?/${proxy.desired}` : `${proxy.objects}/${proxy.desired}`,
    ...(isCounted ? [`${proxy.sessions ?? '?'}`] : []),
  ])
  return table(['PROXY', 'ADDRESS', 'STATE', 'OBJECTS', ...(isCounted ? ['SESSIONS'] : [])], rows, style)
}

export function phase({ phase }: ProxyOverview, style: Style): string {
  switch (phase) {
    case 'converged':
      return style.good(phase)
    case 'failing':
    case 'unreachable':
      return style.bad(phase)
    case 'converging':
    case 'unknown':
      return style.warn(phase)
  }
}

export function podLines(pods: Overview['pods'], style: Style): readonly string[] {
  const rows = pods.map(pod => [pod.pod, pod.address ?? '', podState(pod, style), `${pod.restarts}`])
  return table(['POD', 'ADDRESS', 'STATE', 'RESTARTS'], rows, style)
}

export function podState({ state, ready }: PodOverview, style: Style): string {
  return ready ? style.good(state) : style.warn(state)
}

export function resourceLines(resources: Overview['resources'], style: Style): readonly string[] {
  const rows = resources.map(resource => [
    `${resource.kind} ${resource.namespace}/${resource.name}`,
    ...CONDITIONS.map(type =>
      condition(
        resource.conditions.find(found => found.type === type),
        style,
      ),
    ),
    `${resource.proxies.programmed}/${resource.proxies.selected}`,
    endpoints(resource, style),
  ])
  return table(['RESOURCE', 'ACCEPTED', 'REFS', 'PROGRAMMED', 'PROXIES', 'ENDPOINTS'], rows, style)
}

/** `-` if no destination has endpoints. */
function endpoints({ conditions, endpoints: { ready, total } }: ResourceOverview, style: Style): string {
  const found = conditions.find(({ type }) => type === 'EndpointsReady')
  if (!found) return '?'
  if (found.status === 'False') return style.bad(`${ready}/${total}`)
  return total === 0 ? '-' : `${ready}/${total}`
}

const CONDITIONS: readonly ShownCondition['type'][] = ['Accepted', 'ResolvedRefs', 'Programmed']

function condition(found: ShownCondition | undefined, style: Style): string {
  if (!found) return '?'
  if (found.status === 'True') return found.reason === found.type ? style.good('yes') : style.warn(found.reason)
  return found.reason === 'Pending' ? style.warn(found.reason) : style.bad(found.reason)
}

/** All problems, each with the file and line in which to fix it; `width` in characters. */
export function problemLines(overview: Overview, width: number, style: Style): readonly string[] {
  return problemsOf(overview).flatMap(({ level, title, message, help }) => [
    `${level === 'error' ? style.bad('✗') : style.warn('!')} ${style.strong(title)}`,
    ...wrapped(message, width).map(line => `  ${line}`),
    ...wrapped(help, width).map(line => `  ${style.quiet(line)}`),
  ])
}

type ShownProblem = {
  readonly level: 'error' | 'warning'
  readonly title: string
  readonly message: string
  readonly help: string
}

function problemsOf(overview: Overview): readonly ShownProblem[] {
  const { problems, resources, proxies } = overview
  const proxyDefaults = { level: 'error', help: '' } as const
  const ofResources = resources.flatMap(resource => resourceProblems(resource, overview))
  const isShown = (message: string) => ofResources.some(problem => problem.message.includes(message))
  return [
    ...problems.map(({ where, message, help, isNote }) => {
      return { level: isNote ? 'warning' : 'error', title: where, message, help } as const
    }),
    ...ofResources,
    ...proxyProblems(proxies)
      .filter(({ message }) => !isShown(message))
      .map(problem => ({ ...proxyDefaults, ...problem })),
  ]
}

/** Groups identical problems of several proxies. */
function proxyProblems(proxies: Overview['proxies']): readonly { readonly title: string; readonly message: string }[] {
  const all = proxies.flatMap(({ proxy, problems }) => problems.map(message => ({ proxy, message })))
  return [...Map.groupBy(all, ({ message }) => message)].map(([message, [first, ...others]]) => ({
    title: `${first?.proxy}${others.length > 0 ? ` and ${count(others.length, 'other proxy', 'other proxies')}` : ''}`,
    message,
  }))
}

function resourceProblems(
  { kind, namespace, name, where, conditions }: ResourceOverview,
  overview: Overview,
): readonly ShownProblem[] {
  const title = `${where ? `${where}  ` : ''}${kind} ${namespace}/${name}`
  return worthShowing(conditions, overview).map(({ type, status, reason, message }) => {
    const verdict = reason === type ? type : `${type} is ${status}, ${reason}`
    return { level: status === 'True' ? 'warning' : 'error', title, message: `${verdict}: ${message}`, help: '' }
  })
}

/** Reasons that another condition or the proxy already shows, and transient ones. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(['NotAccepted', 'Pending', 'ProxyUnreachable', 'ProxyLockedOut'])

function worthShowing(conditions: readonly ShownCondition[], overview: Overview): readonly ShownCondition[] {
  return conditions.filter(condition => {
    const { type, status, reason, message } = condition
    if (status === 'True') return type === 'Accepted' ? message !== '' : reason !== type
    return !SHOWN_ELSEWHERE.has(reason) && !isMeaningless(overview, condition)
  })
}
