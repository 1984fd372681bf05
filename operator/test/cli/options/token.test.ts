import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import { credentialsOf } from '../../../src/cli/options/token.ts'
import { connect, type ProxyCredentials } from '../../../src/converge/connect.ts'
import { folderWith } from '../support/folder.ts'

const PROXY = { key: 'l7mp/a', uid: '1', address: '127.0.0.1', port: 1234 }

/** A token file, and the credentials of it. */
async function tokenFile() {
  const file = join(await folderWith({}), 'token')
  const time = { now: 0 }
  const write = (text: string) => writeFile(file, text)
  await write('first\n')
  const credentials = await credentialsOf({ tokenFile: file } as Parameters<typeof credentialsOf>[0], () => time.now)
  if (!credentials) throw new Error('there are no credentials')
  return { file, time, write, credentials }
}

it('reads the file again after a while', async () => {
  const { time, write, credentials } = await tokenFile()
  await write('second\n')
  expect(credentials(PROXY)).toBe('first')
  time.now = 10_000
  expect(credentials(PROXY)).toBe('second')
})

it('reads the file again immediately if the proxy refuses the token', async () => {
  const { write, credentials } = await tokenFile()
  await write('second\n')
  expect(credentials(PROXY, 'first')).toBe('second')
  expect(credentials(PROXY)).toBe('second')
})

it.each([
  ['is gone', ({ file }: Awaited<ReturnType<typeof tokenFile>>) => rm(file)],
  ['is empty', ({ write }: Awaited<ReturnType<typeof tokenFile>>) => write('')],
])('keeps the last token while the file %s', async (_what, spoil) => {
  const opened = await tokenFile()
  await spoil(opened)
  opened.time.now = 10_000
  expect(opened.credentials(PROXY)).toBe('first')
})

it('keeps an operator connected when the token of its proxy is rotated', async () => {
  const { write, credentials } = await tokenFile()
  const server = await startFakeProxy({ token: () => required })
  let required = 'first'
  const asked: (string | undefined)[] = []
  const provider: ProxyCredentials = (proxy, refused) => {
    asked.push(refused)
    return credentials(proxy, refused)
  }
  const driver = connect({ ...PROXY, port: server.port }, { credentials: provider })
  onTestFinished(async () => {
    await driver.close()
    await server.stop()
  })
  await driver.sessions()
  required = 'second'
  await write('second\n')
  await driver.sessions()
  expect(asked).toEqual([undefined, undefined, 'first'])
})
