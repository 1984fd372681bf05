import { expect, it } from 'vitest'
import { failureLog } from '../../../src/cli/run/failures.ts'
import { electionOf, leaderLog } from '../../../src/cli/run/leader.ts'
import type { LogEntry } from '../../../src/report/log/log-entries.ts'
import { resolveSettings } from '../../../src/settings/resolve.ts'

function recorded() {
  const lines: string[] = []
  return { lines, log: ({ level, text }: LogEntry) => lines.push(`${level} ${text}`) }
}

it('logs each change of the leader', () => {
  const { lines, log } = recorded()
  const tell = leaderLog(log)
  for (const leader of [undefined, undefined, { other: 'b' }, { other: 'b' }, undefined, 'this', undefined] as const)
    tell(leader)
  expect(lines).toEqual([
    'info no leader yet',
    'info standing by: b leads',
    'warn no leader; the proxies keep their config',
    'info this operator leads',
    'warn no leader; the proxies keep their config',
  ])
})

it('logs the same failure once a minute', () => {
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
])(
  'uses the configured namespace for the lease, else that of the pod, else that of the context: %j',
  (flags, place, namespace) => {
    const settings = resolveSettings({ flags, variables: {}, file: undefined })
    expect(electionOf(settings, place)).toMatchObject({ namespace, name: 'l7mesh', identity: 'pod-1_42' })
  },
)

it('needs no election with --leader-elect=false', () => {
  const settings = resolveSettings({ flags: { leaderElect: 'false' }, variables: {}, file: undefined })
  expect(electionOf(settings, PLACE)).toBeUndefined()
})
