import { expect, it } from 'vitest'
import type { Config, Execution, RuleList } from '../src/index.ts'
import { createCompare, EMPTY_CONFIG, readBack } from '../src/index.ts'

const list = (name: string): RuleList => ({ name, rules: [] })
const names = (count: number) => Array.from({ length: count }, (_, index) => `list-${index}`)
const configOf = (lists: readonly string[]): Config => ({
  ...EMPTY_CONFIG,
  rulelists: new Map(lists.map(name => [name, list(name)])),
})

const UNASKED = { list: async () => [], get: async () => undefined }

/** What is asked of a proxy after so many creations on top of what it held. */
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
  const reads = { clusters: UNASKED, routes: UNASKED, rules: UNASKED, rulelists: read, listeners: UNASKED }
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

it('reads the list where that is less work for the proxy', async () => {
  expect(await asked(0, 4)).toEqual(['list'])
  expect(await asked(1000, 16)).toEqual(['list'])
})
