/**
 * No session is lost that did not have to be. On a real proxy, ten live sessions each of UDP, TCP and WebSocket at 50
 * messages a second, and 100 new connections a second of each, while each kind of edit is made a hundred times.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { type Backend, echo, type Protocol } from '../support/echo.ts'
import { FolderMesh, proxyPod } from '../support/folder-mesh.ts'
import { freePort, startRealProxy } from '../support/real-proxy.ts'
import { type Losses, Traffic } from '../support/traffic.ts'
import { BACKEND_ADDRESSES, EDIT_KINDS, PROXIES, type Service } from './edits.ts'

const PROTOCOLS: readonly Protocol[] = ['UDP', 'TCP', 'WebSocket']
const EDITS = 100

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe(`${EDITS} edits under live traffic`, () => {
  it.each(EDIT_KINDS)(
    'lose nothing when $name',
    async kind => {
      const services = await Promise.all(PROTOCOLS.map(serviceOf))
      const documents = (n: number) => services.flatMap(service => kind.documents(service, n))
      const proxy = await startRealProxy()
      cleanups.push(() => proxy.stop())
      const mesh = await FolderMesh.start({
        'pods.yaml': [proxyPod('proxy', proxy.port, PROXIES)],
        'mesh.yaml': documents(0),
      })
      cleanups.push(() => mesh.stop())
      await mesh.converged()

      const traffic = await Promise.all(
        services.map(({ protocol, port }) => Traffic.start({ protocol, port, ...RATES })),
      )
      for (let n = 1; n <= EDITS; n++) await mesh.edit('mesh.yaml', documents(n))
      const losses = await Promise.all(traffic.map(each => each.stop()))

      for (const [i, lost] of losses.entries()) expectNoLoss(PROTOCOLS[i] ?? 'UDP', lost)
    },
    120_000,
  )
})

const RATES = { sessions: 10, messagesPerSecond: 50, newPerSecond: 100 }

function expectNoLoss(protocol: Protocol, losses: Losses): void {
  const { sessionsEnded, messagesLost, connectionsLost, connections } = losses
  expect({ protocol, sessionsEnded, messagesLost }).toEqual({ protocol, sessionsEnded: 0, messagesLost: 0 })
  expect(connectionsLost / connections, `${protocol}: ${connectionsLost} of ${connections} lost`).toBeLessThanOrEqual(
    0.001,
  )
}

async function serviceOf(protocol: Protocol): Promise<Service> {
  const backendPorts = [await backends(protocol), await backends(protocol)] as const
  return { protocol, port: await freePort(), backendPorts }
}

/** One backend on each address, all on the same port. */
async function backends(protocol: Protocol): Promise<number> {
  let port = 0
  for (const address of BACKEND_ADDRESSES) {
    const backend: Backend = await echo(protocol, address, { address, port })
    cleanups.push(() => backend.close())
    port = backend.port
  }
  return port
}
