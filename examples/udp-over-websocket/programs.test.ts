import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { portOf, startProgram } from '../program.ts'
import { askOnce, udpClient } from '../udp.ts'

const TRANSCODER = fileURLToPath(new URL('transcoder/transcoder.mjs', import.meta.url))
const WORKER = fileURLToPath(new URL('worker/worker.mjs', import.meta.url))

describe('the transcoder', () => {
  it('turns commands into JSON, line for line, however they are cut', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'l7mesh-transcoder-'))
    const file = join(folder, 'transcoder.sock')
    {
      await using _transcoder = await startProgram(TRANSCODER, [file])
      expect(await transcode(file, ['move 3', ' 4\nwhere\nmo', 've x y\nwhere now\n'], 4)).toEqual([
        { verb: 'move', x: 3, y: 4 },
        { verb: 'where' },
        { verb: 'unknown', text: 'move x y' },
        { verb: 'unknown', text: 'where now' },
      ])
      expect(await transcode(file, ['x'.repeat(5000)], 1)).toEqual([])
      expect(await transcode(file, ['where\n'], 1)).toEqual([{ verb: 'where' }])
    }
    await rm(folder, { recursive: true })
  })
})

describe('the worker', () => {
  it('keeps where a player is', async () => {
    await using program = await startProgram(WORKER, ['0'])
    const worker = { address: '127.0.0.1', port: portOf(program) }
    await using player = await udpClient(worker)
    expect(String(await player.ask('{"verb":"move","x":3,"y":4}\n{"verb":"where"}\n'))).toBe(
      '{"worker":"this-pod","x":3,"y":4}\n{"worker":"this-pod","x":3,"y":4}\n',
    )
    expect(String(await askOnce(worker, '{"verb":"where"}\n'))).toBe('{"worker":"this-pod","x":0,"y":0}\n')
  })

  it('refuses what is not a command, and lives on', async () => {
    await using program = await startProgram(WORKER, ['0'])
    const worker = { address: '127.0.0.1', port: portOf(program) }
    expect(String(await askOnce(worker, 'where'))).toContain('not JSON')
    expect(String(await askOnce(worker, 'null'))).toContain('not JSON')
    expect(String(await askOnce(worker, '{"verb":"unknown","text":"dance"}'))).toContain('no such command: dance')
    expect(String(await askOnce(worker, '{"verb":"where"}'))).toContain('"x":0')
  })
})

/** What comes back for these pieces, until there are `lines` lines or the connection is closed. */
async function transcode(file: string, pieces: readonly string[], lines: number): Promise<readonly unknown[]> {
  const connection = connect(file).setEncoding('utf8')
  await once(connection, 'connect')
  for (const piece of pieces) connection.write(piece)
  let text = ''
  connection.on('error', () => {})
  for await (const part of connection) {
    text += part
    if (text.split('\n').length > lines) break
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}
