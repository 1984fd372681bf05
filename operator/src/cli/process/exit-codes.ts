/** The exit codes of commands. A command that throws a UserError ends with 2. */

export const EXIT_CODES = {
  0: 'success; no problems or differences',
  1: 'success, but there are problems or differences',
  2: 'failed, or invalid usage',
  130: 'interrupted by Ctrl-C',
} as const
export type ExitCode = keyof typeof EXIT_CODES
