/** Adds the settings as flags of a command, and resolves them together with the environment and the file. */
import { type Command, Option } from 'commander'
import { readSettingsFile } from '../../settings/file.ts'
import { resolveSettings } from '../../settings/resolve.ts'
import { flagOf, type RunSettings, SETTING_KEYS, SETTINGS, type SettingKey } from '../../settings/settings-table.ts'
import type { ProcessIO } from '../process/process-io.ts'

export function addSettings(command: Command): Command {
  for (const key of SETTING_KEYS) command.addOption(optionOf(key))
  return command.option('--config <file>', 'a file with settings; see docs/reference/configuration.md')
}

/** Rejects with a UserError for an invalid setting. `flags`: as parsed by commander. */
export async function settingsOf(flags: Readonly<Record<string, unknown>>, io: ProcessIO): Promise<RunSettings> {
  const { variables } = io.settings
  const name = flags.config ?? variables.L7MESH_CONFIG
  const file = typeof name === 'string' && name !== '' ? await readSettingsFile(name) : undefined
  return resolveSettings({ flags, variables, file })
}

/** Values are parsed later, together with those of other origins; defaults are only shown in the help. */
function optionOf(key: SettingKey): Option {
  const { kind, about, byDefault } = SETTINGS[key]
  const value = kind.isSwitch ? `[${kind.placeholder}]` : `<${kind.placeholder}>`
  const fallback = byDefault === undefined || kind.isSwitch ? '' : ` (default: ${byDefault})`
  const option = new Option(`${flagOf(key)} ${value}`, `${plain(about)}${fallback}`)
  // For shell completion.
  if (kind.choices) option.argChoices = [...kind.choices]
  return kind.isList ? option.argParser(collected) : option
}

function collected(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function plain(text: string): string {
  return text.replaceAll('`', '')
}
