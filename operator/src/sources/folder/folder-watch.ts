/**
 * The watches of the folder source: one per folder, plus one per folder that contains the target of a link. An event
 * only determines which path to read again. Events may be lost (a full inotify queue is not reported), so the source
 * also rescans periodically.
 */
import { basename, dirname, join } from 'node:path'
import type { Disk, Watcher } from './disk.ts'

/** More events than this between two reads may have filled the queue of the kernel (16384 by default). */
const FLOOD = 4096

export type Dirty = { readonly paths: ReadonlySet<string>; readonly everything: boolean }

export class FolderWatch {
  readonly #disk: Disk
  readonly #onEvent: () => void
  readonly #watchers = new Map<string, Watcher>()
  /** The targets of the links in the folder: real path by link. */
  readonly #links = new Map<string, string>()
  readonly #linksByTarget = new Map<string, Set<string>>()
  readonly #failures = new Map<string, unknown>()
  #paths = new Set<string>()
  #events = 0

  constructor(disk: Disk, onEvent: () => void) {
    this.#disk = disk
    this.#onEvent = onEvent
  }

  /** The number of events since the last `take`. */
  get events(): number {
    return this.#events
  }

  /** Folders that cannot be watched, with the error: their changes are found only by rescans. */
  get failures(): ReadonlyMap<string, unknown> {
    return this.#failures
  }

  take(): Dirty {
    const dirty = { paths: this.#paths, everything: this.#events > FLOOD }
    this.#paths = new Set()
    this.#events = 0
    return dirty
  }

  /** Replaces an existing watch, because another folder may now be at the path. */
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

  /** Reports the link whenever its target changes. */
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

  /** Removes watches of folders outside the source that no longer contain the target of a link. */
  prune(isTracked: (folder: string) => boolean): void {
    const needed = new Set([...this.#linksByTarget.keys()].map(target => dirname(target)))
    for (const folder of this.#watchers.keys()) if (!isTracked(folder) && !needed.has(folder)) this.unwatch(folder)
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

  /** An event without a name, or with the name of the folder, may affect the folder itself. */
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
