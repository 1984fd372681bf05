import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type ParsedText, parseText, type UnparsedText } from '../../src/sources/parse.ts'

const summary = (result: ParsedText | UnparsedText) =>
  result.tag === 'parsed' ? result.written.map(({ line, value }) => [line, value]) : [result.line, result.message]

describe('YAML', () => {
  it('is cut into documents that know their lines', () => {
    const text =
      '# a comment\n\na: 1\n---\n---\n# only a comment\n---\n\nb: |\n  text\n  --- no separator\n--- # last\nc: 3\n'
    expect(summary(parseText('x.yaml', text))).toEqual([
      [3, { a: 1 }],
      [9, { b: 'text\n--- no separator\n' }],
      [13, { c: 3 }],
    ])
  })

  it('comes with Windows line ends, a byte order mark, directives and document ends', () => {
    expect(summary(parseText('x.yaml', '\uFEFFa: 1\r\n---\r\nb: 2\r\n'))).toEqual([
      [1, { a: 1 }],
      [3, { b: 2 }],
    ])
    expect(summary(parseText('x.yaml', '%YAML 1.2\n---\na: 1\n...\n---\nb: 2\n'))).toEqual([
      [3, { a: 1 }],
      [6, { b: 2 }],
    ])
  })

  it('is read as kubectl reads it: merge keys, and the booleans of YAML 1.1', () => {
    const text = 'base: &b {x: 1}\nuse: {<<: *b, y: yes, z: Off, s: "yes", t: true, n: 10}\n'
    expect(summary(parseText('x.yaml', text))).toEqual([
      [1, { base: { x: 1 }, use: { x: 1, y: true, z: false, s: 'yes', t: true, n: 10 } }],
    ])
  })

  it('has Lists that stand for their items', () => {
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
    ['x: 1\n---\na: *nobody\n', 2],
  ])('says the line where it is wrong: %j', (text, line) => {
    const result = parseText('x.yaml', text)
    expect(result).toMatchObject({ tag: 'unparsed', line })
    expect(result.tag === 'unparsed' && result.help.length > 0).toBe(true)
  })

  it('refuses aliases that multiply', () => {
    const bomb = `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]`).join('\n')}\n`
    expect(parseText('x.yaml', bomb).tag).toBe('unparsed')
  })
})

describe('JSON', () => {
  it('has objects, arrays and Lists, with lines', () => {
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

  it('says the line where it is wrong or ends too early', () => {
    expect(parseText('x.json', '{\n"a": 1,\n}')).toMatchObject({ tag: 'unparsed', line: 3 })
    expect(parseText('x.json', '{\n"a": [1,\n')).toMatchObject({ tag: 'unparsed', line: 2 })
  })
})

/** Without `<<`, which YAML merges: what is written is then not what is read. */
const documents = fc
  .array(fc.dictionary(fc.stringMatching(/^[a-m]{1,5}$/), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }), {
    minLength: 1,
    maxLength: 5,
  })
  .filter(values => !JSON.stringify(values).includes('"<<"'))

describe('a text that changes', () => {
  it('gives the same as one that is parsed for the first time, and the same values where a document stayed', () => {
    fc.assert(
      fc.property(documents, documents, fc.nat(4), (before, after, at) => {
        const mixed = [...after.slice(0, at), ...before, ...after.slice(at)]
        const write = (values: readonly object[]) => values.map(value => `---\n${stringify(value)}`).join('')
        const first = parseText('x.yaml', write(before))
        if (first.tag !== 'parsed') throw new Error(first.message)
        const second = parseText('x.yaml', write(mixed), first)
        expect(second).toEqual(parseText('x.yaml', write(mixed)))
        const values = second.tag === 'parsed' ? second.written.map(({ value }) => value) : []
        for (const { value } of first.written) expect(values.includes(value)).toBe(true)
      }),
    )
  })

  it('never breaks the parser, wherever it is cut', () => {
    fc.assert(
      fc.property(documents, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (values, share, isJson) => {
        const text = isJson ? JSON.stringify(values) : values.map(value => `---\n${stringify(value)}`).join('')
        const result = parseText(isJson ? 'x.json' : 'x.yaml', text.slice(0, text.length * share))
        expect(['parsed', 'unparsed']).toContain(result.tag)
      }),
    )
  })
})
