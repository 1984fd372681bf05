/** A world for those who only look at the definitions of the commands: nothing of it works. */
import type { World } from '../src/cli/process/process-io.ts'

const missing = (): never => {
  throw new Error('there is no world here')
}

const OUTPUT: World['stdout'] = { isTerminal: false, size: () => undefined, write: missing, onResize: missing }

export const NO_WORLD: World = {
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
