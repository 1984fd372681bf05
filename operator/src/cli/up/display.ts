/** Where `up` shows what happens: in place on a terminal, as a log elsewhere. */
import { systemClock } from '../../clock.ts'
import { happenings, told } from '../../report/happenings.ts'
import { type ArrivedChange, changeText } from '../../report/live/changes.ts'
import { type Log, prettyLog } from '../../report/log/log.ts'
import { isGood, type Overview } from '../../report/overview.ts'
import { styleFor } from '../../report/text/style.ts'
import { type LiveView, viewLines } from '../../report/text/view.ts'
import { throttle } from '../../throttle.ts'
import type { World } from '../process/process-io.ts'
import { openScreen } from '../process/screen.ts'

export type Display = {
  change(change: ArrivedChange): void
  overview(overview: Overview): void
  /** By proxy. */
  sessions(counts: ReadonlyMap<string, number>): void
  /** What is worth knowing of the run itself. */
  note(text: string): void
  readonly log: Log
  /** The end has been asked for, and takes a moment. */
  ending(): void
  close(how: 'ended' | 'killed'): void
}

export type DisplayOptions = { readonly folder: string; readonly hint: string | undefined }

export function openDisplay(world: World, options: DisplayOptions): Display {
  return world.stdout.isTerminal ? liveDisplay(world, options) : logDisplay(world, options)
}

/** Changes are shown as they come, but no faster than an eye can follow, in milliseconds. */
const FRAME = 40

function liveDisplay(world: World, { folder, hint }: DisplayOptions): Display {
  const screen = openScreen(world.stdout)
  const style = styleFor(world, world.stdout)
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
  const stopResize = world.stdout.onResize(draw.request)
  draw.request()
  return {
    change: lastChange => set({ lastChange }),
    overview: overview => set({ overview }),
    sessions: sessions => set({ sessions }),
    note: note => set({ note }),
    log: ({ text }) => set({ note: text }),
    ending: () => set({ stage: 'ending' }),
    close(how) {
      stopResize()
      set({ stage: how })
      draw.flush()
      screen.close()
    },
  }
}

function logDisplay(world: World, { folder, hint }: DisplayOptions): Display {
  const log = prettyLog(world)
  const say = (text: string) => log({ level: 'info', text, fields: {} })
  let before: Overview | undefined
  let isTold = false
  say(`up ${folder}`)
  return {
    note: say,
    log,
    change: change => say(changeText(change)),
    sessions: () => {},
    overview(overview) {
      for (const happening of happenings(before, overview)) log(happening)
      before = told(before, overview)
      if (isTold || !isGood(overview) || overview.proxies.length === 0) return
      isTold = true
      say(`everything is in force${hint === undefined ? '' : `; try ${hint}`}`)
    },
    ending: () => say('ending'),
    close: how => say(how === 'ended' ? 'ended: nothing that it started is left' : 'killed'),
  }
}
