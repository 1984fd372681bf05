/**
 * The steps that must be done before sessions can use an object: those that create it or, if it exists, those that create
 * missing objects below it. Used only by `plan`.
 */

import type { Config } from '../model.ts'
import { clustersOf } from './configs.ts'
import type { Steps } from './steps.ts'

export class Ready {
  readonly #steps: Steps
  readonly #target: Config

  constructor(steps: Steps, target: Config) {
    this.#steps = steps
    this.#target = target
  }

  route(name: string): readonly number[] {
    const brought = this.#steps.before(`route ${name}`)
    const route = this.#target.routes.get(name)
    if (brought.length > 0 || !route) return brought
    return clustersOf(route).flatMap(cluster => this.#steps.before(`cluster ${cluster}`))
  }

  /** `above`: the rulelists on the path to this one, because rulelists of others may apply each other in a cycle. */
  rule(name: string, above: readonly string[] = []): readonly number[] {
    const { route, apply } = this.#target.rules.get(name)?.action ?? {}
    return [
      ...this.#steps.before(`rule ${name}`),
      ...(route === undefined ? [] : this.route(route)),
      ...(apply === undefined ? [] : this.rulelist(apply, above)),
    ]
  }

  rulelist(name: string, above: readonly string[] = []): readonly number[] {
    if (above.includes(name)) return []
    const rules = this.#target.rulelists.get(name)?.rules ?? []
    return [...this.#steps.before(`rulelist ${name}`), ...rules.flatMap(rule => this.rule(rule, [...above, name]))]
  }
}
