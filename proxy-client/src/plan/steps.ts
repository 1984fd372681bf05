/** The plan as it grows: its steps, and which of them bring each object or let it go. Used by `plan` alone. */
import type { Call, Step } from './call.ts'
import type { ObjectKey } from './configs.ts'

/** The steps so far, and which of them bring or take away each object. */
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

  /** The object is as it should be only once the step is done. */
  brings(key: ObjectKey, step: number): void {
    append(this.#brings, key, step)
  }

  /** Something stops referring to the object when the step is done. */
  frees(key: ObjectKey, step: number): void {
    append(this.#frees, key, step)
  }

  /** The step brings the listener that takes over from the one before it on the same rulelist. */
  succeeds(rules: string, step: number): void {
    this.#successors.set(rules, step)
  }

  /** A listener that moves to another port keeps its old one until the new one is there. */
  successor(rules: string): readonly number[] {
    const step = this.#successors.get(rules)
    return step === undefined ? [] : [step]
  }

  /** What must be done before the object can be named. Nothing for one that is there already. */
  before(key: ObjectKey): readonly number[] {
    return this.#brings.get(key) ?? []
  }

  /** What must be done before the object can go. */
  beforeGoing(key: ObjectKey): readonly number[] {
    return this.#frees.get(key) ?? []
  }
}

function append(map: Map<ObjectKey, number[]>, key: ObjectKey, step: number): void {
  const steps = map.get(key)
  if (steps) steps.push(step)
  else map.set(key, [step])
}
