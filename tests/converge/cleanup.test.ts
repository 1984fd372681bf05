/** Sessions of a real proxy during cleanup. */
import { afterEach, describe, expect, it } from 'vitest'
import { l7mesh } from '../../operator/test/cli/support/process-io.ts'
import { openSession } from '../support/client.ts'
import { echo, type Protocol } from '../support/echo.ts'
import { FolderMesh, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const PROXIES = { app: 'proxy' }
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const cleanup = (address: string, how: string) => l7mesh(['cleanup', '--proxy', address, how])

describe('a proxy that is cleaned', () => {
  it.each(['UDP', 'TCP'] as const)('goes on with its %s sessions, and takes no new ones', async protocol => {
    const { port, address } = await served(protocol)
    const before = await talking(protocol, port)
    const { code, out } = await cleanup(address, '--dry-run')
    expect({ code, out }).toMatchObject({ code: 1, out: expect.not.stringContaining('ends sessions') })
    expect(await cleanup(address, '--yes')).toMatchObject({ code: 0 })
    await before.says('still there')
    expect(before.hasEnded()).toBe(false)
    expect((await l7mesh(['config', address, '--live'])).out).toBe('No objects of l7mesh.\n')
    const late = begin(protocol, port)
    await late.open.catch(() => {})
    await until('a new session is refused', () => {
      late.send('hello')
      return late.hasEnded()
    })
  })

  it('ends its WebSocket sessions, as announced', async () => {
    const { port, address } = await served('WebSocket')
    const before = await talking('WebSocket', port)
    expect((await cleanup(address, '--dry-run')).out).toMatch(/- listener .* ends sessions/)
    expect(await cleanup(address, '--yes')).toMatchObject({ code: 0 })
    await until('the end of the session', () => before.hasEnded())
  })
})

/** A programmed proxy that is no longer reconciled. */
async function served(protocol: Protocol) {
  const backend = await echo(protocol, 'backend')
  cleanups.push(() => backend.close())
  const proxy = await startRealProxy()
  cleanups.push(() => proxy.stop())
  const port = await freePort()
  const destination = { spec: { [protocol]: { port: backend.port } }, endpoints: [{ spec: { address: '127.0.0.1' } }] }
  const virtualService = {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'service' },
    spec: {
      selector: { matchLabels: PROXIES },
      listener: { spec: { [protocol]: { port } }, rules: [{ action: { route: { destination } } }] },
    },
  }
  const mesh = await FolderMesh.start({ 'mesh.yaml': [proxyPod('proxy', proxy.port, PROXIES), virtualService] })
  await mesh.converged().finally(() => mesh.stop())
  return { port, address: `127.0.0.1:${proxy.port}` }
}

/** A session that has received its first response. */
async function talking(protocol: Protocol, port: number) {
  const session = begin(protocol, port)
  await session.open
  const says = async (words: string) => {
    session.send(words)
    await until(`an answer to '${words}'`, () => session.heard.includes(`backend ${words}`))
  }
  await says('hello')
  return { says, hasEnded: session.hasEnded }
}

function begin(protocol: Protocol, port: number) {
  const heard: string[] = []
  let ended = false
  const end = () => {
    ended = true
  }
  const session = openSession(protocol, port, { message: text => heard.push(text), ended: end })
  session.open.catch(end)
  cleanups.push(async () => session.close())
  return { ...session, heard, hasEnded: () => ended }
}
