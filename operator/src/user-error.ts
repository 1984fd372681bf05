/** The one error that whoever runs the program can act on, and the text of any other. Pure. */

/** Shown without a stack trace, with its help on a line of its own. */
export class UserError extends Error {
  override readonly name: string = 'UserError'
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
