import { assert, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Config, EMPTY_CONFIG } from '../src/model.ts'
import { isOurs, MARKER } from '../src/names.ts'
import type { Plan } from '../src/plan/call.ts'
import { createCompare } from '../src/plan/compare.ts'
import { placedEndpoints } from '../src/plan/configs.ts'
import { difference, isEmpty } from '../src/plan/diff.ts'
import { resolveNameCollisions } from '../src/plan/name-collisions.ts'
import { plan } from '../src/plan/plan.ts'
import { desiredConfigs, liveConfigs } from './arbitrary.ts'
import { apply, dangling } from './mirror.ts'

const compare = createCompare()

describe('difference and plan', () => {
  it('lead from any live config to the desired one', () =>
    assert(
      property(liveConfigs, desiredConfigs, (live, desired) => {
        const after = states(live, desired).at(-1) ?? live
        expect(held(after)).toEqual(held(resolveNameCollisions(desired, after, compare)))
      }),
      { numRuns: 1000 },
    ))

  it('never change objects of others', () =>
    assert(
      property(liveConfigs, desiredConfigs, (live, desired) => {
        for (const state of states(live, desired)) expect(foreign(state)).toEqual(foreign(live))
      }),
      { numRuns: 300 },
    ))

  it('never have dangling references in the path of a new session between two desired configs', () =>
    assert(
      property(desiredConfigs, desiredConfigs, (before, desired) => {
        expect(states(before, desired).flatMap(dangling)).toEqual([])
      }),
      { numRuns: 1000 },
    ))

  it('add no dangling references to a proxy that has some', () =>
    assert(
      property(liveConfigs, desiredConfigs, (live, desired) => {
        const known = new Set(dangling(live))
        const shown = states(live, desired).flatMap(dangling)
        expect(shown.filter(name => !known.has(name))).toEqual([])
      }),
      { numRuns: 1000 },
    ))

  it('are empty for a proxy that is in sync', () =>
    assert(
      property(desiredConfigs, desired => {
        expect(stepsFrom(desired, desired).steps).toEqual([])
      }),
    ))

  it('have steps that depend only on earlier steps', () =>
    assert(
      property(tuple(liveConfigs, desiredConfigs), ([live, desired]) => {
        for (const { id, needs } of stepsFrom(live, desired).steps)
          for (const need of needs) expect(need).toBeLessThan(id)
      }),
    ))

  it('tolerate the failure of any step and its dependents, which the next run repeats', () =>
    assert(
      property(liveConfigs, desiredConfigs, (live, desired) => {
        const { steps } = stepsFrom(live, desired)
        for (const failed of steps) {
          const after = runWithout(live, { steps }, failed.id)
          const repaired = states(after, desired).at(-1) ?? after
          expect(isEmpty(difference(repaired, desired, compare).diff)).toBe(true)
        }
      }),
      { numRuns: 100 },
    ))

  it('write the marker last, once', () => {
    const { diff, target } = difference(EMPTY_CONFIG, EMPTY_CONFIG, compare)
    const marked = plan({ diff, target, live: EMPTY_CONFIG, filling: 'f1' })
    expect(marked.steps.map(step => step.call)).toEqual([
      { op: 'create', kind: 'rulelist', object: { name: MARKER, rules: ['f1'] } },
    ])
    const live = marked.steps.reduce((config, step) => apply(config, step.call), EMPTY_CONFIG)
    expect(plan({ diff, target, live, filling: 'f2' }).steps).toEqual([])
  })
})

function stepsFrom(live: Config, desired: Config): Plan {
  const { diff, target } = difference(live, desired, compare)
  return plan({ diff, target, live })
}

/** All configs after the first during the execution of a plan. */
function states(live: Config, desired: Config): readonly Config[] {
  const passed: Config[] = []
  for (const { call } of stepsFrom(live, desired).steps) passed.push(apply(passed.at(-1) ?? live, call))
  return passed
}

function runWithout(live: Config, { steps }: Plan, failed: number): Config {
  const skipped = new Set([failed])
  let config = live
  for (const { id, call, needs } of steps)
    if (id === failed || needs.some(need => skipped.has(need))) skipped.add(id)
    else config = apply(config, call)
  return config
}

/** The objects of l7mesh, with endpoints as sets. */
function held(config: Config): readonly unknown[] {
  const clusters = [...config.clusters.values()].map(cluster => ({ ...cluster, endpoints: new Set(cluster.endpoints) }))
  const others = [config.routes, config.rules, config.rulelists, config.listeners].flatMap(objects => [
    ...objects.values(),
  ])
  return [...clusters, ...others].filter(({ name }) => isOurs(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function foreign(config: Config): readonly unknown[] {
  const all = [
    ...Object.values(config).flatMap(objects => [...objects.values()]),
    ...placedEndpoints(config.clusters.values()).values(),
  ]
  return all.filter(object => !isOurs('name' in object ? object.name : object.endpoint.name))
}
