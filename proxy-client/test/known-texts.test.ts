import { expect, it } from 'vitest'
import { KnownTexts } from '../src/l7mp/known-texts.ts'

const chunks = (...texts: readonly string[]) => texts.map(text => Buffer.from(text))

function counting() {
  const parsed: string[] = []
  const parse = (bytes: Buffer) => {
    parsed.push(bytes.toString())
    return { text: bytes.toString() }
  }
  return { parsed, parse }
}

it('parses a text once, regardless of its chunks', () => {
  const texts = new KnownTexts<object>(100)
  const { parsed, parse } = counting()
  const first = texts.valueOf(chunks('one text'), parse)
  expect(texts.valueOf(chunks('one', '', ' text'), parse)).toBe(first)
  expect(texts.valueOf(chunks('o', 'ne te', 'xt'), parse)).toBe(first)
  expect(parsed).toEqual(['one text'])
})

it.each(['one texT', 'One text', 'one tex', 'one text ', ''])('does not confuse %j with a known text', other => {
  const texts = new KnownTexts<{ readonly text: string }>(100)
  const { parse } = counting()
  texts.valueOf(chunks('one text'), parse)
  expect(texts.valueOf(chunks(other), parse).text).toBe(other)
  expect(texts.valueOf(chunks('one ', 'text'), parse).text).toBe('one text')
})

it('copies the text, because chunks may change afterwards', () => {
  const texts = new KnownTexts<{ readonly text: string }>(100)
  const { parse } = counting()
  const [chunk = Buffer.alloc(0)] = chunks('one')
  texts.valueOf([chunk], parse)
  chunk.write('two')
  expect(texts.valueOf([chunk], parse).text).toBe('two')
})

it('forgets the least recently used text when there are too many bytes', () => {
  const texts = new KnownTexts<object>(10)
  const { parsed, parse } = counting()
  for (const text of ['aaaaa', 'bbbbb', 'aaaaa', 'ccccc', 'aaaaa', 'bbbbb']) texts.valueOf(chunks(text), parse)
  expect(parsed).toEqual(['aaaaa', 'bbbbb', 'ccccc', 'bbbbb'])
})

it('keeps one text that is longer than the limit', () => {
  const texts = new KnownTexts<object>(1)
  const { parsed, parse } = counting()
  for (const text of ['aaaaa', 'aaaaa', 'bbbbb', 'bbbbb']) texts.valueOf(chunks(text), parse)
  expect(parsed).toEqual(['aaaaa', 'bbbbb'])
})

it('does not keep a text that cannot be parsed', () => {
  const texts = new KnownTexts<object>(100)
  const fail = () => {
    throw new Error('no JSON')
  }
  expect(() => texts.valueOf(chunks('['), fail)).toThrow('no JSON')
  expect(texts.valueOf(chunks('['), () => ({}))).toEqual({})
})
