/** Calls a function at most once in so many milliseconds, and always once more after the last request. */
import type { Clock } from '../clock.ts'

export type Paced = {
  request(): void
  /** Does at once what is still to be done. */
  flush(): void
}

export function paced(clock: Clock, milliseconds: number, callback: () => void): Paced {
  let cancel: (() => void) | undefined
  let last = -Infinity
  const call = () => {
    cancel = undefined
    last = clock.now()
    callback()
  }
  return {
    request() {
      cancel ??= clock.after(Math.max(0, last + milliseconds - clock.now()), call)
    },
    flush() {
      if (!cancel) return
      cancel()
      call()
    },
  }
}
