/** Sessions of a listener that changes or is deleted. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { openSession, type Session } from '../support/client.ts'
import { echo, type Protocol } from '../support/echo.ts'
import { FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const PROXIES = { app: 'proxy' }
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a listener whose own spec changes on the same port', () => {
  it.each(['UDP', 'TCP'] as const)('keeps its %s sessions, and takes new ones', async protocol => {
    const { mesh, service } = await served(protocol)
    const before = await talking(protocol, service.port)
    await mesh.edit('mesh.yaml', [virtualService(service, { track: 5 })])
    await before.says('still there')
    await (await talking(protocol, service.port)).says('new')
    expect(before.hasEnded()).toBe(false)
    expect(programmed(mesh)).toMatchObject({ status: 'True', reason: 'Programmed' })
  })

  it.each([{ track: 5 }, { path: '/other' }])(
    'keeps its WebSocket sessions where %j gains nothing by ending them',
    async change => {
      const { mesh, service } = await served('WebSocket')
      const before = await talking('WebSocket', service.port)
      await mesh.edit('mesh.yaml', [virtualService(service, change)])
      await mesh.converged()
      await before.says('still there')
      expect(before.hasEnded()).toBe(false)
      expect(programmed(mesh)).toMatchObject({ status: 'True', reason: 'Programmed' })
    },
  )

  it('keeps the session of a UDP singleton if only its track changes', async () => {
    const client = await remote()
    const { mesh, service, origin } = await served('UDP', { connect: client.address })
    await client.hears('hello', service.port)
    const before = await namesOfSessions(origin, 'UDP')
    await mesh.edit('mesh.yaml', [virtualService(service, { connect: client.address, track: 5 })])
    await mesh.converged()
    await client.hears('again', service.port)
    expect(await namesOfSessions(origin, 'UDP')).toEqual(before)
    expect(programmed(mesh)).toMatchObject({ status: 'True', reason: 'Programmed' })
  })

  it('replaces the session of a UDP singleton with another peer, and reports it in a condition', async () => {
    const [client, other] = [await remote(), await remote()]
    const { mesh, service, origin } = await served('UDP', { connect: client.address })
    await client.hears('hello', service.port)
    const before = await namesOfSessions(origin, 'UDP')
    await mesh.edit('mesh.yaml', [virtualService(service, { connect: other.address })])
    await other.hears('new', service.port)
    const after = await namesOfSessions(origin, 'UDP')
    expect([before.length, after.length]).toEqual([1, 1])
    expect(after).not.toEqual(before)
    expect(programmed(mesh)).toMatchObject({ status: 'True', reason: 'SessionsEnded' })
  })
})

describe('a listener that moves to another port', () => {
  it('ends its WebSocket sessions, and reports it in a condition', async () => {
    const { mesh, service } = await served('WebSocket')
    const before = await talking('WebSocket', service.port)
    const moved = { ...service, port: await freePort() }
    await mesh.edit('mesh.yaml', [virtualService(moved, {})])
    await until('the end of the session', () => before.hasEnded())
    await (await talking('WebSocket', moved.port)).says('new')
    expect(programmed(mesh)).toMatchObject({ status: 'True', reason: 'SessionsEnded' })
  })
})

describe('a deleted VirtualService', () => {
  it.each(['UDP', 'TCP'] as const)('leaves its %s sessions alone', async protocol => {
    const { mesh, service } = await served(protocol)
    const orphan = await talking(protocol, service.port)
    await mesh.edit('mesh.yaml', [other])
    await orphan.says('still there')
    expect(orphan.hasEnded()).toBe(false)
  })

  it.each(['UDP', 'TCP'] as const)('ends its %s sessions where removeOrphanSessions is true', async protocol => {
    const { mesh, service, origin } = await served(protocol, { removeOrphanSessions: true })
    const orphan = await talking(protocol, service.port)
    await mesh.edit('mesh.yaml', [other])
    await until('no session is left', async () => (await namesOfSessions(origin, protocol)).length === 0)
    if (protocol === 'TCP') await until('the end of the session', () => orphan.hasEnded())
  })
})

type Service = { readonly protocol: Protocol; readonly port: number; readonly backend: number }
type Address = { readonly address: string; readonly port: number }
type Options = {
  readonly track?: number
  readonly path?: string
  readonly removeOrphanSessions?: boolean
  readonly connect?: Address
}

async function served(protocol: Protocol, options: Options = {}) {
  const backend = await echo(protocol, 'backend')
  cleanups.push(() => backend.close())
  const proxy = await startRealProxy()
  cleanups.push(() => proxy.stop())
  const service: Service = { protocol, port: await freePort(), backend: backend.port }
  const mesh = await FolderMesh.start({
    'pods.yaml': [proxyPod('proxy', proxy.port, PROXIES)],
    'mesh.yaml': [virtualService(service, options)],
  })
  cleanups.push(() => mesh.stop())
  await mesh.converged()
  return { mesh, service, origin: proxy.origin }
}

function virtualService({ protocol, port, backend }: Service, options: Options): Manifest {
  const { track = 0, path, removeOrphanSessions, connect } = options
  const destination = { spec: { [protocol]: { port: backend } }, endpoints: [{ spec: { address: '127.0.0.1' } }] }
  const listener = {
    spec: { [protocol]: { port, ...(path !== undefined && { path }), ...(connect && { connect }) } },
    rules: [{ action: { route: { destination } } }],
    options: { track },
  }
  const orphans = removeOrphanSessions === undefined ? {} : { options: { removeOrphanSessions } }
  return resource('VirtualService', 'service', { selector: { matchLabels: PROXIES }, listener, ...orphans })
}

/** Another document, which stays in the file when the VirtualService is deleted. */
const other: Manifest = resource('Target', 'other', { cluster: { spec: { Echo: {} } } })

function resource(kind: string, name: string, spec: object): Manifest {
  return { apiVersion: 'l7mp.io/v1', kind, metadata: { name }, spec }
}

/** A session that has received its first response. */
async function talking(protocol: Protocol, port: number) {
  const heard: string[] = []
  let ended = false
  const session: Session = openSession(protocol, port, {
    message: text => heard.push(text),
    ended: () => {
      ended = true
    },
  })
  await session.open
  cleanups.push(async () => session.close())
  const says = async (words: string) => {
    session.send(words)
    await until(`an answer to '${words}'`, () => heard.includes(`backend ${words}`))
  }
  await says('hello')
  return { says, hasEnded: () => ended }
}

function programmed(mesh: FolderMesh) {
  const status = mesh.report?.statuses().get('VirtualService/default/service')
  return status?.conditions.find(({ type }) => type === 'Programmed')
}

/** The client of a singleton, with a fixed address. */
async function remote() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  cleanups.push(async () => void socket.close())
  await once(socket, 'listening')
  const heard: string[] = []
  socket.on('message', message => heard.push(`${message}`))
  return {
    address: { address: '127.0.0.1', port: socket.address().port },
    async hears(words: string, port: number): Promise<void> {
      await until(`an answer to '${words}'`, () => {
        socket.send(words, port, '127.0.0.1')
        return heard.includes(`backend ${words}`)
      })
    },
  }
}

async function namesOfSessions(origin: string, protocol: Protocol): Promise<readonly string[]> {
  const answer = await fetch(`${origin}/api/v1/sessions`)
  const sessions = (await answer.json()) as readonly { readonly name: string }[]
  return sessions.map(({ name }) => name).filter(name => name.startsWith(`${protocol}:`))
}
