/**
 * Looks into the folder, at everything or at the paths that events name, and keeps what it saw of each file. Effects:
 * all through the Disk. Only files whose stat changed are read.
 */
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../../user-error.ts'
import type { SourceProblem } from '../snapshot.ts'
import type { Disk, FolderEntry, Stat } from './disk.ts'
import type { FolderWatch } from './folder-watch.ts'
import { inParallel } from './in-parallel.ts'
import { type FileObservation, type GoneRules, observeFile, type TrackedFile } from './tracked-file.ts'

/**
 * A file that changed less than this before it was read may change again without another time stamp: file systems
 * count time in ticks of up to 10 ms.
 */
const TICK_MS = 20
const EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json'])
const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR'])

type FolderIdentity = { readonly identity: string; readonly realPath: string }
type FoundPath = { readonly path: string; readonly isLink: boolean; readonly isFile: boolean }
/** What is in a folder; nothing is known of the folders that could not be listed. */
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
  readonly #doubtful = new Map<string, TrackedFile>()
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

  /** Files of which something was seen that is not believed yet. */
  get doubtful(): ReadonlyMap<string, TrackedFile> {
    return this.#doubtful
  }

  /** Whether each file could be parsed once. */
  get isParsed(): boolean {
    return this.#unparsed.size === 0
  }

  /** Another one after every change of what the files say. */
  get version(): number {
    return this.#version
  }

  /** Folders that could not be listed. */
  get problems(): ReadonlyMap<string, SourceProblem> {
    return this.#problems
  }

  async refreshAll(by: GoneRules): Promise<void> {
    this.#watch.follow(this.#root, resolve(this.#root))
    await this.#refreshFolder(this.#root, by)
    this.#watch.prune(folder => this.#folders.has(folder))
  }

  /** Folders one after the other and from the top, since what is known of one counts for those in it; then files. */
  async refresh(paths: Iterable<string>, by: GoneRules): Promise<void> {
    const files: string[] = []
    const others: string[] = []
    await inParallel(new Set([...paths].flatMap(path => this.#affectedBy(path))), async path => {
      const stat = await this.#stat(path)
      const isFile = stat !== undefined && (stat instanceof Error || stat.type !== 'folder')
      ;(isFile && !this.#folders.has(path) ? files : others).push(path)
    })
    for (const path of others.sort()) await this.#refreshPath(path, by)
    await inParallel(files, path => this.#refreshPath(path, by))
    this.#watch.prune(folder => this.#folders.has(folder))
  }

  /** A hidden entry may be the link that other links go through, as `..data` in a mounted ConfigMap. */
  #affectedBy(path: string): readonly string[] {
    if (!isBelow(this.#root, path)) return []
    if (!isIgnored(relative(this.#root, path))) return [path]
    return basename(path).startsWith('.') ? this.#watch.linksIn(dirname(path)) : []
  }

  async #refreshPath(path: string, by: GoneRules): Promise<void> {
    const stat = await this.#stat(path)
    if (stat === undefined && !this.#folders.has(path)) return this.#refreshFile(path, stat, by)
    if (stat === undefined) return this.#lose(path, NOTHING, by)
    if (this.#isFolderAt(path, stat)) return this.#refreshFolder(path, by)
    if (this.#folders.has(path)) this.#lose(path, NOTHING, by)
    if (!isManifest(path)) return
    await this.#followIfLink(path)
    await this.#refreshFile(path, stat, by)
  }

  /** With all that is below it, and without what is not there any more. */
  async #refreshFolder(top: string, by: GoneRules): Promise<void> {
    const survey = await this.#survey(top)
    await inParallel(survey.files, async file => this.#refreshFile(file, await this.#stat(file), by))
    this.#lose(top, survey, by)
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

  /** Adds the manifests to `files`; the result is the folders among the entries. */
  async #sort(entries: readonly FoundPath[], files: Set<string>): Promise<readonly string[]> {
    const folders: string[] = []
    for (const found of entries) {
      if (await this.#isFolder(found)) folders.push(found.path)
      else if (isManifest(found.path)) files.add(found.path)
    }
    return folders
  }

  /** Starts to watch the folder, then lists it: in this order nothing can come between. */
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

  /** One that cannot be looked at is what it was. */
  #isFolderAt(path: string, stat: Stat | Error): boolean {
    return stat instanceof Error ? this.#folders.has(path) : stat.type === 'folder'
  }

  /** A link to a folder that it is in. */
  #isLoop(folder: string, identity: string): boolean {
    for (let above = folder; above !== this.#root && above !== dirname(above); ) {
      above = dirname(above)
      if (this.#folders.get(above)?.identity === identity) return true
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

  async #refreshFile(path: string, stat: Stat | Error | undefined, by: GoneRules): Promise<void> {
    const before = this.#files.get(path)
    const isKnown = before && !before.doubt && !before.fading
    if (isKnown && stat && 'stamp' in stat && stat.stamp === before.stamp) return
    const sight = await this.#see(path, stat, by.now)
    if (!sight) return
    this.#keep(path, this.#judge(path, before, sight, by))
  }

  async #see(path: string, stat: Stat | Error | undefined, now: number): Promise<FileObservation | undefined> {
    if (stat === undefined) return { tag: 'gone' }
    if (stat instanceof Error) return { tag: 'unreadable', problem: unreadable(path, stat) }
    if (stat.type !== 'file') return this.#files.has(path) ? { tag: 'gone' } : undefined
    try {
      const text = await this.#disk.read(path)
      return { tag: 'read', text, stamp: now - stat.changedAt < TICK_MS ? undefined : stat.stamp }
    } catch (error) {
      return GONE.has(codeOf(error)) ? { tag: 'gone' } : { tag: 'unreadable', problem: unreadable(path, error) }
    }
  }

  /** What breaks the parser itself, such as brackets 10,000 deep, is a problem of that file alone. */
  #judge(
    path: string,
    before: TrackedFile | undefined,
    sight: FileObservation,
    by: GoneRules,
  ): TrackedFile | undefined {
    try {
      return observeFile(path, before, sight, by)
    } catch (error) {
      return observeFile(path, before, { tag: 'unreadable', problem: unreadable(path, error) }, by)
    }
  }

  /** Everything known at or below the path that was not seen there. */
  #lose(top: string, seen: Survey, by: GoneRules): void {
    const isLost = (path: string) =>
      isAtOrBelow(top, path) && ![...seen.unlisted].some(folder => isAtOrBelow(folder, path))
    for (const [path, file] of this.#files)
      if (!seen.files.has(path) && isLost(path)) this.#keep(path, observeFile(path, file, { tag: 'gone' }, by))
    for (const folder of this.#folders.keys()) if (!seen.folders.has(folder) && isLost(folder)) this.#forget(folder)
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
      before?.fading === file?.fading
    if (!isSame) this.#version++
    if (file?.doubt) this.#doubtful.set(path, file)
    else this.#doubtful.delete(path)
    if (file && !file.isKnown) this.#unparsed.add(path)
    else this.#unparsed.delete(path)
    if (file) this.#files.set(path, file)
    else {
      this.#files.delete(path)
      this.#watch.unfollow(path)
    }
  }

  /** undefined: there is no such thing. */
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

/** Hidden files are those of editors and of mounts; an installed package's JSON is never meant as manifests. */
function isIgnored(path: string): boolean {
  return path.split(sep).some(part => part.startsWith('.') || part === 'node_modules')
}

/** By its ending, which the backups and temporary files of editors lack: `a.yaml~`, `#a.yaml#`, `4913`. */
function isManifest(path: string): boolean {
  return EXTENSIONS.has(extname(path))
}

/** As it is spelled: the targets of links are reported by their absolute paths, which a relative root is not above. */
function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return isAbsolute(root) === isAbsolute(path) && way !== '..' && !way.startsWith(`..${sep}`)
}

function isAtOrBelow(top: string, path: string): boolean {
  return path === top || top === '.' || path.startsWith(top.endsWith(sep) ? top : top + sep)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function unreadable(where: string, error: unknown): SourceProblem {
  const message = `cannot be read: ${messageOf(error)}`
  return { where, message, help: 'Make it readable; what was known of it stays in force until then.' }
}
