/**
 * Calls a function at most once per interval, and always once after the last request. The function takes at most a
 * fifth of the time, so that displaying work does not slow it down.
 */
import type { Clock } from './clock.ts'

export type Throttle = {
  request(): void
  /** Performs a pending call immediately. */
  flush(): void
}

/**
 * The first call after an idle period is delayed by half an interval, so that it includes the result of what has just
 * started.
 */
export function throttle(clock: Clock, milliseconds: number, callback: () => void): Throttle {
  let cancel: (() => void) | undefined
  let next = 0
  const call = () => {
    cancel = undefined
    const began = clock.now()
    callback()
    const ended = clock.now()
    next = Math.max(began + milliseconds, ended + SHARE * (ended - began))
  }
  return {
    request() {
      cancel ??= clock.after(Math.max(milliseconds / 2, next - clock.now()), call)
    },
    flush() {
      if (!cancel) return
      cancel()
      call()
    },
  }
}

const SHARE = 4
