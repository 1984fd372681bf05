/** How a command that goes on until it is stopped ends: first politely, then at once. */
import type { World } from './process-io.ts'

export type Ending = {
  /** Aborts at the first request to end. */
  readonly signal: AbortSignal
  /** Whether it was Ctrl-C. */
  interrupted(): boolean
  close(): void
}

/** `onForce`: at the second request, whatever the first has led to so far. */
export function untilStopped(world: World, onStop: () => void, onForce: () => void): Ending {
  const stopped = new AbortController()
  let first: string | undefined
  const close = world.onSignal(signal => {
    if (first !== undefined) return onForce()
    first = signal
    onStop()
    stopped.abort()
  })
  return { signal: stopped.signal, interrupted: () => first === 'SIGINT', close }
}
