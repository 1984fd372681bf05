import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_ERROR, NO_SUCH_NAME, question, resolve } from '../dns-query.ts'
import { type Program, portOf, startProgram } from '../program.ts'
import { askOnce, type UdpPeer } from '../udp.ts'

const SERVER = fileURLToPath(new URL('dns-server/server.mjs', import.meta.url))

describe('the DNS server', () => {
  let folder: string
  let zone: string
  let program: Program
  let server: UdpPeer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'l7mesh-zone-'))
    zone = join(folder, 'zone.txt')
    await writeFile(zone, '; a comment\nweb.test. 60 IN A 192.0.2.1\nWEB.test 60 IN A 192.0.2.2 ; two\nnot a record\n')
    program = await startProgram(SERVER, [zone, '0'])
    server = { address: '127.0.0.1', port: portOf(program) }
  })
  afterAll(async () => {
    await program[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('answers with all addresses of a name, in any case of letters', async () => {
    const answer = { rcode: NO_ERROR, addresses: ['192.0.2.1', '192.0.2.2'] }
    expect(await resolve(server, 'web.test')).toEqual(answer)
    expect(await resolve(server, 'Web.TEST')).toEqual(answer)
  })

  it('says its own address', async () => {
    expect(await resolve(server, 'whoami.l7mesh.test')).toEqual({ rcode: NO_ERROR, addresses: ['127.0.0.1'] })
  })

  it('says that a name does not exist', async () => {
    expect(await resolve(server, 'no.test')).toEqual({ rcode: NO_SUCH_NAME, addresses: [] })
  })

  it('has no answer of another type for a name that exists', async () => {
    const aaaa = question('web.test')
    aaaa.writeUInt16BE(28, aaaa.length - 4)
    const answer = await askOnce(server, aaaa)
    expect(answer?.readUInt16BE(6)).toBe(0)
    expect(answer?.readUInt8(3)).toBe(NO_ERROR)
  })

  it('reads the zone again when it has changed, and keeps it while the file is gone', async () => {
    await appendFile(zone, 'new.test. 60 IN A 192.0.2.3\n')
    expect((await resolve(server, 'new.test'))?.addresses).toEqual(['192.0.2.3'])
    await rm(zone)
    expect((await resolve(server, 'new.test'))?.addresses).toEqual(['192.0.2.3'])
  })

  it.each([
    ['a few bytes', Buffer.from('hello')],
    ['a reply', Buffer.from(question('web.test')).fill(0x80, 2, 3)],
  ])('keeps silent about %s', async (_, message) => {
    expect(await askOnce(server, message)).toBeUndefined()
  })

  it.each([
    ['a cut question', question('web.test').subarray(0, -3), 1],
    ['a compressed question', Buffer.concat([question('').subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]), 1],
    ['another operation', Buffer.from(question('web.test')).fill(0x28, 2, 3), 4],
  ])('refuses %s, and lives on', async (_, message, rcode) => {
    expect((await askOnce(server, message))?.readUInt8(3)).toBe(rcode)
    expect((await resolve(server, 'whoami.l7mesh.test'))?.rcode).toBe(NO_ERROR)
  })
})
