/**
 * What is set, of all places where it can be: a flag goes before a variable, that before the file, that before the
 * default. Pure; mistakes come as a UserError that says in which place.
 */
import { nearest } from '@l7mesh/crds'
import { UserError } from '../user-error.ts'
import { flagOf, type RunSettings, SETTING_KEYS, SETTINGS, type SettingKey, variableOf } from './settings-table.ts'

export type Places = {
  /** By setting; a flag that was not given is undefined. */
  readonly flags: Readonly<Record<string, unknown>>
  /** The environment of the process. */
  readonly variables: Readonly<Record<string, string>>
  readonly file: SettingsFile | undefined
}
export type SettingsFile = { readonly name: string; readonly values: Readonly<Record<string, unknown>> }

export function resolveSettings(places: Places): RunSettings {
  if (places.file) checkKeys(places.file)
  const entries = SETTING_KEYS.map(key => [key, settled(key, places)])
  // Each value was made by the parser of its own setting.
  const settings = Object.fromEntries(entries) as RunSettings
  checkLease(settings)
  return settings
}

function settled(key: SettingKey, { flags, variables, file }: Places): unknown {
  const { kind, byDefault } = SETTINGS[key]
  const said = [
    { where: flagOf(key), raw: flags[key] },
    { where: variableOf(key), raw: variables[variableOf(key)] || undefined },
    { where: `${file?.name}: ${key}`, raw: file?.values[key] ?? undefined },
    { where: 'the default', raw: byDefault },
  ].find(({ raw }) => raw !== undefined)
  if (!said) return undefined
  const value = kind.parse(said.raw)
  if (value === undefined)
    throw new UserError(`${said.where}: ${JSON.stringify(said.raw)} is not understood`, { help: kind.help })
  return value
}

function checkKeys({ name, values }: SettingsFile): void {
  for (const key of Object.keys(values)) {
    if (SETTING_KEYS.some(known => known === key)) continue
    const meant = nearest(key, SETTING_KEYS)
    const help = meant ? `Did you mean ${meant}?` : 'docs/reference/configuration.md lists all settings.'
    throw new UserError(`${name}: there is no setting ${key}`, { help })
  }
}

/** Otherwise two operators could write at once, or none for long. */
function checkLease({ leaseDuration, leaseRenewDeadline, leaseRenewEvery }: RunSettings): void {
  if (leaseDuration < 1000 || leaseDuration % 1000 !== 0)
    throw new UserError('the lease duration is not in whole seconds', { help: 'Write 10s, for example.' })
  if (leaseRenewDeadline > leaseDuration * CLOCK_MARGIN) {
    const help = `Set leaseRenewDeadline to ${leaseDuration * 0.7}ms, or leaseDuration to more.`
    throw new UserError('the renew deadline of the lease is too near to its duration', { help })
  }
  if (leaseRenewEvery * 2 > leaseRenewDeadline)
    throw new UserError('the lease is renewed too seldom for its renew deadline', {
      help: `Set leaseRenewEvery to ${leaseRenewDeadline / 3}ms or less.`,
    })
}

/** Of the duration: how long a leader may go on. The rest is for clocks that do not run alike. */
const CLOCK_MARGIN = 0.85
