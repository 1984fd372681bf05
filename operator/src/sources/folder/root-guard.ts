/**
 * Guards against the loss of the whole folder. A folder that is missing, or was replaced by another one (a fresh
 * checkout, an unmounted volume), says nothing about the intent of the user: while it is missing, everything is kept.
 * Objects missing from a new folder count as deleted only if that folder contains manifests and has not changed for a
 * second.
 */

import { messageOf } from '../../user-error.ts'
import type { SourceProblem } from '../snapshot.ts'
import type { Disk } from './disk.ts'

const REFILL_QUIET_MS = 1000

export class RootGuard {
  readonly #root: string
  readonly #disk: Disk
  #identity: string | undefined
  #problem: SourceProblem | undefined
  /** The time of the last change of a new folder; undefined once it is complete. */
  #lastChange: number | undefined
  #isEmpty = false

  constructor(root: string, disk: Disk) {
    this.#root = root
    this.#disk = disk
  }

  async check(now: number): Promise<'same' | 'new' | 'missing'> {
    const identity = await this.#observe()
    if (identity === undefined) {
      if (this.#identity !== undefined) this.#lastChange = now
      this.#identity = undefined
      return 'missing'
    }
    if (identity === this.#identity) return 'same'
    if (this.#identity !== undefined) this.#lastChange = now
    this.#identity = identity
    return 'new'
  }

  /** To be called after each read of the folder. */
  update(now: number, hasChanged: boolean, hasFiles: boolean): void {
    if (this.#lastChange === undefined) return
    this.#isEmpty = !hasFiles
    if (hasChanged) this.#lastChange = now
    else if (hasFiles && now - this.#lastChange >= REFILL_QUIET_MS) this.#lastChange = undefined
  }

  get isMissing(): boolean {
    return this.#identity === undefined
  }

  /** Whether a missing file counts as deleted. */
  get acceptsDeletions(): boolean {
    return this.#lastChange === undefined
  }

  /** When to check again even without events; Infinity if not needed. */
  get due(): number {
    return this.#lastChange === undefined || this.#isEmpty || this.isMissing
      ? Infinity
      : this.#lastChange + REFILL_QUIET_MS
  }

  get problem(): SourceProblem | undefined {
    if (this.#problem || this.#lastChange === undefined || !this.#isEmpty) return this.#problem
    return {
      where: this.#root,
      message: 'the folder was replaced by one without manifests; the last valid version is kept',
      help: 'Restore the manifests, or restart l7mesh to use the folder as it is.',
    }
  }

  async #observe(): Promise<string | undefined> {
    try {
      const { type, identity } = await this.#disk.stat(this.#root)
      this.#problem = type === 'folder' ? undefined : this.#unreadable('not a folder')
      return type === 'folder' ? identity : undefined
    } catch (error) {
      this.#problem = this.#unreadable(messageOf(error))
      return undefined
    }
  }

  #unreadable(reason: string): SourceProblem {
    const help = 'Create the folder or make it readable; l7mesh retries until then.'
    return {
      where: this.#root,
      message: `cannot read the folder: ${reason}; nothing changes until it is readable`,
      help,
    }
  }
}
