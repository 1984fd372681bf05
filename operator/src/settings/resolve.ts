/**
 * Resolves the settings from all their sources. Flags take precedence over variables, variables over the file, and the
 * file over defaults. Pure; an invalid setting is a UserError that names its source.
 */
import { nearest } from '@l7mesh/crds'
import { UserError } from '../user-error.ts'
import { flagOf, type RunSettings, SETTING_KEYS, SETTINGS, type SettingKey, variableOf } from './settings-table.ts'

export type SettingSources = {
  /** By setting; a missing flag is undefined. */
  readonly flags: Readonly<Record<string, unknown>>
  /** The environment of the process. */
  readonly variables: Readonly<Record<string, string>>
  readonly file: SettingsFile | undefined
}
export type SettingsFile = { readonly name: string; readonly values: Readonly<Record<string, unknown>> }

export function resolveSettings(sources: SettingSources): RunSettings {
  if (sources.file) checkKeys(sources.file)
  const entries = SETTING_KEYS.map(key => [key, resolved(key, sources)])
  // Each value was returned by the parser of its setting.
  const settings = Object.fromEntries(entries) as RunSettings
  checkLease(settings)
  return settings
}

function resolved(key: SettingKey, { flags, variables, file }: SettingSources): unknown {
  const { kind, byDefault } = SETTINGS[key]
  const found = [
    { where: flagOf(key), raw: flags[key] },
    { where: variableOf(key), raw: variables[variableOf(key)] || undefined },
    { where: `${file?.name}: ${key}`, raw: file?.values[key] ?? undefined },
    { where: 'the default', raw: byDefault },
  ].find(({ raw }) => raw !== undefined)
  if (!found) return undefined
  const value = kind.parse(found.raw)
  if (value === undefined)
    throw new UserError(`${found.where}: ${JSON.stringify(found.raw)} is not valid`, { help: kind.help })
  return value
}

function checkKeys({ name, values }: SettingsFile): void {
  for (const key of Object.keys(values)) {
    if (SETTING_KEYS.some(known => known === key)) continue
    const meant = nearest(key, SETTING_KEYS)
    const help = meant ? `Did you mean ${meant}?` : 'docs/reference/configuration.md lists all settings.'
    throw new UserError(`${name}: unknown setting ${key}`, { help })
  }
}

/** Otherwise, two operators could write at the same time, or none for a long time. */
function checkLease({ leaseDuration, leaseRenewDeadline, leaseRenewEvery }: RunSettings): void {
  if (leaseDuration < 1000 || leaseDuration % 1000 !== 0)
    throw new UserError('leaseDuration is not a whole number of seconds', { help: 'Write 10s, for example.' })
  if (leaseRenewDeadline > leaseDuration * CLOCK_MARGIN) {
    const help = `Set leaseRenewDeadline to ${leaseDuration * 0.7}ms, or leaseDuration to more.`
    throw new UserError('leaseRenewDeadline is too close to leaseDuration', { help })
  }
  if (leaseRenewEvery * 2 > leaseRenewDeadline)
    throw new UserError('leaseRenewEvery is too long for leaseRenewDeadline', {
      help: `Set leaseRenewEvery to ${leaseRenewDeadline / 3}ms or less.`,
    })
}

/** The maximum share of the lease duration for which a leader may continue. The rest compensates for clock drift. */
const CLOCK_MARGIN = 0.85
