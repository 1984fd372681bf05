/**
 * What is in the way of a listener on this machine, where the proxy would say nothing of it: another process on the same
 * UDP port, a file where a socket should be. For proxies that share the network and the files of this very process.
 */
import { lstat, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Obstacle, UdpListenerSpec } from '@l7mesh/proxy-client'
import { type UdpAddress, udpHolder } from './udp-holder.ts'

/** Of this proxy, which has each of its UDP listeners on its own address. */
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
  return holder && `UDP port ${port} of the proxy's host is held by ${holder} too`
}

/** The socket that a killed process has left is taken away: nobody can listen there while it lies about. */
async function fileObstacle(filename: string): Promise<string | undefined> {
  const file = await lstat(filename).catch(() => undefined)
  if (file === undefined) return undefined
  if (!file.isSocket()) return `${filename} is there already, and is no socket`
  if (!(await isAbandoned(filename))) return `${filename} is the socket of another process`
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
