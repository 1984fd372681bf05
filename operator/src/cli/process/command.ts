/** What a command is made with. */
import type { ExitCode } from './exit-codes.ts'
import type { World } from './process-io.ts'

export type Cli = {
  readonly world: World
  /** Called once, when a command has done what it was asked. */
  readonly exit: (code: ExitCode) => void
}
