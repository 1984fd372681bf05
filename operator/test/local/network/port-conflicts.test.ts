import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { portConflictFor } from '../../../src/local/network/port-conflicts.ts'

const obstacle = portConflictFor({ address: '127.0.0.1', port: 1 })
const at = (filename: string) => obstacle({ protocol: 'UnixDomainSocket', filename })
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'l7mesh-obstacles-'))
  return () => rm(folder, { recursive: true, force: true })
})

it('reports a file in place of a socket', async () => {
  const file = join(folder, 'file')
  expect(await at(file)).toBe(undefined)
  await writeFile(file, '')
  expect(await at(file)).toBe(`${file} exists and is not a socket`)
})

it('reports a socket of another process', async () => {
  const file = join(folder, 'socket')
  const server = createServer().listen(file)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  expect(await at(file)).toBe(`${file} is a socket of another process`)
  expect(existsSync(file)).toBe(true)
})

it('removes the stale socket of a process that was killed', async () => {
  const file = join(folder, 'socket')
  const killed = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', killed, file])
  expect(existsSync(file)).toBe(true)
  expect(await at(file)).toBe(undefined)
  expect(existsSync(file)).toBe(false)
})

it('checks nothing that the proxy itself reports', async () => {
  expect(await obstacle({ protocol: 'TCP', port: 1 })).toBe(undefined)
})
