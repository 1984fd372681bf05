import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type ParsedText, parseText } from '../../../src/sources/documents/parse.ts'

const summary = ({ written, broken }: ParsedText) => [
  ...written.map(({ line, value }) => [line, value]),
  ...broken.map(({ line, message }) => [line, message]),
]

describe('YAML', () => {
  it('is split into documents with their lines', () => {
    const text =
      '# a comment\n\na: 1\n---\n---\n# only a comment\n---\n\nb: |\n  text\n  --- no separator\n--- # last\nc: 3\n'
    expect(summary(parseText('x.yaml', text))).toEqual([
      [3, { a: 1 }],
      [9, { b: 'text\n--- no separator\n' }],
      [13, { c: 3 }],
    ])
  })

  it('may have Windows line ends, a byte order mark, directives and document ends', () => {
    expect(summary(parseText('x.yaml', '\uFEFFa: 1\r\n---\r\nb: 2\r\n'))).toEqual([
      [1, { a: 1 }],
      [3, { b: 2 }],
    ])
    expect(summary(parseText('x.yaml', '%YAML 1.2\n---\na: 1\n...\n---\nb: 2\n'))).toEqual([
      [3, { a: 1 }],
      [6, { b: 2 }],
    ])
    expect(summary(parseText('x.yaml', '\n---\na: 1\n---\n\uFEFFb: 2\n---\r\n\uFEFFc: 3\r\n'))).toEqual([
      [3, { a: 1 }],
      [5, { b: 2 }],
      [7, { c: 3 }],
    ])
  })

  it('may have directives, and a line that looks like one affects only its own document', () => {
    const text =
      '# first\n%YAML 1.1\n---\na: [\n...\n%TAG ! tag:x.example,2000:\n# second\n\n---\nb: !x 2\n---\nc: 3\n%d\n---\ne: 4\n'
    expect(summary(parseText('x.yaml', text))).toEqual([
      [10, { b: '2' }],
      [15, { e: 4 }],
      [5, expect.stringContaining('Flow sequence')],
      [13, expect.any(String)],
    ])
  })

  /** Rows of a text and the JSON that sigs.k8s.io/yaml v1.6.0 makes of it, kubectl's reader; none where it refuses it. */
  const table: readonly (readonly [text: string, json?: string])[] = JSON.parse(
    readFileSync(new URL('testdata/go-yaml.json', import.meta.url), 'utf8'),
  )

  it('is parsed like kubectl does', () => {
    const asJson = ({ written, broken }: ParsedText) => (broken.length > 0 ? undefined : (written[0]?.value ?? null))
    for (const [text, json] of table) {
      // Negative zero is serialized as zero.
      const read = JSON.parse(JSON.stringify([text, asJson(parseText('x.yaml', text))]))
      expect(read).toEqual(JSON.parse(JSON.stringify([text, json === undefined ? undefined : JSON.parse(json)])))
    }
  })

  it('is parsed by the rules of YAML 1.1 for numbers and words', () => {
    const read = (text: string) => parseText('x.yaml', `a: ${text}`).written[0]?.value
    expect(read('05060')).toEqual({ a: 2608 })
    expect(read('0o17')).toEqual({ a: 15 })
    expect(read('1_000')).toEqual({ a: 1000 })
    expect(read('0b101')).toEqual({ a: 5 })
    expect(read('1:30')).toEqual({ a: '1:30' })
    expect(read('2001-01-01')).toEqual({ a: '2001-01-01' })
    expect(read('y')).toEqual({ a: true })
    expect(read('"y"')).toEqual({ a: 'y' })
    expect(read('yEs')).toEqual({ a: 'yEs' })
  })

  it('may contain Lists, which are replaced by their items', () => {
    const text = 'kind: List\nitems:\n- kind: A\n- kind: BList\n  items: [{kind: C}]\n'
    expect(summary(parseText('x.yaml', text))).toEqual([
      [3, { kind: 'A' }],
      [4, { kind: 'C' }],
    ])
  })

  it.each([
    ['a: 1\n---\nb: [1,\n---\nc: 3\n', 4],
    ['a: 1\na: 2\n', 2],
    ['a:\n\tb: 1\n', 2],
    ['a: "open\n', 2],
    ['x: 1\n---\na: *nobody\n', 3],
  ])('reports the line of a mistake: %j', (text, line) => {
    const result = parseText('x.yaml', text)
    expect(result.broken).toMatchObject([{ line, help: expect.stringMatching(/./) }])
  })

  it('returns the readable documents, whatever the others are', () => {
    const texts = [
      'a: 1\n',
      'data: {motd: hello: world}\n',
      'c: 3\n',
      'x: *nobody\n',
      `${'['.repeat(20_000)}\n`,
      'f: {\n',
      'g: 7\n',
    ]
    const { written, broken } = parseText('x.yaml', texts.map(text => `---\n${text}`).join(''))
    expect(written.map(({ value, line }) => [line, value])).toEqual([
      [2, { a: 1 }],
      [6, { c: 3 }],
      [14, { g: 7 }],
    ])
    expect(broken.map(({ line }) => line)).toEqual([4, 8, expect.any(Number), expect.any(Number)])
  })

  it.each([300, 100_000])('rejects nesting %i levels deep', depth => {
    const json = '['.repeat(depth) + ']'.repeat(depth)
    expect(parseText('x.json', json).broken).toHaveLength(1)
    expect(parseText('x.yaml', json).broken).toHaveLength(1)
  })

  it('rejects aliases that expand exponentially', () => {
    const bomb = `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`).join('\n')}\n`
    expect(parseText('x.yaml', bomb).broken).toMatchObject([{ message: 'its aliases expand to too many values' }])
  })
})

describe('JSON', () => {
  it('may contain objects, arrays and Lists, with lines', () => {
    expect(summary(parseText('x.json', '\n{"a": 1}'))).toEqual([[2, { a: 1 }]])
    expect(summary(parseText('x.json', '[\n{"a": {"b": [{}]}},\n\n{"c": "}{"}]'))).toEqual([
      [2, { a: { b: [{}] } }],
      [4, { c: '}{' }],
    ])
    expect(
      summary(parseText('x.json', '{"kind": "List",\n"metadata": {},\n"items": [\n{"a": 1},\n{"b": 2}]}')),
    ).toEqual([
      [4, { a: 1 }],
      [5, { b: 2 }],
    ])
  })

  it('reports the line of a mistake or of an early end', () => {
    expect(parseText('x.json', '{\n"a": 1,\n}')).toMatchObject({ broken: [{ line: 3 }] })
    expect(parseText('x.json', '{\n"a": [1,\n')).toMatchObject({ broken: [{ line: 2 }] })
  })
})

/** Without `<<`, which YAML merges, so that the parsed value would differ from the written one. */
const documents = fc
  .array(fc.dictionary(fc.stringMatching(/^[a-m]{1,5}$/), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }), {
    minLength: 1,
    maxLength: 5,
  })
  .filter(values => !JSON.stringify(values).includes('"<<"'))

describe('a text that changes', () => {
  it('is parsed as for the first time, with identical values for unchanged documents', () => {
    fc.assert(
      fc.property(documents, documents, fc.nat(4), (before, after, at) => {
        const mixed = [...after.slice(0, at), ...before, ...after.slice(at)]
        const write = (values: readonly object[]) => values.map(value => `---\n${stringify(value)}`).join('')
        const first = parseText('x.yaml', write(before))
        expect(first.broken).toEqual([])
        const second = parseText('x.yaml', write(mixed), first)
        expect(second).toEqual(parseText('x.yaml', write(mixed)))
        const values = second.written.map(({ value }) => value)
        for (const { value } of first.written) expect(values.includes(value)).toBe(true)
      }),
    )
  })

  it('never breaks the parser, wherever it is truncated', () => {
    fc.assert(
      fc.property(documents, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (values, share, isJson) => {
        const text = isJson ? JSON.stringify(values) : values.map(value => `---\n${stringify(value)}`).join('')
        const result = parseText(isJson ? 'x.json' : 'x.yaml', text.slice(0, text.length * share))
        expect(result.written.length + result.broken.length).toBeLessThanOrEqual(5)
      }),
    )
  })
})
