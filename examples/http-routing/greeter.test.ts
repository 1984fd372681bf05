import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { portOf, startProgram } from '../program.ts'

const GREETER = fileURLToPath(new URL('greeter/greeter.mjs', import.meta.url))

describe('the greeter', () => {
  it.each([
    ['a name without a line end', 'Ada', 'Hello, Ada!\n'],
    ['lines', 'Ada\nBob\n', 'Hello, Ada!\nHello, Bob!\n'],
    ['lines and a rest', 'Ada\nBob', 'Hello, Ada!\nHello, Bob!\n'],
    ['nothing', '', 'Hello, stranger!\n'],
    ['an empty line', '\n', 'Hello, stranger!\n'],
  ])('greets %s', async (_, said, heard) => {
    await using program = await startProgram(GREETER, ['Hello', '0'])
    expect(await say(portOf(program), said)).toBe(heard)
  })

  it('hangs up on a name without end, and lives on', async () => {
    await using program = await startProgram(GREETER, ['Hello', '0'])
    expect(await say(portOf(program), 'x'.repeat(5000))).toBe('')
    expect(await say(portOf(program), 'Ada')).toBe('Hello, Ada!\n')
  })
})

/** Says all it has to say, and gives all that comes back. */
async function say(port: number, words: string): Promise<string> {
  const connection = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('utf8')
  let heard = ''
  connection.on('data', text => (heard += text))
  connection.on('error', () => {})
  connection.end(words)
  await once(connection, 'close')
  return heard
}
