/** Shutdown of long-running commands: gracefully at the first signal, immediately at the second. */
import type { ProcessIO } from './process-io.ts'

export type Shutdown = {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal
  /** Whether it was Ctrl-C. */
  interrupted(): boolean
  close(): void
}

/** `onStop`: called at the first signal; `onForce`: at the second one, regardless of the progress. */
export function handleShutdown(io: ProcessIO, onStop: () => void, onForce: () => void): Shutdown {
  const stopped = new AbortController()
  let first: string | undefined
  const close = io.onSignal(signal => {
    if (first !== undefined) return onForce()
    first = signal
    onStop()
    stopped.abort()
  })
  return { signal: stopped.signal, interrupted: () => first === 'SIGINT', close }
}
