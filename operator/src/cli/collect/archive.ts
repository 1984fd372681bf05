/** The archive of `l7mesh collect`: redacted texts by path, and a list of what could not be read. */
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { packTar } from 'modern-tar'
import { stringify } from 'yaml'
import { messageOf, UserError } from '../../user-error.ts'
import type { Redactor } from './redact.ts'

export class CollectedFiles {
  readonly #redactor: Redactor
  readonly #files = new Map<string, string>()
  readonly #unread: string[] = []

  constructor(redactor: Redactor) {
    this.#redactor = redactor
  }

  /** Paths, in the order in which they were added. */
  get paths(): readonly string[] {
    return [...this.#files.keys()]
  }

  /** What could not be read, with the reason. */
  get unread(): readonly string[] {
    return this.#unread
  }

  /** The only ways to add content, which redact it. */
  addText(path: string, text: string): void {
    this.#files.set(path, this.#redactor.text(text))
  }

  addValue(path: string, value: unknown): void {
    this.#files.set(path, stringify(this.#redactor.value(value), { lineWidth: 0, aliasDuplicateObjects: false }))
  }

  /** Records a failure and continues. */
  async try<T>(what: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      this.miss(what, messageOf(error))
      return undefined
    }
  }

  miss(what: string, why: string): void {
    this.#unread.push(this.#redactor.text(`${what}: ${why}`))
  }

  /** Resolves to the size in bytes. */
  async write(file: string, folder: string, now: Date): Promise<number> {
    const entries = [...this.#files].map(([path, body]) => ({
      header: { name: `${folder}/${path}`, size: Buffer.byteLength(body), mtime: now, mode: 0o644 },
      body,
    }))
    const packed = await promisify(gzip)(await packTar(entries))
    try {
      // Readable only by its owner.
      await writeFile(file, packed, { flag: 'wx', mode: 0o600 })
    } catch (error) {
      const help = 'Give another file with -o.'
      throw new UserError(`cannot write ${file}: ${messageOf(error)}`, { help, cause: error })
    }
    return packed.length
  }
}
