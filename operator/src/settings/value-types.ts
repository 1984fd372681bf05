/** The kinds of values that a setting can have: how each is written, in a flag, a variable or a file alike. Pure. */

/** How values of one kind are written. */
export type SettingType<T> = {
  /** Stands for the value in help: `duration`. */
  readonly placeholder: string
  /** True where a flag may stand without a value. */
  readonly isSwitch: boolean
  /** True where a flag may be given several times. */
  readonly isList: boolean
  /** Flags and variables come as text; a file has values of its own types. undefined: it is not of this kind. */
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

/** A name that Kubernetes takes. */
export function objectName(placeholder: string): SettingType<string> {
  const help = 'Write lower case letters, digits and -.'
  const parse = (raw: unknown) => (typeof raw === 'string' && OBJECT_NAME.test(raw) ? raw : undefined)
  return { ...SINGLE, placeholder, help, parse }
}

/** Several names; in a flag or a variable with commas between them. */
export function objectNames(placeholder: string): SettingType<readonly string[]> {
  return {
    placeholder,
    isSwitch: false,
    isList: true,
    help: 'Write names of lower case letters, digits and -, with commas between them.',
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

export const yesOrNo: SettingType<boolean> = {
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

/** Where to listen; without a host, on every address of the machine. */
export type ListenAddress = { readonly host: string | undefined; readonly port: number }

/** `off`: nowhere. */
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
