/**
 * Watches over the folder as a whole. A folder that is gone, or that another one has taken the place of (a fresh
 * checkout, a volume that came off), says nothing about what people want: while it is missing everything stays in
 * force, and what a new folder lacks counts as deleted only when that folder holds manifests and has been quiet for a
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
  /** Set while a new folder is being filled: when it last changed. */
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

  /** After each look into the folder. */
  update(now: number, hasChanged: boolean, hasFiles: boolean): void {
    if (this.#lastChange === undefined) return
    this.#isEmpty = !hasFiles
    if (hasChanged) this.#lastChange = now
    else if (hasFiles && now - this.#lastChange >= REFILL_QUIET_MS) this.#lastChange = undefined
  }

  get isMissing(): boolean {
    return this.#identity === undefined
  }

  /** Whether a file that is not there was deleted. */
  get believesGone(): boolean {
    return this.#lastChange === undefined
  }

  /** When to look again though nothing happens; Infinity if there is no need. */
  get due(): number {
    return this.#lastChange === undefined || this.#isEmpty || this.isMissing
      ? Infinity
      : this.#lastChange + REFILL_QUIET_MS
  }

  get problem(): SourceProblem | undefined {
    if (this.#problem || this.#lastChange === undefined || !this.#isEmpty) return this.#problem
    return {
      where: this.#root,
      message: 'the folder was replaced by one without manifests; the last good state stays in force',
      help: 'Put the manifests back, or stop l7mesh and start it on the folder as it is.',
    }
  }

  async #observe(): Promise<string | undefined> {
    try {
      const { type, identity } = await this.#disk.stat(this.#root)
      this.#problem = type === 'folder' ? undefined : this.#trouble('not a folder')
      return type === 'folder' ? identity : undefined
    } catch (error) {
      this.#problem = this.#trouble(messageOf(error))
      return undefined
    }
  }

  #trouble(reason: string): SourceProblem {
    const help = 'Create the folder or make it readable; it is tried again until then.'
    return { where: this.#root, message: `cannot read the folder: ${reason}; nothing changes while it is away`, help }
  }
}
