import { expect, it } from 'vitest'
import { bytesOf, release, textOf } from '../src/l7mp/response-body.ts'

it('is text, also from chunks that split a character', () => {
  const bytes = Buffer.from('grüß')
  expect(textOf('grüß')).toBe('grüß')
  expect(textOf([bytes])).toBe('grüß')
  expect(textOf([bytes.subarray(0, 3), bytes.subarray(3)])).toBe('grüß')
  expect(textOf([])).toBe('')
  expect(bytesOf('grüß').equals(bytes)).toBe(true)
})

it('frees only chunks that do not share memory', () => {
  const own = new Uint8Array(10_000)
  const part = new Uint8Array(new ArrayBuffer(20_000), 0, 10_000)
  const behindHeaders = new Uint8Array(new ArrayBuffer(20_000), 200)
  const behindAnother = new Uint8Array(new ArrayBuffer(20_000), 10_000)
  const small = Buffer.from('pooled')
  const chunks = [own, part, behindHeaders, behindAnother, small]
  release(chunks)
  expect(chunks.map(({ length }) => length)).toEqual([0, 10_000, 0, 10_000, 6])
})
