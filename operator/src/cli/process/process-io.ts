/** All of the outside world that a command touches. `main.ts` hands in the real one, tests make one up. */
import type { Driver } from '@l7mesh/proxy-client'
import type { ConnectOptions } from '../../converge/connect.ts'
import type { Output } from '../../report/text/output.ts'
import type { Lookup } from '../../resolve/resolver.ts'
import type { Settings } from '../../settings/environment.ts'
import type { ProxyRef } from '../../translate/desired.ts'

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export type World = {
  readonly stdout: Output
  readonly stderr: Output
  /** All of the standard input. */
  stdin(): Promise<string>
  /** Asks whoever sits at the terminal; undefined where nobody does. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  readonly settings: Settings
  /** Calls back at each request to end; until then a request ends the process. Returns a function that ends the calls. */
  onSignal(callback: (signal: Signal) => void): () => void
  /** Ends the process as it is. */
  quit(code: number): never
  /** What the options leave out is as the environment says. */
  connect(proxy: ProxyRef, options?: ConnectOptions): Driver
  /** All addresses of a domain name. */
  readonly lookup: Lookup
  /** Milliseconds since the epoch. */
  now(): number
}
