import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EMPTY_CONFIG } from '@l7mesh/proxy-client'
import { expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { initialState } from '../../../src/converge/state.ts'
import { openStatusDir, type StatusFilesInput } from '../../../src/report/folder/status-files.ts'
import type { ResourceStatus } from '../../../src/report/status.ts'

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-status-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const NOTHING: StatusFilesInput = { statuses: new Map(), proxies: new Map(), owners: [] }
const status = (holds: boolean): ResourceStatus => ({
  observedGeneration: 2,
  conditions: [
    { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' },
    { type: 'Programmed', status: holds ? 'True' : 'False', reason: holds ? 'Programmed' : 'Pending', message: 'x' },
  ],
  proxies: { selected: 1, programmed: holds ? 1 : 0 },
  endpoints: { ready: 1, total: 1, summary: '1/1' },
})
const one = (holds: boolean): StatusFilesInput => ({
  ...NOTHING,
  statuses: new Map([['VirtualService/dns/a', status(holds)]]),
})

/** Writes one input after the other, each in a run of its own, a minute apart. */
async function write(folder: string, ...inputs: readonly StatusFilesInput[]): Promise<void> {
  let minute = 0
  for (const input of inputs) {
    const now = () => new Date(Date.UTC(2026, 0, 1, 0, minute))
    const onError = (error: unknown) => {
      throw error
    }
    const dir = await openStatusDir(folder, { now, onError })
    dir.write(input)
    await dir.close('keep')
    minute += 1
  }
}

const read = async (folder: string, path: string) => parse(await readFile(join(folder, path), 'utf8'))

it('writes a file for each resource', async () => {
  const folder = await temporary()
  await write(folder, one(true))
  const at = '2026-01-01T00:00:00.000Z'
  expect(await read(folder, 'VirtualService/dns/a.yaml')).toEqual({
    kind: 'VirtualService',
    metadata: { namespace: 'dns', name: 'a' },
    status: {
      observedGeneration: 2,
      conditions: status(true).conditions.map(condition => ({ ...condition, lastTransitionTime: at })),
      proxies: { selected: 1, programmed: 1 },
      endpoints: { ready: 1, total: 1, summary: '1/1' },
    },
  })
})

it('keeps transition times of conditions across restarts', async () => {
  const folder = await temporary()
  await write(folder, one(false), one(true), one(true))
  const { conditions } = (await read(folder, 'VirtualService/dns/a.yaml')).status
  expect(conditions.map((condition: { lastTransitionTime: string }) => condition.lastTransitionTime)).toEqual([
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:01:00.000Z',
  ])
})

it('contains proxies and owners', async () => {
  const folder = await temporary()
  const proxy = { key: 'l7mp/a', uid: '', address: '127.0.0.1', port: 1234 }
  const owner = { apiVersion: 'example.org/v1', kind: 'Service', name: 'shop', uid: '1' }
  await write(folder, {
    ...NOTHING,
    proxies: new Map([['l7mp/a', initialState({ proxy, config: EMPTY_CONFIG, parts: new Map() })]]),
    owners: [{ owner, namespace: 'dns', applied: { '/l7mp.io/v1/Rule/dns/a': 3 } }],
  })
  expect((await read(folder, 'Proxy/l7mp/a.yaml')).status).toEqual({
    address: '127.0.0.1',
    port: 1234,
    phase: 'unknown',
  })
  expect((await read(folder, 'Service/dns/shop.yaml')).status).toEqual({
    children: { applied: { '/l7mp.io/v1/Rule/dns/a': 3 } },
  })
})

it('removes files of deleted resources, and no others', async () => {
  const folder = await temporary()
  await write(folder, one(true))
  const own = join(folder, 'VirtualService/dns')
  await writeFile(join(own, 'mine.yaml'), 'kind: Mine\nstatus: {}\n')
  await write(folder, NOTHING)
  expect(await readdir(own)).toEqual(['mine.yaml'])
})

it('writes nothing outside of its folder, regardless of the names of owners', async () => {
  const folder = await temporary()
  const owner = { apiVersion: 'v1', kind: '..', name: '../../escaped', uid: '1' }
  await write(folder, { ...NOTHING, owners: [{ owner, namespace: 'dns', applied: {} }] })
  expect(await readdir(folder)).toEqual([])
})
