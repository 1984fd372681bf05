/** The exit codes of commands. A command that throws a UserError ends with 2. */

export const EXIT_CODES = {
  0: 'done; nothing is wrong or different',
  1: 'done; there are problems or differences',
  2: 'not done: it failed, or was not called as it must be',
  130: 'interrupted by Ctrl-C',
} as const
export type ExitCode = keyof typeof EXIT_CODES
