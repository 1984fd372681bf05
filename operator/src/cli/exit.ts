/** How a command ends: its exit code, or an error that says in one line what is wrong and in another what to try next. */

export const EXIT_CODES = {
  0: 'done; nothing is wrong or different',
  1: 'done; there are problems or differences',
  2: 'not done: it failed, or was not called as it must be',
  130: 'interrupted by Ctrl-C',
} as const
export type ExitCode = keyof typeof EXIT_CODES

/** Something that whoever called the command can mend. Shown without a stack trace; ends with exit code 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** The next thing to try. */
  readonly help: string

  constructor(message: string, options: { readonly help: string; readonly cause?: unknown }) {
    super(message, options)
    this.help = options.help
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
