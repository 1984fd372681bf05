import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FolderLock, lockFolder } from '../../../src/local/process/lock.ts'

let root: string
let mesh: string
let locks: string
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'l7mesh-lock-')))
  mesh = join(root, 'mesh')
  locks = join(root, 'locks')
  await mkdir(mesh)
  await mkdir(locks)
})
afterEach(() => rm(root, { recursive: true }))

const release = async (lock: FolderLock) => lock.held && (await lock.release())
const lockFile = async () => join(locks, (await readdir(locks))[0] ?? '')

describe('lockFolder', () => {
  it('allows one run per folder, by any path, until it is released', async () => {
    const alias = join(root, 'alias')
    await symlink(mesh, alias)
    const first = await lockFolder(mesh, locks)
    expect(first.held).toBe(true)
    expect(await lockFolder(alias, locks)).toEqual({ held: false, pid: process.pid, folder: mesh })
    await release(first)
    const second = await lockFolder(alias, locks)
    expect(second.held).toBe(true)
    await release(second)
    expect(await readdir(locks)).toEqual([])
  })

  it('allows runs of different folders at the same time', async () => {
    await mkdir(join(root, 'other'))
    const both = [await lockFolder(mesh, locks), await lockFolder(join(root, 'other'), locks)]
    expect(both.map(lock => lock.held)).toEqual([true, true])
  })

  it('takes over the lock of a process that has exited', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    await release(await lockFolder(mesh, locks))
    const lock = await lockFolder(mesh, locks)
    const file = await lockFile()
    await writeFile(file, JSON.stringify({ pid: child.pid, started: '1', folder: mesh }))
    expect((await lockFolder(mesh, locks)).held).toBe(true)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid })
    await release(lock)
  })

  it('takes over the lock of a process whose PID was reused', async () => {
    await lockFolder(mesh, locks)
    const file = await lockFile()
    const holder = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({ ...holder, started: 'long ago' }))
    expect((await lockFolder(mesh, locks)).held).toBe(true)
  })

  it('takes over an invalid lock file', async () => {
    await lockFolder(mesh, locks)
    await writeFile(await lockFile(), 'garbage')
    expect((await lockFolder(mesh, locks)).held).toBe(true)
    expect(await readdir(locks)).toHaveLength(1)
  })

  it('rejects if the folder does not exist', async () => {
    await expect(lockFolder(join(root, 'none'), locks)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
