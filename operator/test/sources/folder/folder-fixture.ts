/** A temporary folder of manifests with a folder source, and a function that waits for its results. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type Finding, isRecord, type Resource } from '@l7mesh/crds'
import { stringify } from 'yaml'
import { DISK, type Disk } from '../../../src/sources/folder/disk.ts'
import { type FolderOptions, type FolderSource, folderSource } from '../../../src/sources/folder/folder-source.ts'
import type { Validate } from '../../../src/sources/manifest.ts'

/** Replaces validation by CRDs, so that the resources of these tests can be short: rejects a spec with `bad: true`. */
export const validate: Validate = document => {
  const spec = isRecord(document) ? document.spec : undefined
  const isBad = isRecord(spec) && spec.bad === true
  if (isBad) {
    const finding: Finding = { path: 'spec.bad', message: 'must be false', help: 'remove it', kind: 'Rule' }
    return { accepted: false, findings: [finding] }
  }
  // The short resources do not have the type.
  return { accepted: true, resource: document as Resource, findings: [] }
}

export function target(name: string, spec: object = { cluster: {} }, kind = 'Target') {
  return { apiVersion: 'l7mp.io/v1', kind, metadata: { name }, spec }
}

export function yaml(...documents: readonly object[]): string {
  return documents.map(document => `---\n${stringify(document)}`).join('')
}

export type CountedDisk = Disk & { readonly reads: string[]; readonly stats: string[] }

export function countedDisk(faults: Partial<Disk> = {}): CountedDisk {
  const disk = { ...DISK, ...faults }
  const reads: string[] = []
  const stats: string[] = []
  return {
    ...disk,
    reads,
    stats,
    read: file => {
      reads.push(file)
      return disk.read(file)
    },
    stat: path => {
      stats.push(path)
      return disk.stat(path)
    },
  }
}

type Options = Partial<FolderOptions> & { readonly isRelative?: boolean }

/** Long enough for a busy machine; tests/bench measures speed. */
const PATIENCE_MS = 25_000

export class Fixture implements AsyncDisposable {
  readonly place: string
  readonly root: string
  readonly source: FolderSource
  readonly #end = new AbortController()
  readonly #waiting = new Set<() => void>()
  #ended: Promise<void> | undefined
  changes = 0

  constructor(place: string, options: Options) {
    this.place = place
    const { isRelative, ...rest } = options
    this.root = join(isRelative ? relative('.', place) : place, 'mesh')
    this.source = folderSource(`${this.root}/`, { validate, ...rest })
  }

  static async create(files: Readonly<Record<string, string>> = {}, options: Options = {}) {
    const fixture = new Fixture(await mkdtemp(join(tmpdir(), 'l7mesh-folder-')), options)
    await mkdir(fixture.root)
    for (const [path, text] of Object.entries(files)) await fixture.write(path, text)
    return fixture
  }

  /** Starts the source, and waits for its first snapshot. */
  static async start(files: Readonly<Record<string, string>> = {}, options: Options = {}) {
    const fixture = await Fixture.create(files, options)
    fixture.run()
    await fixture.until('a first snapshot', () => fixture.source.snapshot() !== undefined)
    return fixture
  }

  run(): void {
    this.#ended = this.source.run(this.#end.signal, () => {
      this.changes++
      for (const wake of this.#waiting) wake()
    })
  }

  path(path: string): string {
    return join(this.root, path)
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true })
    await writeFile(this.path(path), text)
  }

  /** Saves atomically, like editors do. */
  async save(path: string, text: string): Promise<void> {
    await this.write(`${path}.tmp~`, text)
    await rename(this.path(`${path}.tmp~`), this.path(path))
  }

  /** The names of the valid Targets. */
  targets(): readonly string[] {
    return [...(this.source.snapshot()?.targets.keys() ?? [])].map(name => name.replace('default/', ''))
  }

  target(name: string) {
    return this.source.snapshot()?.targets.get(`default/${name}`)
  }

  problems(): readonly string[] {
    return this.source.problems().map(({ where, message }) => `${where.replace(`${this.root}/`, '')} ${message}`)
  }

  /** Checks after each change, and every 5 ms for other conditions; rejects after 5 s with the state of the source. */
  async until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const check = () => holds() && resolve()
    const late = () => reject(new Error(`not in time: ${what}; ${this.targets()}; ${this.problems().join('; ')}`))
    const deadline = setTimeout(late, PATIENCE_MS)
    const polling = setInterval(check, 5)
    this.#waiting.add(check)
    await promise.finally(() => {
      clearTimeout(deadline)
      clearInterval(polling)
      this.#waiting.delete(check)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.#ended
    await rm(this.place, { recursive: true, force: true })
  }
}
