import { expect, it } from 'vitest'
import { AuditSchedule } from '../../src/converge/audit-schedule.ts'

function scheduleOf(fraction: number) {
  const time = { now: 5000 }
  const clock = { now: () => time.now }
  const schedule = new AuditSchedule({ clock, fraction: () => fraction, interval: () => 60_000 })
  return { time, schedule }
}

it('is due initially', () => {
  expect(scheduleOf(1).schedule.due).toBeLessThanOrEqual(0)
})

it.each([
  [0, 6000],
  [0.5, 33_000],
  [1, 60_000],
])('spreads proxies that were read at once over the interval: %d', (fraction, due) => {
  const { schedule } = scheduleOf(fraction)
  schedule.done(false)
  expect(schedule.due).toBeCloseTo(due)
})

it.each([
  [0, 54_000],
  [1, 60_000],
])('keeps proxies spread that were audited: %d', (fraction, due) => {
  const { schedule } = scheduleOf(fraction)
  schedule.done(true)
  expect(schedule.due).toBeCloseTo(due)
})

it('becomes due as time passes', () => {
  const { time, schedule } = scheduleOf(1)
  schedule.done(true)
  time.now += 60_000
  expect(schedule.due).toBe(0)
})
