import { assert, asyncProperty } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ExecuteOptions, execute } from '../src/apply/execute.ts'
import { ProxyError } from '../src/errors.ts'
import { type Config, EMPTY_CONFIG } from '../src/model.ts'
import { desiredConfigs, liveConfigs, type Service, withService } from './arbitrary.ts'
import { dangling } from './mirror.ts'
import { planFor, type Scripted, scripted } from './scripted.ts'

const echo: Service = {
  name: 'echo',
  listener: { protocol: 'UDP', port: 5053 },
  track: 0,
  clusters: [{ spec: { protocol: 'Echo' }, addresses: [] }],
  order: [],
}
const dns: Service = {
  ...echo,
  name: 'dns',
  clusters: [{ spec: { protocol: 'UDP', port: 53 }, addresses: ['10.0.0.1'] }],
}

describe('a tree', () => {
  it('contains all objects of a new VirtualService except its listener', async () => {
    const desired = withService(EMPTY_CONFIG, echo)
    const proxy = await run(EMPTY_CONFIG, desired)
    const [tree] = proxy.trees
    expect(proxy.trees).toHaveLength(1)
    expect(tree).toEqual({
      rulelist: only(desired.rulelists),
      rules: [only(desired.rules)],
      routes: [only(desired.routes)],
      clusters: [only(desired.clusters)],
    })
    expect(proxy.made.at(-1)).toMatchObject({ op: 'create', kind: 'listener' })
  })

  it('has no cluster with endpoints, which are created before it', async () => {
    const proxy = await run(EMPTY_CONFIG, withService(EMPTY_CONFIG, dns))
    expect(proxy.trees[0]).toMatchObject({ rules: [{}], routes: [{}], clusters: [] })
    expect(proxy.made.slice(0, 2)).toMatchObject([{ kind: 'cluster' }, { kind: 'endpoint' }])
  })

  it('has no object that another rulelist needs earlier', async () => {
    const { rulelists, ...rest } = withService(EMPTY_CONFIG, echo)
    const list = only(rulelists)
    const second = { ...list, name: `${list.name}-other` }
    const both = new Map([second, list].map(each => [each.name, each]))
    const proxy = await run(EMPTY_CONFIG, { ...rest, rulelists: both })
    // The first takes all: the second finds it there.
    expect(proxy.trees).toHaveLength(1)
    expect(proxy.config().rulelists).toEqual(both)
  })

  it('has at most a dozen objects', async () => {
    const clusters = Array.from({ length: 10 }, (_, index) => ({
      spec: { protocol: 'Logger', log_file: '-', log_prefix: `${index}` } as const,
      addresses: [],
    }))
    const desired = withService(EMPTY_CONFIG, { ...echo, clusters, order: [...clusters.keys()] })
    const proxy = await run(EMPTY_CONFIG, desired)
    const sizes = proxy.trees.map(
      ({ rules, routes, clusters: below }) => 1 + rules.length + routes.length + below.length,
    )
    expect(sizes).toEqual([12])
    expect(proxy.config()).toEqual(desired)
  })

  it('is not used if calls are made one by one', async () => {
    const proxy = await run(EMPTY_CONFIG, withService(EMPTY_CONFIG, echo), { oneByOne: true })
    expect(proxy.trees).toEqual([])
    expect(proxy.made).toHaveLength(5)
  })

  it('is created one by one after a rejection, which shows the rejected object', async () => {
    const desired = withService(EMPTY_CONFIG, echo)
    const proxy = scripted({
      before: call => {
        if (call.op === 'create' && call.kind === 'route') throw new ProxyError('invalid', 'no such route')
      },
    })
    const { outcomes } = await execute(planFor(EMPTY_CONFIG, desired), { calls: proxy.calls, probe })
    expect(outcomes.map(({ state, step: { call } }) => `${state} ${'kind' in call ? call.kind : ''}`)).toEqual([
      'done cluster',
      'failed route',
      'skipped rule',
      'skipped rulelist',
      'skipped listener',
    ])
  })

  it('does not change the result of a plan, nor expose dangling references', () =>
    assert(
      asyncProperty(liveConfigs, desiredConfigs, async (live, desired) => {
        const known = new Set(dangling(live))
        const looked = new Set<string>()
        const proxy = scripted({
          config: live,
          before: () => {
            for (const name of dangling(proxy.config())) looked.add(name)
          },
        })
        const { outcomes } = await execute(planFor(live, desired), { calls: proxy.calls, probe })
        const other = await run(live, desired, { oneByOne: true })
        expect(outcomes.filter(({ state }) => state !== 'done')).toEqual([])
        expect(sorted(proxy.config())).toEqual(sorted(other.config()))
        expect([...looked].filter(name => !known.has(name))).toEqual([])
      }),
      { numRuns: 300 },
    ))
})

const probe = async () => 'unknown' as const

async function run(live: Config, desired: Config, more: Partial<ExecuteOptions> = {}): Promise<Scripted> {
  const proxy = scripted({ config: live })
  await execute(planFor(live, desired), { calls: proxy.calls, probe, ...more })
  return proxy
}

function only<T>(objects: ReadonlyMap<string, T>): T {
  const [first, ...others] = objects.values()
  if (first === undefined || others.length > 0) throw new Error(`${objects.size} where there should be one`)
  return first
}

/** Without the order in which the objects of a kind have come. */
function sorted(config: Config): readonly unknown[] {
  return Object.values(config).map(objects => [...objects].sort(([a], [b]) => (a < b ? -1 : 1)))
}
