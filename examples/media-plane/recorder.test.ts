import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { portOf, startProgram } from '../program.ts'
import { askOnce } from '../udp.ts'

const RECORDER = fileURLToPath(new URL('recorder/recorder.mjs', import.meta.url))

describe('the recorder', () => {
  it('gives each packet back, marked', async () => {
    await using program = await startProgram(RECORDER, ['0'])
    const recorder = { address: '127.0.0.1', port: portOf(program) }
    expect(String(await askOnce(recorder, 'hello'))).toBe('(recorded) hello')
    expect(await askOnce(recorder, Buffer.from([0, 255]))).toEqual(
      Buffer.concat([Buffer.from('(recorded) '), Buffer.from([0, 255])]),
    )
  })
})
