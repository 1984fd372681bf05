/** The context in which commands are created. */
import type { ExitCode } from './exit-codes.ts'
import type { ProcessIO } from './process-io.ts'

export type Cli = {
  readonly io: ProcessIO
  /** Called once, when a command has finished. */
  readonly exit: (code: ExitCode) => void
}
