/**
 * The folder source: all manifests of a folder and of the folders in it, as snapshots.
 *
 *     watch, stat, read ──► tracked files ──► assembly ──► snapshot
 *     (TrackedFolder)       (parse, admit)    (assemble)
 *
 * Events of the file system only say what to look at again: the paths that they name, at once; everything, at the
 * start, every `rescanMs`, and when events may have been lost. What cannot be read or parsed is a problem, and its last
 * good state stays in force; what counts as deleted, and when: tracked-file.ts and root-guard.ts.
 */

import { normalize, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Finding } from '@l7mesh/crds'
import { type Clock, systemClock, Waker } from '../../clock.ts'
import { messageOf } from '../../user-error.ts'
import type { Manifest, Validate } from '../manifest.ts'
import type { ResourceKey, Snapshot, Source, SourceProblem } from '../snapshot.ts'
import { type Assembly, assemble, EMPTY_ASSEMBLY } from './assemble.ts'
import { DISK, type Disk } from './disk.ts'
import { FolderWatch } from './folder-watch.ts'
import { RootGuard } from './root-guard.ts'
import type { GoneRules, TrackedFile } from './tracked-file.ts'
import { TrackedFolder } from './tracked-folder.ts'

export type FolderSource = Source & {
  /** Every object in force, of all kinds, in the order of paths and lines. */
  manifests(): readonly Manifest[]
  /** Resources whose newest text must not be used; an earlier good version of them, if any, stays in force. */
  rejected(): ReadonlyMap<ResourceKey, readonly Finding[]>
  /** Where each object is written, FILE:LINE, by `objectKey`. */
  located(): ReadonlyMap<string, string>
  /** False while something of the folder could never be read: objects that are missing then may be in there. */
  isComplete(): boolean
}

export type FolderOptions = {
  readonly validate: Validate
  readonly disk?: Disk
  readonly clock?: Clock
  /** How often everything is looked at though no event came; default 60,000 ms. */
  readonly rescanMs?: number
  /** How long a file must be gone, empty or broken before it is believed; default 100 ms. */
  readonly settleMs?: number
}

/** Events of one save come in a burst: it is over after this long without one, or when its time is up. */
const BURST_QUIET_MS = 2
const BURST_MAX_MS = 10
/** How often a missing folder is looked for, and a folder is looked at that cannot be watched. */
const BLIND_RESCAN_MS = 500

/** Never throws: whatever is wrong with the folder is in `problems()`. */
export function folderSource(root: string, options: FolderOptions): FolderSource {
  return new WatchedFolder(normalize(root).replace(/(?<=.)[/\\]$/, ''), options)
}

type FolderParts = { readonly watch: FolderWatch; readonly guard: RootGuard; readonly folder: TrackedFolder }

class WatchedFolder implements FolderSource {
  readonly #root: string
  readonly #options: Required<FolderOptions>
  #assembly: Assembly = EMPTY_ASSEMBLY
  #version = -1
  #problems: readonly SourceProblem[] = []
  #isSynced = false
  #isComplete = false

  constructor(root: string, options: FolderOptions) {
    this.#root = root
    this.#options = { disk: DISK, clock: systemClock, rescanMs: 60_000, settleMs: 100, ...options }
  }

  snapshot(): Snapshot | undefined {
    return this.#isSynced ? this.#assembly.snapshot : undefined
  }

  problems(): readonly SourceProblem[] {
    return this.#problems
  }

  manifests(): readonly Manifest[] {
    return this.#assembly.manifests
  }

  rejected(): ReadonlyMap<ResourceKey, readonly Finding[]> {
    return this.#assembly.rejected
  }

