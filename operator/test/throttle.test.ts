import { expect, it } from 'vitest'
import type { Clock } from '../src/clock.ts'
import { throttle } from '../src/throttle.ts'

/** A clock that tests advance. */
function handClock(): Clock & { pass(milliseconds: number): void; take(milliseconds: number): void } {
  let now = 0
  let timers: { readonly due: number; readonly callback: () => void }[] = []
  return {
    now: () => now,
    after(milliseconds, callback) {
      const timer = { due: now + milliseconds, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    },
    take: milliseconds => {
      now += milliseconds
    },
    pass(milliseconds) {
      const end = now + milliseconds
      for (;;) {
        const [next] = timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)
        if (!next) break
        timers = timers.filter(timer => timer !== next)
        now = Math.max(now, next.due)
        next.callback()
      }
      now = Math.max(now, end)
    },
  }
}

it('calls once for many requests, after half the time', () => {
  const clock = handClock()
  const calls: number[] = []
  const shown = throttle(clock, 40, () => calls.push(clock.now()))
  for (let i = 0; i < 10; i++) shown.request()
  clock.pass(100)
  expect(calls).toEqual([20])
})

it('calls at most once in so many milliseconds, and once more after the last request', () => {
  const clock = handClock()
  const calls: number[] = []
  const shown = throttle(clock, 40, () => calls.push(clock.now()))
  for (let i = 0; i < 100; i++) {
    shown.request()
    clock.pass(1)
  }
  clock.pass(100)
  expect(calls).toEqual([20, 60, 100])
})

it('never takes more than a fifth of the time', () => {
  const clock = handClock()
  const calls: number[] = []
  const shown = throttle(clock, 40, () => {
    calls.push(clock.now())
    clock.take(100)
  })
  shown.request()
  clock.pass(20)
  shown.request()
  clock.pass(1000)
  expect(calls).toEqual([20, 520])
})

it('does at once what is still to be done', () => {
  const clock = handClock()
  const calls: number[] = []
  const shown = throttle(clock, 40, () => calls.push(clock.now()))
  shown.flush()
  shown.request()
  shown.flush()
  clock.pass(100)
  expect(calls).toEqual([0])
})
