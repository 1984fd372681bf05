/** A UDP client for the checks: it asks, waits for an answer by a deadline, and asks again as such clients do. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** How long one question waits for its answer, in milliseconds. */
const PATIENCE = 300

export type UdpPeer = { readonly address: string; readonly port: number }

export type UdpClient = AsyncDisposable & {
  readonly port: number
  /** All messages that have come in so far, oldest first. */
  received(): readonly Buffer[]
  send(message: string | Uint8Array): void
  /** The next message; undefined where none comes in time. */
  next(): Promise<Buffer | undefined>
  /** Sends a message and gives the first that comes in after it; undefined where none does in time. */
  ask(message: string | Uint8Array): Promise<Buffer | undefined>
}

/** A client of one peer. It sends from the local address and port given, or from any. */
export async function udpClient(peer: UdpPeer, from: Partial<UdpPeer> = {}): Promise<UdpClient> {
  const socket = createSocket('udp4')
  const messages: Buffer[] = []
  socket.on('message', message => messages.push(message))
  socket.bind(from.port, from.address)
  await once(socket, 'listening')
  // What a peer that is not there sends back is silence for the one who asks.
  socket.on('error', () => {})
  const send = (message: string | Uint8Array) => socket.send(message, peer.port, peer.address)
  return {
    port: socket.address().port,
    received: () => [...messages],
    send,
    next: () => nextMessage(socket),
    async ask(message) {
      const answer = nextMessage(socket)
      send(message)
      return answer
    },
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

async function nextMessage(socket: Socket): Promise<Buffer | undefined> {
  const signal = AbortSignal.timeout(PATIENCE)
  return once(socket, 'message', { signal }).then(
    ([message]: Buffer[]) => message,
    () => undefined,
  )
}

/** The address of this machine that a peer sees. */
export async function addressTowards(peer: UdpPeer): Promise<string> {
  const socket = createSocket('udp4')
  socket.connect(peer.port, peer.address)
  await once(socket, 'connect')
  const { address } = socket.address()
  socket.close()
  return address
}

/** Asks once as a client that the mesh has never seen. */
export async function askOnce(peer: UdpPeer, message: string | Uint8Array): Promise<Buffer | undefined> {
  await using client = await udpClient(peer)
  return await client.ask(message)
}
