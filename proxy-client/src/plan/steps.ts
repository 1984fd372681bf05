/** The builder of a plan: its steps, and which of them create or release each object. Used only by `plan`. */
import type { Call, Step } from './call.ts'
import type { ObjectKey } from './configs.ts'

/** The steps so far, and which of them create or release each object. */
export class Steps {
  readonly all: Step[] = []
  readonly #brings = new Map<ObjectKey, number[]>()
  readonly #frees = new Map<ObjectKey, number[]>()
  readonly #successors = new Map<string, number>()

  add(call: Call, needs: readonly number[]): number {
    const id = this.all.length
    this.all.push({ id, call, needs: [...new Set(needs)].sort((a, b) => a - b) })
    return id
  }

  /** The object equals the desired one only after the step. */
  brings(key: ObjectKey, step: number): void {
    append(this.#brings, key, step)
  }

  /** The step removes a reference to the object. */
  frees(key: ObjectKey, step: number): void {
    append(this.#frees, key, step)
  }

  /** The step creates the listener that replaces an earlier one with the same rulelist. */
  succeeds(rules: string, step: number): void {
    this.#successors.set(rules, step)
  }

  /** A listener that moves to another port is deleted only after the new one has been created. */
  successor(rules: string): readonly number[] {
    const step = this.#successors.get(rules)
    return step === undefined ? [] : [step]
  }

  /** The steps before a reference to the object may be created. None if the object exists. */
  before(key: ObjectKey): readonly number[] {
    return this.#brings.get(key) ?? []
  }

  /** The steps before the object may be deleted. */
  beforeGoing(key: ObjectKey): readonly number[] {
    return this.#frees.get(key) ?? []
  }
}

function append(map: Map<ObjectKey, number[]>, key: ObjectKey, step: number): void {
  const steps = map.get(key)
  if (steps) steps.push(step)
  else map.set(key, [step])
}
