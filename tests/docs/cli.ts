/** Whether a command line of the pages is one that the program `l7mesh` takes: its own parser is asked, nothing is run. */
import { NO_IO } from '../../operator/scripts/no-io.ts'
import { createProgram } from '../../operator/src/cli/program.ts'
import { resolveSettings } from '../../operator/src/settings/resolve.ts'
import { SETTING_KEYS } from '../../operator/src/settings/settings-table.ts'

/** In a sentence `l7mesh up` names the command and leaves out what it needs. */
const LEFT_OUT: ReadonlySet<string> = new Set(['commander.missingArgument'])

/** `words` without the program. What is wrong, or undefined. `mention`: required arguments may be missing. */
export function misuse(words: readonly string[], { mention }: { readonly mention: boolean }): string | undefined {
  const program = createProgram({ io: { ...NO_IO, stdout: SILENT, stderr: SILENT }, exit: () => {} })
  const [first = '', ...rest] = words
  if (first === 'help' && rest.length <= 1 && isPlaceholder(rest[0] ?? 'COMMAND')) return undefined
  for (const command of program.commands)
    command.action(() => {
      if (command.name() === 'run')
        resolveSettings({ flags: settingsIn(command.opts()), variables: {}, file: undefined })
    })
  try {
    program.parse(words, { from: 'user' })
    return undefined
  } catch (error) {
    return refusal(error, mention)
  }
}

/** Help comes as an error too. */
function refusal(error: unknown, mention: boolean): string | undefined {
  if (!(error instanceof Error)) throw error
  if ('exitCode' in error && error.exitCode === 0) return undefined
  return mention && 'code' in error && LEFT_OUT.has(String(error.code)) ? undefined : error.message
}

/** All flags of all commands, as `--wait`. */
export function l7meshFlags(): ReadonlySet<string> {
  const program = createProgram({ io: NO_IO, exit: () => {} })
  return new Set([program, ...program.commands].flatMap(({ options }) => options.flatMap(({ long }) => long ?? [])))
}

/** What stands for something of the reader's: DIR, `NAMESPACE/NAME`. */
export function isPlaceholder(word: string): boolean {
  return /^[A-Z]+(?:[/:_.-][A-Z]+)*(?:\.\.\.)?$/.test(word)
}

const SILENT: (typeof NO_IO)['stdout'] = { ...NO_IO.stdout, write: () => {} }

function settingsIn(flags: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(flags).filter(([key]) => SETTING_KEYS.some(known => known === key)))
}
