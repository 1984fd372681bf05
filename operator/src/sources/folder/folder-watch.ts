/**
 * The watches of the folder source: one for each folder, plus the folders in which links of ours end. An event only
 * says which path to look at again. Events may be lost (a full inotify queue is not reported), so the source looks at
 * everything from time to time as well.
 */
import { basename, dirname, join } from 'node:path'
import type { Disk, Watcher } from './disk.ts'

/** More events than this between two looks may have filled the queue of the kernel (16384 by default). */
const FLOOD = 4096

export type Dirty = { readonly paths: ReadonlySet<string>; readonly everything: boolean }

export class FolderWatch {
  readonly #disk: Disk
  readonly #onEvent: () => void
  readonly #watchers = new Map<string, Watcher>()
  /** Where the links of the folder end: real path by link. */
  readonly #links = new Map<string, string>()
  readonly #linksByTarget = new Map<string, Set<string>>()
  readonly #failures = new Map<string, unknown>()
  #paths = new Set<string>()
  #events = 0

  constructor(disk: Disk, onEvent: () => void) {
    this.#disk = disk
    this.#onEvent = onEvent
  }

  /** Events that were not taken yet. */
  get events(): number {
    return this.#events
  }

  /** Folders that cannot be watched, and why: changes in them are seen by rescans alone. */
  get failures(): ReadonlyMap<string, unknown> {
    return this.#failures
  }

  take(): Dirty {
    const dirty = { paths: this.#paths, everything: this.#events > FLOOD }
    this.#paths = new Set()
    this.#events = 0
    return dirty
  }

  /** Starts anew if the folder was watched already: another one may stand at its path now. */
  watch(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#failures.delete(folder)
    try {
      const onError = (error: unknown) => this.#fail(folder, error)
      this.#watchers.set(
        folder,
        this.#disk.watch(folder, name => this.#report(folder, name), onError),
      )
    } catch (error) {
      this.#fail(folder, error)
    }
  }

  unwatch(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#failures.delete(folder)
  }

  /** Reports the link whenever something happens to the path where it ends. */
  follow(link: string, target: string): void {
    if (this.#links.get(link) === target) return
    this.unfollow(link)
    this.#links.set(link, target)
    const links = this.#linksByTarget.get(target) ?? new Set()
    this.#linksByTarget.set(target, links.add(link))
    if (!this.#watchers.has(dirname(target))) this.watch(dirname(target))
  }

  unfollow(link: string): void {
    const target = this.#links.get(link)
    if (target === undefined) return
    this.#links.delete(link)
    const links = this.#linksByTarget.get(target)
    links?.delete(link)
    if (links?.size === 0) this.#linksByTarget.delete(target)
  }

  /** Ends the watches of folders outside the source in which no link ends any more. */
  prune(isOurs: (folder: string) => boolean): void {
    const needed = new Set([...this.#linksByTarget.keys()].map(target => dirname(target)))
    for (const folder of this.#watchers.keys()) if (!isOurs(folder) && !needed.has(folder)) this.unwatch(folder)
  }

  linksIn(folder: string): readonly string[] {
    return [...this.#links.keys()].filter(link => dirname(link) === folder)
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
    this.#links.clear()
    this.#linksByTarget.clear()
    this.#failures.clear()
  }

  /** An event without a name, or with that of the folder itself, may mean the folder as a whole. */
  #report(folder: string, name: string | null): void {
    const path = name === null ? folder : join(folder, name)
    this.#events++
    this.#paths.add(path)
    if (name === basename(folder)) this.#paths.add(folder)
    for (const link of this.#linksByTarget.get(path) ?? []) this.#paths.add(link)
    this.#onEvent()
  }

  #fail(folder: string, error: unknown): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#failures.set(folder, error)
    this.#onEvent()
  }
}
