/** The error that users can act on, and the message of any other error. Pure. */

/** Printed without a stack trace, with its help on a separate line. */
export class UserError extends Error {
  override readonly name: string = 'UserError'
  /** How to fix it. */
  readonly help: string

  constructor(message: string, options: { readonly help: string; readonly cause?: unknown }) {
    super(message, options)
    this.help = options.help
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
