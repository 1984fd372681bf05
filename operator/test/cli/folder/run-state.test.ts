import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openRunState, type RunState, readRunState, stateFolderOf } from '../../../src/cli/folder/run-state.ts'
import { folderWith } from '../support/folder.ts'

const state: RunState = {
  pid: process.pid,
  netns: false,
  allows: { selectorScope: 'namespace' },
  nameServer: { address: '127.0.0.1', port: 53 },
  pods: [{ metadata: { name: 'a', namespace: 'b' }, spec: { containers: [] } }],
  endpointSlices: [],
  kept: [],
}

/** Resolves when the state is in the file. */
async function written(folder: string, wanted: RunState): Promise<void> {
  const file = await openRunState(folder)
  onTestFinished(() => file.close())
  file.write(wanted)
  const path = join(await stateFolderOf(folder), 'state.json')
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toBe(JSON.stringify(wanted))
}

it('is undefined if nothing is running', async () => {
  expect(await readRunState(await folderWith({}))).toBe(undefined)
})

it('is read as last written, and deleted when the run ends', async () => {
  const folder = await folderWith({})
  const file = await openRunState(folder)
  file.write({ ...state, pods: [] })
  file.write(state)
  await expect.poll(() => readRunState(folder)).toEqual(state)
  await file.close()
  expect(await readRunState(folder)).toBe(undefined)
})

it('is readable only by its owner, and not trusted if others can write it', async () => {
  const folder = await folderWith({})
  await written(folder, state)
  const place = await stateFolderOf(folder)
  expect((await stat(place)).mode & 0o777).toBe(0o700)
  expect((await stat(join(place, 'state.json'))).mode & 0o777).toBe(0o600)
  await chmod(place, 0o777)
  expect(await readRunState(folder)).toBe(undefined)
})

it('is undefined if its process has exited', async () => {
  const folder = await folderWith({})
  // No process has this id: Linux ends at 2^22.
  await written(folder, { ...state, pid: 2 ** 22 + 1 })
  expect(await readRunState(folder)).toBe(undefined)
})
