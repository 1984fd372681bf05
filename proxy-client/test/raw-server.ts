/** A TCP server that records the chunks that a client writes, and sends only the responses of a test. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export type RawServer = {
  readonly origin: string
  /** All connections, in order. */
  readonly connections: readonly RawConnection[]
  stop(): Promise<void>
}

export type RawConnection = {
  readonly socket: Socket
  /** All data from the client. */
  readonly received: () => string
}

export const OK = answer(200, '{"status":200,"message":"OK"}')

export function answer(status: number, body: string): string {
  return `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** `respond` is called with a connection and all its received data, whenever there is more. */
export async function startRawServer(
  respond: (connection: RawConnection) => void,
  onConnect: (socket: Socket) => void = () => undefined,
): Promise<RawServer> {
  const connections: RawConnection[] = []
  const server = createServer(socket => {
    let received = ''
    const connection = { socket, received: () => received }
    connections.push(connection)
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => {
      received += chunk
      respond(connection)
    })
    onConnect(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const stop = async () => {
    for (const { socket } of connections) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { origin: `http://127.0.0.1:${address.port}`, connections, stop }
}

/** The number of complete requests in the received data. */
export function requestsIn(received: string): number {
  return received.match(/^(GET|POST|DELETE) /gm)?.length ?? 0
}
