/**
 * Reads the folder, completely or at the paths of events, and tracks the state of each file. All effects go through the
 * Disk. Only files whose stat changed are read.
 */
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../../user-error.ts'
import type { SourceProblem } from '../snapshot.ts'
import type { Disk, FolderEntry, Stat } from './disk.ts'
import type { FolderWatch } from './folder-watch.ts'
import { inParallel } from './in-parallel.ts'
import { type AcceptanceRules, type FileObservation, observeFile, type TrackedFile } from './tracked-file.ts'

/**
 * A file that changed less than this long before it was read may change again with the same time stamp: file systems
 * count time in ticks of up to 10 ms.
 */
const TICK_MS = 20
const EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json'])
const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR'])

type FolderIdentity = { readonly identity: string; readonly realPath: string }
type FoundPath = { readonly path: string; readonly isLink: boolean; readonly isFile: boolean }
/** The contents of a folder, except of subfolders that could not be listed. */
type Survey = {
  readonly files: ReadonlySet<string>
  readonly folders: ReadonlySet<string>
  readonly unlisted: ReadonlySet<string>
}
const NOTHING: Survey = { files: new Set(), folders: new Set(), unlisted: new Set() }

export class TrackedFolder {
  readonly #root: string
  readonly #disk: Disk
  readonly #watch: FolderWatch
  readonly #files = new Map<string, TrackedFile>()
  readonly #folders = new Map<string, FolderIdentity>()
  readonly #problems = new Map<string, SourceProblem>()
  readonly #unconfirmedFiles = new Map<string, TrackedFile>()
  readonly #unparsed = new Set<string>()
  #version = 0

  constructor(root: string, disk: Disk, watch: FolderWatch) {
    this.#root = root
    this.#disk = disk
    this.#watch = watch
  }

  get files(): ReadonlyMap<string, TrackedFile> {
    return this.#files
  }

  /** Files with an observation that is not accepted yet. */
  get unconfirmedFiles(): ReadonlyMap<string, TrackedFile> {
    return this.#unconfirmedFiles
  }

  /** Whether every file could be parsed at least once. */
  get isParsed(): boolean {
    return this.#unparsed.size === 0
  }

  /** Changes whenever the contents of the files change. */
  get version(): number {
    return this.#version
  }

  /** Folders that could not be listed. */
  get problems(): ReadonlyMap<string, SourceProblem> {
    return this.#problems
  }

  async refreshAll(rules: AcceptanceRules): Promise<void> {
    this.#watch.follow(this.#root, resolve(this.#root))
    await this.#refreshFolder(this.#root, rules)
    this.#watch.prune(folder => this.#folders.has(folder))
  }

