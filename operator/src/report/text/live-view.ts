/** Renders the live view of `up`: the state of a mesh as lines that fit a terminal. Pure. */

import { count, wrapped } from '../formatting.ts'
import { type AppliedChange, changeText } from '../live/changes.ts'
import { isGood, type Overview } from '../overview.ts'
import { podLines, problemLines, proxyLines, resourceLines } from './sections.ts'
import type { Style } from './style.ts'

export type LiveView = {
  readonly folder: string
  /** undefined until the folder has been read. */
  readonly overview: Overview | undefined
  /** By proxy. */
  readonly sessions: ReadonlyMap<string, number>
  readonly lastChange: AppliedChange | undefined
  /** A note about the run itself. */
  readonly note: string | undefined
  readonly hint: string | undefined
  readonly stage: 'running' | 'stopping' | 'killed' | 'stopped'
}

/** In characters. */
export type Size = { readonly columns: number; readonly rows: number }

/**
 * At most `rows` lines for `columns` characters. Lines that do not fit are counted; pods are shortened first, problems
 * last.
 */
export function viewLines(view: LiveView, { columns, rows }: Size, style: Style): readonly string[] {
  const head = [`${style.strong('l7mesh up')} ${view.folder}  ${stateOf(view, style)}`]
  const foot = footOf(view, columns, style)
  const { overview } = view
  if (!overview) return [...head, ...foot].slice(0, rows)
  const sections = roomiest(
    [
      { rank: 2, lines: proxyLines(counted(overview.proxies, view.sessions), style) },
      { rank: 1, lines: resourceLines(overview.resources, style) },
      { rank: 3, lines: podLines(overview.pods, style) },
      { rank: 0, lines: problemLines(overview, columns, style) },
    ],
    rows - head.length - foot.length - 1,
  )
  const room = rows - head.length - foot.length - 1 - sections.length
  const body = fitted(sections, room, style).flatMap(lines => ['', ...lines])
  return [...head, ...body, '', ...foot].slice(0, rows)
}

function counted(proxies: Overview['proxies'], sessions: LiveView['sessions']): Overview['proxies'] {
  return proxies.map(proxy => {
    const found = sessions.get(proxy.proxy)
    return found === undefined ? proxy : { ...proxy, sessions: found }
  })
}

type ViewSection = { readonly rank: number; readonly lines: readonly string[] }

/** Omits empty sections and, if there is no room for two lines of each and a blank line, those of high rank. */
function roomiest(sections: readonly ViewSection[], room: number): readonly (readonly string[])[] {
  const filled = sections.filter(({ lines }) => lines.length > 0)
  const kept = new Set(filled.toSorted((a, b) => a.rank - b.rank).slice(0, Math.max(Math.floor(room / 3), 0)))
  return filled.filter(section => kept.has(section)).map(({ lines }) => lines)
}

function stateOf({ overview, stage }: LiveView, style: Style): string {
  if (stage === 'stopped') return style.quiet('stopped: all processes have exited')
  if (stage === 'killed') return style.warn('killed: the remaining processes are being terminated')
  if (stage === 'stopping') return style.warn('stopping: waiting for the processes to exit (Ctrl-C again kills them)')
  if (!overview) return style.warn('reading the folder')
  const { proxies, pods, problems } = overview
  if (proxies.length + pods.length === 0) return style.warn('no pods to run')
  if (isGood(overview) && proxies.length > 0) return style.good('all resources programmed')
  const isStarting = pods.some(
    ({ state }) => state === 'pending' || state === 'running' || state === 'ContainerCreating',
  )
  if (isStarting && problems.every(({ isNote }) => isNote)) return style.warn('starting')
  const isUnderWay = proxies.some(({ phase }) => phase === 'converging' || phase === 'unknown')
  return isUnderWay ? style.warn('converging') : style.bad('not all resources programmed: see below')
}

function footOf({ lastChange, note, hint, stage }: LiveView, columns: number, style: Style): readonly string[] {
  const change = lastChange && `${style.quiet(timeOf(lastChange.at))} ${style.accent(changeText(lastChange))}`
  const ongoing = stage !== 'running' ? [] : ['Ctrl-C stops the mesh and all of its processes.']
  const tried = stage === 'running' && hint !== undefined ? wrapped(`Try ${hint}`, columns) : []
  return [
    ...(note === undefined ? [] : wrapped(note, columns).map(style.warn)),
    ...(change === undefined ? [] : [change]),
    ...tried.map((line, i) => (i === 0 ? line.replace(/^Try/, style.strong('Try')) : `    ${line}`)),
    ...ongoing.map(style.quiet),
  ]
}

/** `12:03:11`, in local time. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8)
}

/** Truncates the longest sections first, so that a short one next to a long one is shown completely. */
function fitted(sections: readonly (readonly string[])[], room: number, style: Style): readonly (readonly string[])[] {
  const limit = largestLimit(
    sections.map(lines => lines.length),
    room,
  )
  return sections.map(lines => {
    if (lines.length <= limit) return lines
    const kept = Math.max(limit - 1, 1)
    return [...lines.slice(0, kept), style.quiet(`… and ${count(lines.length - kept, 'more line')}`)]
  })
}

/**
 * The largest limit such that all lengths, truncated to it, fit. At least 2: a line, and the number of further lines.
 */
function largestLimit(lengths: readonly number[], room: number): number {
  let limit = Math.max(...lengths, 2)
  while (limit > 2 && lengths.reduce((sum, length) => sum + Math.min(length, limit), 0) > room) limit -= 1
  return limit
}
