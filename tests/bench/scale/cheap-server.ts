/**
 * An HTTP/1.1 server for requests as the operator sends them: with a Content-Length, if any body. That of Node.js takes
 * several times as much CPU, on the cores that the operator needs.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

export type Answer = { readonly status: number; readonly body: string | Buffer }
export type Answerer = (method: string, url: string, text: string) => Answer

/** In milliseconds, as the server of a real proxy. */
const KEEP_ALIVE = 5000
/** Until a connection without a request is closed, in milliseconds. A real proxy takes 60 to 90 seconds. */
const SILENCE = 75_000

const END_OF_HEAD = '\r\n\r\n'
const LENGTH = /^content-length: *(\d+)\r?$/im

/** Listens when it resolves. */
export async function cheapServer(address: string, port: number, answer: Answerer): Promise<Server> {
  const server = createServer({ noDelay: true }, socket => serve(socket, answer))
  await once(server.listen(port, address), 'listening')
  return server
}

function serve(socket: Socket, answer: Answerer): void {
  let received = ''
  let isSilent = true
  socket.setEncoding('latin1')
  socket.setTimeout(SILENCE, () =>
    socket.end(isSilent ? 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n' : ''),
  )
  socket.on('data', (chunk: string) => {
    if (isSilent) socket.setTimeout(KEEP_ALIVE)
    isSilent = false
    received += chunk
    received = received.slice(takeRequests(received, socket, answer))
  })
  // The operator has gone, or has reset the connection.
  socket.on('error', () => socket.destroy())
}

/** Answers the requests that are complete. Returns how long they are. */
function takeRequests(received: string, socket: Socket, answer: Answerer): number {
  for (let from = 0; ; ) {
    const end = received.indexOf(END_OF_HEAD, from)
    if (end < 0) return from
    const head = received.slice(from, end)
    const [method = '', url = ''] = head.slice(0, head.indexOf('\r\n')).split(' ')
    const start = end + END_OF_HEAD.length
    const length = method === 'POST' ? Number(LENGTH.exec(head)?.[1] ?? 0) : 0
    if (received.length < start + length) return from
    from = start + length
    const text = length === 0 ? '' : Buffer.from(received.slice(start, from), 'latin1').toString()
    send(socket, answer(method, url, text))
  }
}

function send(socket: Socket, { status, body }: Answer): void {
  const head = `HTTP/1.1 ${status} -\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE / 1000}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  if (typeof body === 'string') {
    socket.write(head + body)
    return
  }
  socket.cork()
  socket.write(head)
  socket.write(body)
  socket.uncork()
}
