/**
 * Calls a function at most once in so many milliseconds, and always once more after the last request. It never takes
 * more than a fifth of the time: what it shows must not slow down what it shows.
 */
import type { Clock } from './clock.ts'

export type Throttle = {
  request(): void
  /** Does at once what is still to be done. */
  flush(): void
}

/** The first call after a rest waits for half the time: what has just begun is seen done. */
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
