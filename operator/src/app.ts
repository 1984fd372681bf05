/**
 * The stages of the flow, put together: source, translation, loop, report. What a source needs besides is put around it:
 * folder-app.ts, cluster-app.ts.
 */
import { randomUUID } from 'node:crypto'
import { systemClock } from './clock.ts'
import type { WorkerOptions } from './converge/worker.ts'
import { Loop, type LoopOptions, type Report } from './loop.ts'
import type { Rejections } from './report/status.ts'
import type { Manifest } from './sources/manifest.ts'

export type AppOptions = Pick<LoopOptions, 'translate' | 'mayWrite'> & {
  readonly source: AppSource
  readonly connect: WorkerOptions['connect']
  /** Called after each look at the world. */
  readonly onReport: (report: AppReport) => void
}

export type AppSource = LoopOptions['source'] & {
  /** Every object that is in force and stands in a file, of whatever kind. */
  manifests(): readonly Manifest[]
  /** Where each object is written, FILE:LINE, by `objectKey`. */
  located(): ReadonlyMap<string, string>
}

export type AppReport = Report & {
  readonly manifests: readonly Manifest[]
  /** Resources whose newest text is not used. */
  readonly rejected: Rejections
  located(): ReadonlyMap<string, string>
}

/** Runs until the signal aborts. The proxies' configs are left as they are. */
export async function runApp(options: AppOptions, signal: AbortSignal): Promise<void> {
  const { source, translate, connect, mayWrite } = options
  const loop = new Loop({
    source,
    translate,
    workers: { connect, random: { id: randomUUID, fraction: Math.random } },
    clock: systemClock,
    ...(mayWrite && { mayWrite }),
    onReport(report) {
      const read = { manifests: source.manifests(), rejected: source.rejected(), located: () => source.located() }
      options.onReport({ ...report, ...read })
    },
  })
  await loop.run(signal)
}
