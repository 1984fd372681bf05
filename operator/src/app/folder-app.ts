/**
 * The flow with a folder as its source. `run` uses the pods that the folder declares, `up` those that a runner starts for its
 * workloads.
 */
import { createValidator } from '@l7mesh/crds'
import { runnerManifests } from '../local/manifests/runner-manifests.ts'
import type { PodRunner } from '../local/runner.ts'
import { clusterLookup } from '../resolve/cluster-lookup.ts'
import { mayBeOfService } from '../resolve/resolvable-names.ts'
import { type FolderSource, folderSource } from '../sources/folder/folder-source.ts'
import type { Manifest } from '../sources/manifest.ts'
import { type Overlay, overlay } from '../sources/overlay.ts'
import type { Snapshot, SourceProblem } from '../sources/snapshot.ts'
import { type AppOptions, type AppSource, runApp } from './app.ts'

export type FolderAppOptions = Omit<AppOptions, 'source'> & {
  /** The folder of manifests. */
  readonly folder: string
  /** How long an object must be missing from it to count as deleted, in milliseconds. Default: that of `folderSource` */
  readonly settleMs?: number
  /** Creates the runner of the folder's workloads. Without it, only Pods with a status count. */
  readonly runPods?: (onChange: () => void) => Promise<PodRunner>
}

/** Runs until the signal aborts and all that was started has ended. The proxies' configs are left as they are. */
export async function runFolderApp(options: FolderAppOptions, signal: AbortSignal): Promise<void> {
  const { settleMs } = options
  const { validate } = createValidator()
  const folder = folderSource(options.folder, { validate, ...(settleMs !== undefined && { settleMs }) })
  let wake = () => {}
  const runner = await options.runPods?.(() => wake())
  const source = runner ? completed(folder, runner, onChange => (wake = onChange)) : folder
  try {
    // The names of Services resolve only by the DNS server of a cluster, or by its local replacement.
    const names = runner ? namesOf(runner, options) : { isLocalName: mayBeOfService }
    await runApp({ ...options, source, ...names }, signal)
  } finally {
    await runner?.stop()
  }
}

/** Resolves names as the pods of the runner do. */
function namesOf(runner: PodRunner, { lookup }: FolderAppOptions): Pick<AppOptions, 'lookup'> {
  const namespaces = () =>
    runner
      .pods()
      .values()
      .map(({ metadata }) => metadata.namespace ?? 'default')
  return lookup ? { lookup: clusterLookup(runner.nameServer, namespaces, lookup) } : {}
}

/** The folder with the pods that the runner starts for it. */
function completed(folder: FolderSource, runner: PodRunner, wakeBy: (onChange: () => void) => void): AppSource {
  const complete = completer()
  let applied: readonly Manifest[] | undefined
  const apply = () => {
    const manifests = folder.manifests()
    if (manifests === applied || !folder.snapshot()) return
    applied = manifests
    runner.apply(runnerManifests(manifests, folder.located()))
  }
  return {
    snapshot() {
      const whole = complete(folder.snapshot(), { pods: runner.pods(), endpointSlices: runner.endpointSlices() })
      if (whole) runner.serve(whole)
      return whole
    },
    problems: (): readonly SourceProblem[] => [...folder.problems(), ...runner.problems()],
    rejected: () => folder.rejected(),
    manifests: () => folder.manifests(),
    located: () => folder.located(),
    run(signal, onChange) {
      wakeBy(onChange)
      return folder.run(signal, () => {
        apply()
        onChange()
      })
    },
  }
}

/** Overlays one with the other; the same snapshot until one of them changes. */
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
