import { expect, it } from 'vitest'
import { failureLog } from '../../../src/cli/run/failures.ts'
import { electionOf, leaderLog } from '../../../src/cli/run/leader.ts'
import type { Happening } from '../../../src/report/happenings.ts'
import { resolveSettings } from '../../../src/settings/resolve.ts'

function recorded() {
  const lines: string[] = []
  return { lines, log: ({ level, text }: Happening) => lines.push(`${level} ${text}`) }
}

it('says who leads, whenever that changes', () => {
  const { lines, log } = recorded()
  const tell = leaderLog(log)
  for (const leader of [undefined, undefined, { other: 'b' }, { other: 'b' }, undefined, 'this', undefined] as const)
    tell(leader)
  expect(lines).toEqual([
    'info nobody leads yet',
    'info standing by: b leads',
    'warn nobody leads; the proxies keep what they hold',
    'info this operator leads',
    'warn nobody leads; the proxies keep what they hold',
  ])
})

it('says the same failure once a minute', () => {
  const { lines, log } = recorded()
  let now = 0
  const tell = failureLog(log, () => now)
  for (; now < 130_000; now += 1000) tell(new Error('no'), `the status of ${now}`)
  tell(new Error('another'), 'an event')
  expect(lines).toEqual([
    'warn cannot write the status of 0: no',
    'warn cannot write the status of 60000: no',
    'warn cannot write the status of 120000: no',
    'warn cannot write an event: another',
  ])
})

const PLACE = { instance: 'pod-1', variables: {}, namespace: undefined, id: '42' }

it.each([
  [{}, PLACE, 'default'],
  [{}, { ...PLACE, namespace: 'of-context' }, 'of-context'],
  [{}, { ...PLACE, namespace: 'of-context', variables: { POD_NAMESPACE: 'of-pod' } }, 'of-pod'],
  [{ leaseNamespace: 'set' }, { ...PLACE, variables: { POD_NAMESPACE: 'of-pod' } }, 'set'],
])('the lease is in the namespace that is set, else of the pod, else of the context: %j', (flags, place, namespace) => {
  const settings = resolveSettings({ flags, variables: {}, file: undefined })
  expect(electionOf(settings, place)).toMatchObject({ namespace, name: 'l7mesh', identity: 'pod-1_42' })
})

it('there is no election where there need not be one', () => {
  const settings = resolveSettings({ flags: { leaderElect: 'false' }, variables: {}, file: undefined })
  expect(electionOf(settings, PLACE)).toBeUndefined()
})
