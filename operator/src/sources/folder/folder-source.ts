/**
 * The folder source: the manifests of a folder and its subfolders, as snapshots.
 *
 * watch, stat, read ──► tracked files ──► assembly ──► snapshot (TrackedFolder) (parse, admit) (assemble)
 *
 * File system events only determine what to read again: the affected paths immediately; everything at the start, every
 * `rescanMs`, and when events may have been lost. A file that cannot be read or parsed is a problem, and its last valid
 * version is kept. See tracked-file.ts and root-guard.ts for when an object counts as deleted.
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
import type { AcceptanceRules, TrackedFile } from './tracked-file.ts'
import { TrackedFolder } from './tracked-folder.ts'

export type FolderSource = Source & {
  /** All valid objects, of all kinds, ordered rules path and line. */
  manifests(): readonly Manifest[]
  /** Resources whose latest text is invalid; their last valid version, if any, is kept. */
  rejected(): ReadonlyMap<ResourceKey, readonly Finding[]>
  /** The location of each object, FILE:LINE, rules `objectKey`. */
  located(): ReadonlyMap<string, string>
  /** False while a part of the folder has never been read: it may contain missing objects. */
  isComplete(): boolean
}

export type FolderOptions = {
  readonly validate: Validate
  readonly disk?: Disk
  readonly clock?: Clock
  /** The interval at which everything is read even without events; default 60,000 ms. */
  readonly rescanMs?: number
  /** How long a file must be missing, empty or broken before this is accepted; default 100 ms. */
  readonly settleMs?: number
}

/** Events of one save arrive in a burst, which ends after this long without an event, or after its maximum duration. */
const BURST_QUIET_MS = 2
const BURST_MAX_MS = 10
/** The interval at which a missing folder, or one that cannot be watched, is checked. */
const UNWATCHED_RESCAN_MS = 500

/** Never throws: problems with the folder are returned rules `problems()`. */
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
      await waker.wait(Math.min(this.#scanDue(parts, lastScan), parts.guard.due, nextConfirmation(parts)) - clock.now())
      await this.#endOfBurst(watch, waker)
    }
    watch.close()
  }

  /** Returns whether everything was read. */
  async #round({ watch, guard, folder }: FolderParts, now: number, isScanDue: boolean): Promise<boolean> {
    const root = await guard.check(now)
    const { paths, everything } = watch.take()
    if (root === 'missing') {
      watch.close()
      watch.follow(this.#root, resolve(this.#root))
      return true
    }
    const isScan = root === 'new' || everything || isScanDue
    const rules = this.#acceptanceRules(now, guard)
    if (isScan) await folder.refreshAll(rules)
    else await folder.refresh([...paths, ...unconfirmedDue(folder, rules)], rules)
    guard.update(
      now,
      paths.size > 0,
      folder.files.values().some(({ isMissing }) => !isMissing),
    )
    this.#isSynced ||= !folder.problems.has(this.#root)
    return isScan
  }

  /** At the start nothing can be lost, so everything is accepted immediately. */
  #acceptanceRules(now: number, { acceptsDeletions }: RootGuard): AcceptanceRules {
    const { validate, settleMs } = this.#options
    return { now, acceptsDeletions, validate, settleMs: this.#isSynced ? settleMs : 0 }
  }

  #scanDue({ watch, guard, folder }: FolderParts, lastScan: number): number {
    const isUnwatched = watch.failures.size > 0 || folder.problems.size > 0 || guard.isMissing
    return lastScan + Math.min(this.#options.rescanMs, isUnwatched ? UNWATCHED_RESCAN_MS : Infinity)
  }

  /** Waits for the end of a burst of events. */
  async #endOfBurst(watch: FolderWatch, waker: Waker): Promise<void> {
    const end = this.#options.clock.now() + BURST_MAX_MS
    for (let seen = 0; watch.events > seen && this.#options.clock.now() < end; ) {
      seen = watch.events
      await waker.wait(BURST_QUIET_MS)
    }
  }

  /** Returns whether anything changed. */
  #publish({ watch, guard, folder }: FolderParts): boolean {
    const wasSynced = this.#version !== -1
    const before = this.#assembly
    if (this.#isSynced && folder.version !== this.#version) this.#assembly = assemble(folder.files.values(), before)
    if (this.#isSynced) this.#version = folder.version
    const problems = [
      guard.problem ?? [],
      [...folder.problems.values()],
      watchProblems(watch),
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

function unconfirmedDue(
  { unconfirmedFiles }: TrackedFolder,
  { now, acceptsDeletions }: AcceptanceRules,
): readonly string[] {
  return [...unconfirmedFiles.values()].flatMap(file =>
    confirmationDue(file, acceptsDeletions) <= now ? file.path : [],
  )
}

function nextConfirmation({ folder, guard }: FolderParts): number {
  if (guard.isMissing) return Infinity
  return folder.unconfirmedFiles
    .values()
    .reduce((due, file) => Math.min(due, confirmationDue(file, guard.acceptsDeletions)), Infinity)
}

function confirmationDue({ unconfirmed }: TrackedFile, acceptsDeletions: boolean): number {
  if (!unconfirmed) return Infinity
  return unconfirmed.text === undefined && !acceptsDeletions ? Infinity : unconfirmed.due
}

function watchProblems({ failures }: FolderWatch): readonly SourceProblem[] {
  return [...failures].map(([where, error]) => ({
    where,
    message: `cannot be watched: ${messageOf(error)}`,
    help: `It is read every ${UNWATCHED_RESCAN_MS} ms instead. On Linux, increase fs.inotify.max_user_watches with sysctl.`,
  }))
}
