/**
 * Finds the process that holds a UDP port of this machine. The UDP listeners of l7mp share their port (SO_REUSEADDR),
 * so a proxy reports success even if two processes take each other's clients; only the kernel knows (Linux).
 */
import { readdir, readFile, readlink } from 'node:fs/promises'

export type UdpAddress = { readonly address: string; readonly port: number }

/**
 * A description of the holder, other than the proxy with its REST API at `proxy`; undefined if there is none or it
 * cannot be determined.
 */
export async function udpHolder(place: UdpAddress, proxy: UdpAddress): Promise<string | undefined> {
  const holding = (await sockets('udp')).filter(socket => isAt(socket, place))
  if (holding.length === 0) return undefined
  const serving = (await sockets('tcp')).find(socket => socket.isListening && isAt(socket, proxy))
  const owners = await ownersOf(new Set([...holding, ...(serving ? [serving] : [])].map(({ inode }) => inode)))
  const pid = serving && owners.get(serving.inode)
  // If the proxy's own process is unknown, no other process can be told apart from it.
  if (pid === undefined) return undefined
  const other = holding.find(({ inode }) => owners.get(inode) !== pid)
  return other && named(owners.get(other.inode))
}

function isAt(socket: HeldSocket, { address, port }: UdpAddress): boolean {
  return socket.address === address && socket.port === port
}

type HeldSocket = UdpAddress & { readonly isListening: boolean; readonly inode: string }

/** The sockets of this network namespace; empty if the kernel has no such table. */
async function sockets(protocol: 'udp' | 'tcp'): Promise<readonly HeldSocket[]> {
  const table = await readFile(`/proc/net/${protocol}`, 'utf8').catch(() => '')
  return table.split('\n').slice(1).flatMap(parseSocket)
}

function parseSocket(line: string): readonly HeldSocket[] {
  const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
  const [host = '', port = ''] = local.split(':')
  // The address is in little-endian byte order.
  const address = (host.match(/../g) ?? []).map(byte => Number.parseInt(byte, 16)).reverse()
  if (address.length !== 4) return []
  return [{ address: address.join('.'), port: Number.parseInt(port, 16), isListening: state === LISTENING, inode }]
}

const LISTENING = '0A'

/** The PIDs of the processes that have these sockets open, as far as this process may see. */
async function ownersOf(inodes: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>()
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1]
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, pid)
    }
  }
  return owners
}

async function named(pid: string | undefined): Promise<string> {
  if (pid === undefined) return 'another process'
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
  return name === '' ? `process ${pid}` : `process ${pid} (${name})`
}
