/**
 * All effects of commands on their process: output, signals, connections, time. `main.ts` passes the real
 * implementation, tests pass a fake.
 */
import type { Driver } from '@l7mesh/proxy-client'
import type { ConnectOptions } from '../../converge/connect.ts'
import type { Output } from '../../report/text/output.ts'
import type { Lookup } from '../../resolve/resolver.ts'
import type { Settings } from '../../settings/environment.ts'
import type { ProxyRef } from '../../translate/desired.ts'

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export type ProcessIO = {
  readonly stdout: Output
  readonly stderr: Output
  /** Reads the standard input to its end. */
  stdin(): Promise<string>
  /** Prompts the user at the terminal; undefined if there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  readonly settings: Settings
  /**
   * Calls back for each termination signal; without a callback, a signal terminates the process. Returns a function
   * that unsubscribes.
   */
  onSignal(callback: (signal: Signal) => void): () => void
  /** Exits immediately. */
  quit(code: number): never
  /** Connects to a proxy. Options default to the environment. */
  connect(proxy: ProxyRef, options?: ConnectOptions): Driver
  /** All addresses of a domain name. */
  readonly lookup: Lookup
  /** Milliseconds since the epoch. */
  now(): number
}
