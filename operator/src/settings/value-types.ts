/** The types of setting values, and their syntax in flags, variables and files. Pure. */

/** The syntax of values of one type. */
export type SettingType<T> = {
  /** The placeholder of the value in help: `duration`. */
  readonly placeholder: string
  /** Whether a flag may be given without a value. */
  readonly isSwitch: boolean
  /** Whether a flag may be repeated. */
  readonly isList: boolean
  /**
   * Parses a value. Flags and variables are text; values of a file may have other types. Returns undefined for an
   * invalid value.
   */
  parse(raw: unknown): T | undefined
  /** What to write instead, as a sentence. */
  readonly help: string
  readonly choices?: readonly string[]
}

const SINGLE = { isSwitch: false, isList: false } as const

export function text(placeholder: string): SettingType<string> {
  const parse = (raw: unknown) => (typeof raw === 'string' && raw.trim() !== '' ? raw.trim() : undefined)
  return { ...SINGLE, placeholder, help: `Write a ${placeholder}.`, parse }
}

/** A name that is valid in Kubernetes. */
export function objectName(placeholder: string): SettingType<string> {
  const help = 'Write lower case letters, digits and -.'
  const parse = (raw: unknown) => (typeof raw === 'string' && OBJECT_NAME.test(raw) ? raw : undefined)
  return { ...SINGLE, placeholder, help, parse }
}

/** A list of names; comma-separated in a flag or a variable. */
export function objectNames(placeholder: string): SettingType<readonly string[]> {
  return {
    placeholder,
    isSwitch: false,
    isList: true,
    help: 'Write comma-separated names of lower case letters, digits and -.',
    parse(raw) {
      const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
      const names = items.flatMap(item =>
        typeof item === 'string' ? item.split(',').map(name => name.trim()) : [item],
      )
      return names.every(isObjectName) ? names : undefined
    },
  }
}

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

function isObjectName(value: unknown): value is string {
  return typeof value === 'string' && OBJECT_NAME.test(value)
}

export function choice<const T extends string>(...choices: readonly T[]): SettingType<T> {
  return {
    ...SINGLE,
    placeholder: 'choice',
    choices,
    help: `Write ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`,
    parse: raw => choices.find(value => value === raw),
  }
}

export const bool: SettingType<boolean> = {
  isSwitch: true,
  isList: false,
  placeholder: 'boolean',
  help: 'Write true or false.',
  parse: raw => (raw === true || raw === 'true' ? true : raw === false || raw === 'false' ? false : undefined),
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** In milliseconds. */
export const duration: SettingType<number> = {
  ...SINGLE,
  placeholder: 'duration',
  help: 'Write a number and a unit, like 500ms, 10s, 5m or 1h.',
  parse(raw) {
    const { number, unit } = /^(?<number>\d+(\.\d+)?)(?<unit>ms|s|m|h)$/.exec(String(raw))?.groups ?? {}
    const factor = Object.entries(UNITS).find(([name]) => name === unit)?.[1]
    const milliseconds = Number(number) * (factor ?? 0)
    return milliseconds > 0 ? milliseconds : undefined
  },
}

/** A number greater than 0. */
export const rate: SettingType<number> = {
  ...SINGLE,
  placeholder: 'number',
  help: 'Write a number greater than 0.',
  parse(raw) {
    const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw
    return typeof number === 'number' && number > 0 && number < Number.POSITIVE_INFINITY ? number : undefined
  },
}

/** The address to listen on; without a host, all addresses of the machine. */
export type ListenAddress = { readonly host: string | undefined; readonly port: number }

/** `off`: do not listen. */
export const listenAddress: SettingType<ListenAddress | 'off'> = {
  ...SINGLE,
  placeholder: 'address',
  help: 'Write HOST:PORT, :PORT or off.',
  parse(raw) {
    if (raw === 'off' || raw === false) return 'off'
    const { v6, host, port } = /^(\[(?<v6>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(String(raw))?.groups ?? {}
    if (port === undefined || Number(port) > 65_535) return undefined
    return { host: v6 ?? (host || undefined), port: Number(port) }
  },
}
