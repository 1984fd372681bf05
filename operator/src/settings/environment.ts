/** The environment of the process, read in one place. All other configuration consists of options of commands. */
import type { Variables } from '../variables.ts'
export type Settings = {
  /** undefined: colors if the output is a terminal. */
  readonly colors: boolean | undefined
  /** The bearer token for proxies. */
  readonly token: string | undefined
  /** All variables, for child processes. */
  readonly variables: Variables
}

/** The variables that l7mesh reads, for `l7mesh --help` and docs/reference/cli.md. */
export const VARIABLES: Readonly<Record<string, string>> = {
  NO_COLOR: 'if set, disables colors (https://no-color.org)',
  FORCE_COLOR: 'if set to anything but 0, enables colors even if the output is not a terminal',
  KUBECONFIG: 'the kubeconfig file, as for kubectl',
  L7MESH_TOKEN: 'the bearer token for the REST API of proxies that require one',
}

export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const variables = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  return { colors: colorsOf(variables), token: variables.L7MESH_TOKEN || undefined, variables }
}

function colorsOf({ NO_COLOR, FORCE_COLOR, TERM }: Variables): boolean | undefined {
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return TERM === 'dumb' ? false : undefined
}