  located(): ReadonlyMap<string, string> {
    return new Map(this.#assembly.entries.values().map(({ newest, where }) => [newest.key, where]))
  }

  isComplete(): boolean {
    return this.#isComplete
  }

  async run(signal: AbortSignal, onChange: () => void): Promise<void> {
    const { disk, clock } = this.#options
    const waker = new Waker(clock, signal)
    const watch = new FolderWatch(disk, () => waker.wake())
    const parts = { watch, guard: new RootGuard(this.#root, disk), folder: new TrackedFolder(this.#root, disk, watch) }
    let lastScan = -Infinity
    while (!signal.aborted) {
      const now = clock.now()
      if (await this.#round(parts, now, now >= this.#scanDue(parts, lastScan))) lastScan = now
      if (!signal.aborted && this.#publish(parts)) onChange()
      await waker.wait(Math.min(this.#scanDue(parts, lastScan), parts.guard.due, nextDoubt(parts)) - clock.now())
      await this.#endOfBurst(watch, waker)
    }
    watch.close()
  }

  /** Whether everything was looked at. */
  async #round({ watch, guard, folder }: FolderParts, now: number, isScanDue: boolean): Promise<boolean> {
    const root = await guard.check(now)
    const { paths, everything } = watch.take()
    if (root === 'missing') {
      watch.close()
      watch.follow(this.#root, resolve(this.#root))
      return true
    }
    const isScan = root === 'new' || everything || isScanDue
    const by = this.#judgement(now, guard)
    if (isScan) await folder.refreshAll(by)
    else await folder.refresh([...paths, ...doubtsDue(folder, by)], by)
    guard.update(
      now,
      paths.size > 0,
      folder.files.values().some(({ fading }) => !fading),
    )
    this.#isSynced ||= !folder.problems.has(this.#root)
    return isScan
  }

  /** At the start there is nothing to lose, so everything is believed as it is. */
  #judgement(now: number, { believesGone }: RootGuard): GoneRules {
    const { validate, settleMs } = this.#options
    return { now, believesGone, validate, settleMs: this.#isSynced ? settleMs : 0 }
  }

  #scanDue({ watch, guard, folder }: FolderParts, lastScan: number): number {
    const isBlind = watch.failures.size > 0 || folder.problems.size > 0 || guard.isMissing
    return lastScan + Math.min(this.#options.rescanMs, isBlind ? BLIND_RESCAN_MS : Infinity)
  }

  /** Waits for the end of a burst of events. */
  async #endOfBurst(watch: FolderWatch, waker: Waker): Promise<void> {
    const end = this.#options.clock.now() + BURST_MAX_MS
    for (let seen = 0; watch.events > seen && this.#options.clock.now() < end; ) {
      seen = watch.events
      await waker.wait(BURST_QUIET_MS)
    }
  }

  /** Whether anything is different from before. */
  #publish({ watch, guard, folder }: FolderParts): boolean {
    const wasSynced = this.#version !== -1
    const before = this.#assembly
    if (this.#isSynced && folder.version !== this.#version) this.#assembly = assemble(folder.files.values(), before)
    if (this.#isSynced) this.#version = folder.version
    const problems = [
      guard.problem ?? [],
      [...folder.problems.values()],
      blindSpots(watch),
      this.#assembly.problems,
    ].flat()
    const isComplete = this.#isSynced && folder.problems.size === 0 && folder.isParsed
    const isSame =
      wasSynced === this.#isSynced &&
      isComplete === this.#isComplete &&
      isDeepStrictEqual(problems, this.#problems) &&
      isSameAssembly(this.#assembly, before)
    this.#problems = problems
    this.#isComplete = isComplete
    return !isSame
  }
}

function isSameAssembly(a: Assembly, b: Assembly): boolean {
  if (a === b) return true
  const hasSameObjects =
    a.snapshot === b.snapshot &&
    a.manifests.length === b.manifests.length &&
    a.manifests.every((manifest, index) => manifest === b.manifests[index])
  return hasSameObjects && isDeepStrictEqual(a.rejected, b.rejected)
}

function doubtsDue({ doubtful }: TrackedFolder, { now, believesGone }: GoneRules): readonly string[] {
  return [...doubtful.values()].flatMap(file => (doubtDue(file, believesGone) <= now ? file.path : []))
}

function nextDoubt({ folder, guard }: FolderParts): number {
  if (guard.isMissing) return Infinity
  return folder.doubtful.values().reduce((due, file) => Math.min(due, doubtDue(file, guard.believesGone)), Infinity)
}

function doubtDue({ doubt }: TrackedFile, believesGone: boolean): number {
  if (!doubt) return Infinity
  return doubt.text === undefined && !believesGone ? Infinity : doubt.due
}

function blindSpots({ failures }: FolderWatch): readonly SourceProblem[] {
  return [...failures].map(([where, error]) => ({
    where,
    message: `cannot be watched: ${messageOf(error)}`,
    help: `It is looked at every ${BLIND_RESCAN_MS} ms instead. On Linux, raise fs.inotify.max_user_watches with sysctl.`,
  }))
}
