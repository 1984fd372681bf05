/**
 * Converts YAML scalars like kubectl, which uses go-yaml v2 (`resolve.go`): the rules of YAML 1.1 without base 60
 * numbers and dates, but with Go's number syntax. Pure. test/sources/documents/testdata/go-yaml.json contains the
 * results of kubectl's reader for each form.
 */

/** Whole numbers are bigints, to distinguish them from floats and to keep all digits of a key. */
export type Scalar = string | boolean | number | bigint | null

/** The value of a scalar without quotes and without a tag. */
export function plainScalar(text: string): Scalar {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  return numberOf(text) ?? text
}

/**
 * The value of a scalar with a tag (`!!int`, in full); undefined if the text is not valid for the type. Tags unknown to
 * Go leave the text unchanged.
 */
export function taggedScalar(tag: string, text: string): Scalar | undefined {
  const read = tag.startsWith(YAML) ? TAGS.get(tag.slice(YAML.length)) : undefined
  return read === undefined ? text : read(text)
}

/** The text of an object key, as Kubernetes writes it in JSON; undefined if the value cannot be a key. */
export function keyText(key: Scalar): string | undefined {
  if (key === null) return undefined
  if (typeof key === 'bigint') return key < SIGNED ? String(key) : undefined
  return typeof key === 'number' ? floatText(key) : String(key)
}

const YAML = 'tag:yaml.org,2002:'

/** From this value on, Go uses unsigned integers, which it converts neither to keys nor to floats. */
const SIGNED = 2n ** 63n

/** Only validated; the value stays text. */
const DATE = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/

const TAGS: ReadonlyMap<string, (text: string) => Scalar | undefined> = new Map([
  ['int', text => ifOfType('bigint', plainScalar(text))],
  ['bool', text => ifOfType('boolean', plainScalar(text))],
  ['null', text => (plainScalar(text) === null ? null : undefined)],
  ['float', text => floatOf(plainScalar(text))],
  ['timestamp', text => (DATE.test(text) ? text : undefined)],
  ['binary', binary],
])

function ifOfType(type: 'bigint' | 'boolean' | 'number', value: Scalar): Scalar | undefined {
  return typeof value === type ? value : undefined
}

function floatOf(value: Scalar): Scalar | undefined {
  if (typeof value !== 'bigint') return ifOfType('number', value)
  return value < SIGNED ? Number(value) : undefined
}

const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...written(null, '', '~', 'null', 'Null', 'NULL'),
  ...written(true, 'y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'),
  ...written(false, 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'),
  ...written(Number.NaN, '.nan', '.NaN', '.NAN'),
  ...written(Infinity, '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'),
  ...written(-Infinity, '-.inf', '-.Inf', '-.INF'),
])

function written(value: Scalar, ...texts: readonly string[]): readonly (readonly [string, Scalar])[] {
  return texts.map(text => [text, value])
}

/** A number that starts with a point is parsed by Go itself, which accepts underscores only between digits. */
const POINT_FIRST = /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/

function numberOf(text: string): number | bigint | undefined {
  if (text.startsWith('.')) return POINT_FIRST.test(text) ? finite(text.replaceAll('_', '')) : undefined
  if (!/^[-+\d]/.test(text)) return undefined
  const plain = text.replaceAll('_', '')
  return integer(plain) ?? (FLOAT.test(plain) ? finite(plain) : undefined)
}

/** Go parses `0755` as octal, and accepts a sign after `0b`. */
const INTEGER = /^([-+]?)(0[xX](?=[\da-fA-F]+$)|0[bB](?=[01]+$)|0[oO]?(?=[0-7]+$)|)([\da-fA-F]+)$/
const LATE_SIGN = /^0b([-+])([01]+)$/

function integer(text: string): bigint | undefined {
  const plain = text.replace(LATE_SIGN, '$10b$2')
  const [, sign = '', prefix = '', digits = ''] = INTEGER.exec(plain) ?? []
  if (digits === '' || (prefix === '' && !/^(?:0|[1-9]\d*)$/.test(digits))) return undefined
  const size = BigInt((prefix === '0' ? '0o' : prefix) + digits)
  const value = sign === '-' ? -size : size
  // Go parses 64 bits, one of which is the sign if there is one.
  return value < (sign === '' ? 2n * SIGNED : SIGNED) && value >= -SIGNED ? value : undefined
}

function finite(text: string): number | undefined {
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

function binary(text: string): string | undefined {
  const plain = text.replace(/[\r\n]/g, '')
  return /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(plain)
    ? Buffer.from(plain, 'base64').toString('utf8')
    : undefined
}

/** Formats a float key like Go: with the fewest digits that identify it among 32-bit floats. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (Object.is(value, -0)) return '-0'
  if (!Number.isFinite(Math.fround(value))) return value > 0 ? '.inf' : '-.inf'
  const digits = Array.from({ length: 9 }, (_, index) => index)
  const text = digits
    .map(count => value.toExponential(count))
    .find(short => Math.fround(Number(short)) === Math.fround(value))
  const [mantissa = '', exponent = '0'] = (text ?? value.toExponential()).split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(Number(`${mantissa}e${exponent}`))
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}
