import { assert, constantFrom, property, subarray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Config, EMPTY_CONFIG, OBJECT_KINDS } from '../src/model.ts'
import { type ObjectKey, placedEndpoints } from '../src/plan/configs.ts'
import { prune } from '../src/plan/prune.ts'
import { desiredConfigs, type Service, withService } from './arbitrary.ts'
import { dangling } from './mirror.ts'

describe('prune', () => {
  const refusals = desiredConfigs.chain(desired =>
    subarray([...keysOf(desired)]).map(refused => ({ desired, refused })),
  )

  it('leaves no dangling references', () =>
    assert(
      property(refusals, ({ desired, refused }) => {
        expect(dangling(prune(desired, new Set(refused)))).toEqual([])
      }),
    ))

  it('omits rejected objects', () =>
    assert(
      property(refusals, ({ desired, refused }) => {
        const left = keysOf(prune(desired, new Set(refused)))
        for (const key of refused) expect(left).not.toContain(key)
      }),
    ))

  it('keeps objects that do not depend on them', () =>
    assert(
      property(desiredConfigs, constantFrom(...OBJECT_KINDS), (desired, kind) => {
        expect(prune(desired, new Set([`${kind} nothing` as const]))).toEqual(desired)
      }),
    ))

  const service: Service = {
    name: 'dns',
    listener: { protocol: 'UDP', port: 5053 },
    track: 0,
    clusters: [{ spec: { protocol: 'Echo' }, addresses: [] }],
    order: [],
  }

  it('ends sessions at a rule without its cluster instead of falling through', () => {
    const desired = withService(EMPTY_CONFIG, service)
    const [cluster] = desired.clusters.keys()
    const [rule] = prune(desired, new Set([`cluster ${cluster}` as const])).rules.values()
    expect(rule).toMatchObject({ match: { op: 'test' }, action: {} })
  })

  it('omits such a rule from a live list that has its predecessor', () => {
    const desired = withService(EMPTY_CONFIG, service)
    const [cluster] = desired.clusters.keys()
    const [list] = prune(desired, new Set([`cluster ${cluster}` as const]), desired).rulelists.values()
    expect(list?.rules).toEqual([])
  })
})

function keysOf(config: Config): readonly ObjectKey[] {
  return [
    ...[...config.clusters.keys()].map(name => `cluster ${name}` as const),
    ...[...placedEndpoints(config.clusters.values()).keys()].map(name => `endpoint ${name}` as const),
    ...[...config.routes.keys()].map(name => `route ${name}` as const),
    ...[...config.rules.keys()].map(name => `rule ${name}` as const),
    ...[...config.rulelists.keys()].map(name => `rulelist ${name}` as const),
    ...[...config.listeners.keys()].map(name => `listener ${name}` as const),
  ]
}
