/** What the environment of the process says, read in one place. Everything else that can be set is an option of a command. */
import type { Variables } from '../variables.ts'
export type Settings = {
  /** undefined: colours where the output is a terminal. */
  readonly colors: boolean | undefined
  /** Sent to proxies as a bearer token. */
  readonly token: string | undefined
  /** All variables, for the processes that are started. */
  readonly variables: Variables
}

/** The variables that l7mesh reads itself, for `l7mesh --help` and docs/reference/cli.md. */
export const VARIABLES: Readonly<Record<string, string>> = {
  NO_COLOR: 'set to anything: no colours (https://no-color.org)',
  FORCE_COLOR: 'set to anything but 0: colours even where the output is not a terminal',
  KUBECONFIG: 'the kubeconfig file, as for kubectl',
  L7MESH_TOKEN: 'the bearer token for the REST API of proxies that want one',
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
