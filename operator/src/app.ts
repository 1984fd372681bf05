/**
 * The stages of the flow, put together for a folder: source, translation, loop, report. `run` and `up` are this with
 * different pods: those that the folder tells of, and those that a runner makes of its workloads.
 */
import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { createValidator } from '@l7mesh/crds'
import { systemClock } from './clock.ts'
import type { WorkerOptions } from './converge/worker.ts'
import type { PodRunner } from './local/runner.ts'
import type { Manifest as RunnerManifest } from './local/workload.ts'
import { Loop, type LoopOptions, type Report } from './loop.ts'
import type { Rejections } from './report/status.ts'
import { type FolderSource, folderSource } from './sources/files.ts'
import { type Manifest, objectKey } from './sources/manifest.ts'
import { type Overlay, overlay } from './sources/overlay.ts'
import type { Snapshot, SourceProblem } from './sources/snapshot.ts'

export type AppOptions = {
  /** The folder of manifests. */
  readonly folder: string
  readonly translate: LoopOptions['translate']
  readonly connect: WorkerOptions['connect']
  /** Makes what runs the workloads of the folder. Without it, only Pods that carry a status count. */
  readonly runPods?: (onChange: () => void) => Promise<PodRunner>
  /** Called after each look at the world. */
  readonly onReport: (report: AppReport) => void
}

export type AppReport = Report & {
  /** Every object of the folder that is in force, of whatever kind. */
  readonly manifests: readonly Manifest[]
  /** Resources whose newest text is not used. */
  readonly rejected: Rejections
  /** Where each object is written, FILE:LINE, by `objectKey`. */
  located(): ReadonlyMap<string, string>
}

/** Runs until the signal aborts and everything that was started has ended. The proxies' configs are left as they are. */
export async function runApp(options: AppOptions, signal: AbortSignal): Promise<void> {
  const folder = folderSource(options.folder, { validate: createValidator().validate })
  let wake = () => {}
  const runner = await options.runPods?.(() => wake())
  const source = runner ? completed(folder, runner, onChange => (wake = onChange)) : folder
  const loop = new Loop({
    source,
    translate: options.translate,
    workers: { connect: options.connect, random: { id: randomUUID, fraction: Math.random } },
    clock: systemClock,
    onReport(report) {
      const read = { manifests: folder.manifests(), rejected: folder.rejected(), located: () => folder.located() }
      options.onReport({ ...report, ...read })
    },
  })
  try {
    await loop.run(signal)
  } finally {
    await runner?.stop()
  }
}

/** The folder with the pods that the runner makes of it. */
function completed(
  folder: FolderSource,
  runner: PodRunner,
  wakeBy: (onChange: () => void) => void,
): LoopOptions['source'] {
  const complete = completer()
  let applied: readonly Manifest[] | undefined
  const apply = () => {
    const manifests = folder.manifests()
    if (manifests === applied || !folder.snapshot()) return
    applied = manifests
    runner.apply(forRunner(manifests, folder.located()))
  }
  return {
    snapshot: () => complete(folder.snapshot(), { pods: runner.pods(), endpointSlices: runner.endpointSlices() }),
    problems: (): readonly SourceProblem[] => [...folder.problems(), ...runner.problems()],
    rejected: () => folder.rejected(),
    run(signal, onChange) {
      wakeBy(onChange)
      return folder.run(signal, () => {
        apply()
        onChange()
      })
    },
  }
}

/** Lays one over the other, and gives the same snapshot again for as long as both are the same. */
function completer(): (own: Snapshot | undefined, added: Overlay) => Snapshot | undefined {
  let last: { readonly own: Snapshot; readonly added: Overlay; readonly whole: Snapshot } | undefined
  return (own, added) => {
    if (!own) return undefined
    const isSame =
      last?.own === own && last.added.pods === added.pods && last.added.endpointSlices === added.endpointSlices
    if (!last || !isSame) last = { own, added, whole: overlay(own, added) }
    return last.whole
  }
}

/** Manifests as a pod runner takes them: each with the file that it comes from. */
export function forRunner(
  manifests: readonly Manifest[],
  located: ReadonlyMap<string, string>,
): readonly RunnerManifest[] {
  return manifests.map(document => {
    const where = located.get(objectKey(document)) ?? ''
    return { document, where, folder: dirname(where) }
  })
}
