/** The output of `up`: a live view on a terminal, a log elsewhere. */
import { systemClock } from '../../clock.ts'
import { type AppliedChange, changeText } from '../../report/live/changes.ts'
import { type Log, prettyLog } from '../../report/log/log.ts'
import { logEntries, reportedState } from '../../report/log/log-entries.ts'
import { isGood, type Overview } from '../../report/overview.ts'
import { type LiveView, viewLines } from '../../report/text/live-view.ts'
import { styleFor } from '../../report/text/style.ts'
import { throttle } from '../../throttle.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { openScreen } from '../process/screen.ts'

export type Display = {
  change(change: AppliedChange): void
  overview(overview: Overview): void
  /** By proxy. */
  sessions(counts: ReadonlyMap<string, number>): void
  /** Shows a note about the run itself. */
  note(text: string): void
  readonly log: Log
  /** Shows that the run is stopping. */
  stopping(): void
  close(how: 'stopped' | 'killed'): void
}

export type DisplayOptions = { readonly folder: string; readonly hint: string | undefined }

export function openDisplay(io: ProcessIO, options: DisplayOptions): Display {
  return io.stdout.isTerminal ? liveDisplay(io, options) : logDisplay(io, options)
}

/** The minimum interval between two redraws, in milliseconds. */
const FRAME = 40

function liveDisplay(io: ProcessIO, { folder, hint }: DisplayOptions): Display {
  const screen = openScreen(io.stdout)
  const style = styleFor(io, io.stdout)
  let view: LiveView = {
    folder,
    overview: undefined,
    sessions: new Map(),
    lastChange: undefined,
    note: undefined,
    hint,
    stage: 'running',
  }
  const draw = throttle(systemClock, FRAME, () => screen.draw(viewLines(view, screen.size(), style)))
  const set = (changed: Partial<LiveView>) => {
    view = { ...view, ...changed }
    draw.request()
  }
  const stopResize = io.stdout.onResize(draw.request)
  draw.request()
  return {
    change: lastChange => set({ lastChange }),
    overview: overview => set({ overview }),
    sessions: sessions => set({ sessions }),
    note: note => set({ note }),
    log: ({ text }) => set({ note: text }),
    stopping: () => set({ stage: 'stopping' }),
    close(how) {
      stopResize()
      set({ stage: how })
      draw.flush()
      screen.close()
    },
  }
}

function logDisplay(io: ProcessIO, { folder, hint }: DisplayOptions): Display {
  const log = prettyLog(io)
  const say = (text: string) => log({ level: 'info', text, fields: {} })
  let before: Overview | undefined
  let isReported = false
  say(`up ${folder}`)
  return {
    note: say,
    log,
    change: change => say(changeText(change)),
    sessions: () => {},
    overview(overview) {
      for (const entry of logEntries(before, overview)) log(entry)
      before = reportedState(before, overview)
      if (isReported || !isGood(overview) || overview.proxies.length === 0) return
      isReported = true
      say(`all resources programmed${hint === undefined ? '' : `; try ${hint}`}`)
    },
    stopping: () => say('stopping'),
    close: how => say(how === 'stopped' ? 'stopped: all processes have exited' : 'killed'),
  }
}
