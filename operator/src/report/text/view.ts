/** The live view of `up`: everything that there is to see of a mesh, as lines that fit a terminal. Pure. */

import { type ArrivedChange, changeText } from '../live/changes.ts'
import { isGood, type Overview } from '../overview.ts'
import { count, wrapped } from '../words.ts'
import { podLines, problemLines, proxyLines, resourceLines } from './sections.ts'
import type { Style } from './style.ts'

export type LiveView = {
  readonly folder: string
  /** undefined until the folder has been read. */
  readonly overview: Overview | undefined
  /** By proxy. */
  readonly sessions: ReadonlyMap<string, number>
  readonly lastChange: ArrivedChange | undefined
  /** What is worth knowing of the run itself. */
  readonly note: string | undefined
  readonly hint: string | undefined
  readonly stage: 'running' | 'ending' | 'killed' | 'ended'
}

/** In characters. */
export type Size = { readonly columns: number; readonly rows: number }

/** At most `rows` lines, made for `columns` characters. What does not fit is counted; pods give way first, problems last. */
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

/** Leaves out empty sections and, where there is no room for two lines of each and a blank one, those of high rank. */
function roomiest(sections: readonly ViewSection[], room: number): readonly (readonly string[])[] {
  const filled = sections.filter(({ lines }) => lines.length > 0)
  const kept = new Set(filled.toSorted((a, b) => a.rank - b.rank).slice(0, Math.max(Math.floor(room / 3), 0)))
  return filled.filter(section => kept.has(section)).map(({ lines }) => lines)
}

function stateOf({ overview, stage }: LiveView, style: Style): string {
  if (stage === 'ended') return style.quiet('ended: nothing that it started is left')
  if (stage === 'killed') return style.warn('killed: what is left of the processes is being ended')
  if (stage === 'ending') return style.warn('ending: the processes are stopping (Ctrl-C again kills them)')
  if (!overview) return style.warn('reading the folder')
  const { proxies, pods, problems } = overview
  if (proxies.length + pods.length === 0) return style.warn('no pods to run')
  if (isGood(overview) && proxies.length > 0) return style.good('everything is in force')
  const isStarting = pods.some(
    ({ state }) => state === 'pending' || state === 'running' || state === 'ContainerCreating',
  )
  if (isStarting && problems.every(({ isNote }) => isNote)) return style.warn('starting')
  const isUnderWay = proxies.some(({ phase }) => phase === 'converging' || phase === 'unknown')
  return isUnderWay ? style.warn('converging') : style.bad('something is not in force: see below')
}

function footOf({ lastChange, note, hint, stage }: LiveView, columns: number, style: Style): readonly string[] {
  const change = lastChange && `${style.quiet(timeOf(lastChange.at))} ${style.accent(changeText(lastChange))}`
  const ongoing = stage !== 'running' ? [] : ['Ctrl-C ends it and everything that it started.']
  const tried = stage === 'running' && hint !== undefined ? wrapped(`Try ${hint}`, columns) : []
  return [
    ...(note === undefined ? [] : wrapped(note, columns).map(style.warn)),
    ...(change === undefined ? [] : [change]),
    ...tried.map((line, i) => (i === 0 ? line.replace(/^Try/, style.strong('Try')) : `    ${line}`)),
    ...ongoing.map(style.quiet),
  ]
}

/** `12:03:11`, by the clock on the wall. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8)
}

/** Cuts the longest sections first, so that a short one is seen whole beside a long one. */
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

/** The largest number that all lengths, cut to it, have room with. At least 2: a line, and how many more there are. */
function largestLimit(lengths: readonly number[], room: number): number {
  let limit = Math.max(...lengths, 2)
  while (limit > 2 && lengths.reduce((sum, length) => sum + Math.min(length, limit), 0) > room) limit -= 1
  return limit
}
