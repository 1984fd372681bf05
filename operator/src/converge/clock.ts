/** Time as a parameter, and a wait that can be cut short. */

export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once after so many milliseconds, unless the returned function is called before. */
  after(milliseconds: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}

export type Alarm = {
  /** Ends the present wait, or the next one before it begins. */
  ring(): void
  /** Resolves when the time is over (`due`), or when the alarm rings or the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<'due' | 'rung'>
}

export function createAlarm(clock: Clock): Alarm {
  let rung = false
  let wake = () => {}
  return {
    ring: () => {
      rung = true
      wake()
    },
    wait: async (milliseconds, signal) => {
      if (!rung && !signal.aborted) await timeOrWake(clock, milliseconds, signal, callback => (wake = callback))
      wake = () => {}
      const why = rung || signal.aborted ? 'rung' : 'due'
      rung = false
      return why
    },
  }
}

async function timeOrWake(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  wakeBy: (wake: () => void) => void,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.after(milliseconds, resolve)
  wakeBy(resolve)
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
  cancel()
}
