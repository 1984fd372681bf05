/** A ProcessIO for scripts that only read the definitions of the commands: all of its functions throw. */
import type { ProcessIO } from '../src/cli/process/process-io.ts'

const missing = (): never => {
  throw new Error('this script has no process IO')
}

const OUTPUT: ProcessIO['stdout'] = { isTerminal: false, size: () => undefined, write: missing, onResize: missing }

export const NO_IO: ProcessIO = {
  stdout: OUTPUT,
  stderr: OUTPUT,
  stdin: missing,
  ask: missing,
  settings: { colors: undefined, token: undefined, variables: {} },
  onSignal: missing,
  quit: missing,
  connect: missing,
  lookup: missing,
  now: missing,
}
