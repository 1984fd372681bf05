import { expect, it } from 'vitest'
import type { Config, Execution, RuleList, Tree } from '../src/index.ts'
import { createCompare, DEFAULT_RETRY, difference, EMPTY_CONFIG, plan, readBack } from '../src/index.ts'

const list = (name: string): RuleList => ({ name, rules: [] })
const names = (count: number) => Array.from({ length: count }, (_, index) => `list-${index}`)
const configOf = (lists: readonly string[]): Config => ({
  ...EMPTY_CONFIG,
  rulelists: new Map(lists.map(name => [name, list(name)])),
})

const UNASKED = { list: async () => [], get: async () => undefined }

/** The reads after a number of creations, with a number of existing objects. */
async function asked(held: number, created: number): Promise<readonly string[]> {
  const questions: string[] = []
  const read = {
    list: async () => {
      questions.push('list')
      return names(held + created).map(list)
    },
    get: async (name: string) => {
      questions.push(name)
      return list(name)
    },
  }
  const reads = {
    clusters: UNASKED,
    routes: UNASKED,
    rules: UNASKED,
    rulelists: read,
    listeners: UNASKED,
    trees: UNASKED,
  }
  const live = configOf(names(held))
  const execution = creationsOf(names(held + created).slice(held))
  const desired = configOf(names(held + created))
  const after = await readBack({ live, execution, reads, desired, compare: createCompare() })
  expect([...after.rulelists.keys()]).toEqual(names(held + created))
  return questions
}

function creationsOf(created: readonly string[]): Execution {
  const outcomes = created.map((name, id) => {
    const call = { op: 'create', kind: 'rulelist', object: list(name) } as const
    return { step: { id, call, needs: [] }, state: 'done' } as const
  })
  return { outcomes, stopped: undefined }
}

it('reads a few objects one by one', async () => {
  expect(await asked(0, 3)).toEqual(['list-0', 'list-1', 'list-2'])
  expect(await asked(1000, 15)).toHaveLength(15)
})

it('reads the list if that is less work for the proxy', async () => {
  expect(await asked(0, 4)).toEqual(['list'])
  expect(await asked(1000, 16)).toEqual(['list'])
})

/** A rulelist with a rule, a route and a cluster, all of that name. */
function withTree(config: Config, name: string): Config {
  const route = { name, destination: name, ingress: [], egress: [], retry: DEFAULT_RETRY }
  const cluster = { name, spec: { protocol: 'Echo' }, loadbalancer: { policy: 'Trivial' }, endpoints: [] } as const
  return {
    ...config,
    clusters: new Map([...config.clusters, [name, cluster]]),
    routes: new Map([...config.routes, [name, route]]),
    rules: new Map([...config.rules, [name, { name, action: { route: name } }]]),
    rulelists: new Map([...config.rulelists, [name, { name, rules: [name] }]]),
  }
}

/** The reads of a proxy that is in sync, after a plan from `live`. */
async function askedOf(live: Config, desired: Config): Promise<readonly string[]> {
  const questions: string[] = []
  const ask = <T>(kind: string, objects: ReadonlyMap<string, T>) => ({
    list: async () => {
      questions.push(`all ${kind}`)
      return [...objects.values()]
    },
    get: async (name: string) => {
      questions.push(`${kind} ${name}`)
      return objects.get(name)
    },
  })
  const { clusters, routes, rules, rulelists, listeners } = desired
  const reads = {
    clusters: ask('clusters', clusters),
    routes: ask('routes', routes),
    rules: ask('rules', rules),
    rulelists: ask('rulelists', rulelists),
    listeners: ask('listeners', listeners),
    trees: {
      get: async (name: string) => {
        questions.push(`tree ${name}`)
        const [rulelist, rule, route, cluster] = [rulelists, rules, routes, clusters].map(each => each.get(name))
        return { rulelist, rules: [rule], routes: [route], clusters: [cluster] } as Tree
      },
    },
  }
  const compare = createCompare()
  const { diff, target } = difference(live, desired, compare)
  const outcomes = plan({ diff, target, live }).steps.map(step => ({ step, state: 'done' }) as const)
  const after = await readBack({ live, execution: { outcomes, stopped: undefined }, reads, desired, compare })
  expect(after).toEqual(desired)
  return questions
}

it('reads a new rulelist with all new objects below it', async () => {
  const live = withTree(EMPTY_CONFIG, 'held')
  expect(await askedOf(live, withTree(live, 'new'))).toEqual(['tree new'])
})

it('reads the objects below a rulelist one by one if only they are new', async () => {
  const live = withTree(EMPTY_CONFIG, 'held')
  const without = { ...live, rules: new Map(), routes: new Map() }
  expect(await askedOf(without, live)).toEqual(['routes held', 'rules held'])
})

it('reads the lists if many rulelists are new', async () => {
  const many = names(3).reduce(withTree, EMPTY_CONFIG)
  expect(await askedOf(EMPTY_CONFIG, many)).not.toContain('tree list-0')
})
