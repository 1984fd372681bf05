/**
 * The stages of the flow, put together: source, translation, loop, report. What a source needs besides is put around it:
 * folder-app.ts, cluster-app.ts.
 */
import { randomUUID } from 'node:crypto'
import { systemClock } from './clock.ts'
import type { WorkerOptions } from './converge/worker.ts'
import { operatorChecks, serveHealth } from './health.ts'
import { Loop, type LoopOptions, type Report } from './loop.ts'
import type { Rejections } from './report/status.ts'
import type { ListenAddress } from './settings/kinds.ts'
import type { Manifest } from './sources/manifest.ts'

export type AppOptions = Pick<LoopOptions, 'translate' | 'mayWrite'> & {
  readonly source: AppSource
  readonly connect: WorkerOptions['connect']
  /** How often all of a proxy is read, in milliseconds. Default: 60,000. */
  readonly audit?: number
  /** Where a kubelet may ask whether all is well. Default: nowhere. */
  readonly health?: ListenAddress | undefined
  /** How long ago the API server last answered about the lease, in milliseconds. Default: there is no lease. */
  readonly silence?: () => number
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

/** Runs until the signal aborts. The proxies' configs are left as they are. Rejects where health cannot be served. */
export async function runApp(options: AppOptions, signal: AbortSignal): Promise<void> {
  const { source, silence, health } = options
  const loop = loopOf(options)
  const checks = operatorChecks({
    stillness: () => loop.stillness,
    isSynced: () => source.snapshot() !== undefined,
    ...(silence && { silence }),
  })
  const server = health && (await serveHealth(health, { checks }))
  try {
    await loop.run(signal)
  } finally {
    await server?.close()
  }
}

function loopOf({ source, translate, connect, audit, mayWrite, onReport }: AppOptions): Loop {
  return new Loop({
    source,
    translate,
    workers: { connect, random: { id: randomUUID, fraction: Math.random }, ...(audit !== undefined && { audit }) },
    clock: systemClock,
    ...(mayWrite && { mayWrite }),
    onReport(report) {
      const read = { manifests: source.manifests(), rejected: source.rejected(), located: () => source.located() }
      onReport({ ...report, ...read })
    },
  })
}