  /** Folders sequentially from the top, because a folder determines what is known about its contents; then files. */
  async refresh(paths: Iterable<string>, rules: AcceptanceRules): Promise<void> {
    const files: string[] = []
    const others: string[] = []
    await inParallel(new Set([...paths].flatMap(path => this.#affectedBy(path))), async path => {
      const stat = await this.#stat(path)
      const isFile = stat !== undefined && (stat instanceof Error || stat.type !== 'folder')
      ;(isFile && !this.#folders.has(path) ? files : others).push(path)
    })
    for (const path of others.sort()) await this.#refreshPath(path, rules)
    await inParallel(files, path => this.#refreshPath(path, rules))
    this.#watch.prune(folder => this.#folders.has(folder))
  }

  /** A hidden entry may be a link that other links go through, such as `..data` in a mounted ConfigMap. */
  #affectedBy(path: string): readonly string[] {
    if (!isBelow(this.#root, path)) return []
    if (!isIgnored(relative(this.#root, path))) return [path]
    return basename(path).startsWith('.') ? this.#watch.linksIn(dirname(path)) : []
  }

  async #refreshPath(path: string, rules: AcceptanceRules): Promise<void> {
    const stat = await this.#stat(path)
    if (stat === undefined && !this.#folders.has(path)) return this.#refreshFile(path, stat, rules)
    if (stat === undefined) return this.#handleMissing(path, NOTHING, rules)
    if (this.#isFolderAt(path, stat)) return this.#refreshFolder(path, rules)
    if (this.#folders.has(path)) this.#handleMissing(path, NOTHING, rules)
    if (!isManifest(path)) return
    await this.#followIfLink(path)
    await this.#refreshFile(path, stat, rules)
  }

  /** Reads everything below the folder, and removes what no longer exists. */
  async #refreshFolder(top: string, rules: AcceptanceRules): Promise<void> {
    const survey = await this.#survey(top)
    await inParallel(survey.files, async file => this.#refreshFile(file, await this.#stat(file), rules))
    this.#handleMissing(top, survey, rules)
  }

  async #survey(top: string): Promise<Survey> {
    const survey = { files: new Set<string>(), folders: new Set<string>(), unlisted: new Set<string>() }
    const queue = [top]
    for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
      const entries = await this.#enter(folder)
      if (entries) survey.folders.add(folder)
      if (entries === 'unlisted') survey.unlisted.add(folder)
      else if (entries) queue.push(...(await this.#sort(entries, survey.files)))
    }
    return survey
  }

  /** Adds the manifests to `files`, and returns the subfolders. */
  async #sort(entries: readonly FoundPath[], files: Set<string>): Promise<readonly string[]> {
    const folders: string[] = []
    for (const found of entries) {
      if (await this.#isFolder(found)) folders.push(found.path)
      else if (isManifest(found.path)) files.add(found.path)
    }
    return folders
  }

  /** Watches the folder before listing it, so that no change is missed. */
  async #enter(folder: string): Promise<readonly FoundPath[] | 'unlisted' | undefined> {
    try {
      const { identity } = await this.#disk.stat(folder)
      if (this.#isLoop(folder, identity)) return undefined
      this.#watch.watch(folder)
      this.#folders.set(folder, { identity, realPath: await this.#disk.resolve(folder) })
      await this.#followIfLink(folder)
      const entries = await this.#disk.list(folder)
      this.#problems.delete(folder)
      return entries
        .filter(isOfInterest)
        .map(({ name, isLink, isFile }) => ({ path: join(folder, name), isLink, isFile }))
    } catch (error) {
      if (GONE.has(codeOf(error))) return this.#forget(folder)
      this.#problems.set(folder, unreadable(folder, error))
      return 'unlisted'
    }
  }

  async #isFolder({ path, isLink, isFile }: FoundPath): Promise<boolean> {
    if (isFile) return false
    if (isLink) await this.#followIfLink(path)
    const stat = await this.#stat(path)
    return stat !== undefined && this.#isFolderAt(path, stat)
  }

  /** A path that cannot be read keeps its type. */
  #isFolderAt(path: string, stat: Stat | Error): boolean {
    return stat instanceof Error ? this.#folders.has(path) : stat.type === 'folder'
  }

  /** Whether it is a link to a folder that contains it. */
  #isLoop(folder: string, identity: string): boolean {
    for (let parent = folder; parent !== this.#root && parent !== dirname(parent); ) {
      parent = dirname(parent)
      if (this.#folders.get(parent)?.identity === identity) return true
    }
    return false
  }

  async #followIfLink(path: string): Promise<void> {
    const folder = this.#folders.get(dirname(path))
    if (path === this.#root || !folder) return
    const target = await this.#disk.resolve(path).catch(() => undefined)
    if (target === undefined || target === join(folder.realPath, basename(path))) this.#watch.unfollow(path)
    else this.#watch.follow(path, target)
  }

  async #refreshFile(path: string, stat: Stat | Error | undefined, rules: AcceptanceRules): Promise<void> {
    const before = this.#files.get(path)
    const isKnown = before && !before.unconfirmed && !before.isMissing
    if (isKnown && stat && 'stamp' in stat && stat.stamp === before.stamp) return
    const observation = await this.#observe(path, stat, rules.now)
    if (!observation) return
    this.#keep(path, this.#track(path, before, observation, rules))
  }

  async #observe(path: string, stat: Stat | Error | undefined, now: number): Promise<FileObservation | undefined> {
    if (stat === undefined) return { tag: 'missing' }
    if (stat instanceof Error) return { tag: 'unreadable', problem: unreadable(path, stat) }
    if (stat.type !== 'file') return this.#files.has(path) ? { tag: 'missing' } : undefined
    try {
      const text = await this.#disk.read(path)
      return { tag: 'read', text, stamp: now - stat.changedAt < TICK_MS ? undefined : stat.stamp }
    } catch (error) {
      return GONE.has(codeOf(error)) ? { tag: 'missing' } : { tag: 'unreadable', problem: unreadable(path, error) }
    }
  }

  /** An exception of the parser, such as for brackets nested 10,000 deep, is a problem of that file only. */
  #track(
    path: string,
    before: TrackedFile | undefined,
    observation: FileObservation,
    rules: AcceptanceRules,
  ): TrackedFile | undefined {
    try {
      return observeFile(path, before, observation, rules)
    } catch (error) {
      return observeFile(path, before, { tag: 'unreadable', problem: unreadable(path, error) }, rules)
    }
  }

  /** Handles everything tracked at or below the path that was not found there. */
  #handleMissing(top: string, found: Survey, rules: AcceptanceRules): void {
    const isAffected = (path: string) =>
      isAtOrBelow(top, path) && ![...found.unlisted].some(folder => isAtOrBelow(folder, path))
    for (const [path, file] of this.#files)
      if (!found.files.has(path) && isAffected(path))
        this.#keep(path, observeFile(path, file, { tag: 'missing' }, rules))
    for (const folder of this.#folders.keys())
      if (!found.folders.has(folder) && isAffected(folder)) this.#forget(folder)
  }

  #forget(folder: string): undefined {
    this.#folders.delete(folder)
    this.#problems.delete(folder)
    this.#watch.unfollow(folder)
    this.#watch.unwatch(folder)
  }

  #keep(path: string, file: TrackedFile | undefined): void {
    const before = this.#files.get(path)
    const isSame =
      before?.items === file?.items &&
      isDeepStrictEqual(before?.problems, file?.problems) &&
      before?.isMissing === file?.isMissing
    if (!isSame) this.#version++
    if (file?.unconfirmed) this.#unconfirmedFiles.set(path, file)
    else this.#unconfirmedFiles.delete(path)
    if (file && !file.isKnown) this.#unparsed.add(path)
    else this.#unparsed.delete(path)
    if (file) this.#files.set(path, file)
    else {
      this.#files.delete(path)
      this.#watch.unfollow(path)
    }
  }

  /** Returns undefined if the path does not exist. */
  async #stat(path: string): Promise<Stat | Error | undefined> {
    try {
      return await this.#disk.stat(path)
    } catch (error) {
      if (GONE.has(codeOf(error))) return undefined
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

function isOfInterest({ name, isFile }: FolderEntry): boolean {
  return !isIgnored(name) && (!isFile || isManifest(name))
}

/** Hidden files belong to editors and mounts; JSON files of installed packages are not manifests. */
function isIgnored(path: string): boolean {
  return path.split(sep).some(part => part.startsWith('.') || part === 'node_modules')
}

/** By its extension, which backups and temporary files of editors lack: `a.yaml~`, `#a.yaml#`, `4913`. */
function isManifest(path: string): boolean {
  return EXTENSIONS.has(extname(path))
}

/** Compares the paths as written: targets of links have absolute paths, which are not below a relative root. */
function isBelow(root: string, path: string): boolean {
  const fromRoot = relative(root, path)
  return isAbsolute(root) === isAbsolute(path) && fromRoot !== '..' && !fromRoot.startsWith(`..${sep}`)
}

function isAtOrBelow(top: string, path: string): boolean {
  return path === top || top === '.' || path.startsWith(top.endsWith(sep) ? top : top + sep)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function unreadable(where: string, error: unknown): SourceProblem {
  const message = `cannot be read: ${messageOf(error)}`
  return { where, message, help: 'Make it readable; until then, its last valid version is kept.' }
}
