/**
 * Detects conflicts of listeners that the proxy does not report: another process on the same UDP port, or an existing
 * file at the path of a socket. For proxies that share the network and files of this process.
 */
import { lstat, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Obstacle, UdpListenerSpec } from '@l7mesh/proxy-client'
import { type UdpAddress, udpHolder } from './udp-holder.ts'

/** `proxy`: the REST API of the proxy, whose UDP listeners use its address. */
export function portConflictFor(proxy: UdpAddress): Obstacle {
  return async spec => {
    switch (spec.protocol) {
      case 'UDP':
        return udpObstacle(spec, proxy)
      case 'UnixDomainSocket':
        return fileObstacle(spec.filename)
      default:
        return undefined
    }
  }
}

async function udpObstacle({ port, address }: UdpListenerSpec, proxy: UdpAddress): Promise<string | undefined> {
  const own = address === undefined || address === '0.0.0.0' ? proxy.address : address
  const holder = await udpHolder({ address: own, port }, proxy)
  return holder && `UDP port ${port} of the proxy's host is also in use by ${holder}`
}

/** Removes the stale socket of a killed process, which would prevent listening. */
async function fileObstacle(filename: string): Promise<string | undefined> {
  const file = await lstat(filename).catch(() => undefined)
  if (file === undefined) return undefined
  if (!file.isSocket()) return `${filename} exists and is not a socket`
  if (!(await isAbandoned(filename))) return `${filename} is a socket of another process`
  await rm(filename, { force: true })
  return undefined
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ path })
    socket.once('connect', () => resolve(false))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    socket.once('close', () => socket.destroy())
    socket.end()
  })
}
