/** Random clients of an HTTP, WebSocket or other port. Each disconnects by itself. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { WebSocket } from 'ws'

/** How long a client waits for a response, in milliseconds: a listener may stay silent. */
const TIMEOUT = 300

/** Resolves with the data received. */
export type Client = (port: number) => Promise<string>

const method = fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'get', 'NO-SUCH')
const target = fc.oneof(
  fc.constantFrom(
    '/',
    '/api/x',
    '/api//y?a=b',
    '/%',
    '/%E0%A4%A',
    '/?x=((((',
    '//',
    '*',
    '/../..',
    `/${'a'.repeat(3000)}`,
  ),
  fc.constantFrom(`/${'a'.repeat(40)}!`, '/__proto__', '/x=x=x=x', 'http://[::1', 'http://xn--/', '/#', '/a b'),
)
const header = fc.constantFrom(
  'x-user: alice',
  'x-user: ',
  `x-user: ${'a'.repeat(40)}!`,
  'x-user: {"a":1}',
  'x-user: é',
  'authorization: Bearer x',
  '__proto__: x',
  'cookie: a=b; c',
  'content-type: application/json',
  'upgrade: websocket',
)
const request = fc
  .record({
    method,
    target,
    headers: fc.array(header, { maxLength: 4 }),
    body: fc.constantFrom('', '{}', 'x'.repeat(9000)),
  })
  .map(({ method, target, headers, body }) =>
    [`${method} ${target} HTTP/1.1`, 'host: mesh.test', ...headers, `content-length: ${body.length}`, '', body].join(
      '\r\n',
    ),
  )

export const client: fc.Arbitrary<Client> = fc.oneof(
  {
    weight: 4,
    arbitrary: request.map(
      (text): Client =>
        port =>
          raw(port, [text]),
    ),
  },
  // Pipelined requests, a fragmented one, an aborted one, and arbitrary data.
  fc.tuple(request, request).map(
    (texts): Client =>
      port =>
        raw(port, [texts.join('')]),
  ),
  request.map(
    (text): Client =>
      port =>
        raw(port, [text.slice(0, 9), text.slice(9)]),
  ),
  request.map(
    (text): Client =>
      port =>
        raw(port, [text.slice(0, text.length / 2)], 'reset'),
  ),
  fc.string().map(
    (text): Client =>
      port =>
        raw(port, [text]),
  ),
  { weight: 3, arbitrary: webSocketClient() },
)

/** Sends the pieces one after the other. `end`: how to end the connection immediately. */
function raw(port: number, pieces: readonly string[], end?: 'reset'): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect(port, '127.0.0.1').setNoDelay()
  let received = ''
  const timer = setTimeout(() => socket.destroy(), TIMEOUT)
  socket.on('data', chunk => (received += chunk))
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(timer)
    resolve(received)
  })
  socket.on('connect', async () => {
    for (const piece of pieces) await new Promise(written => socket.write(piece, written))
    if (end === 'reset') socket.resetAndDestroy()
  })
  return promise
}

function webSocketClient(): fc.Arbitrary<Client> {
  const path = fc.constantFrom('/', '/api/x', '/a/b?c=d', '/%')
  const headers = fc.constantFrom<Record<string, string>>({}, { 'x-user': 'alice' }, { 'x-user': `${'a'.repeat(40)}!` })
  const message = fc.constantFrom<string | Buffer>('hello', '', '{}', '{', 'x'.repeat(70_000), Buffer.from([0, 255]))
  const end = fc.constantFrom<'close' | 'terminate'>('close', 'terminate')
  return fc.record({ path, headers, messages: fc.array(message, { maxLength: 3 }), end }).map(
    ({ path, headers, messages, end }): Client =>
      port => {
        const { promise, resolve } = Promise.withResolvers<string>()
        const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
        let received = ''
        const timer = setTimeout(() => socket[end](), TIMEOUT / 2)
        const deadline = setTimeout(() => socket.terminate(), TIMEOUT)
        socket.on('open', () => {
          received += 'open'
          for (const text of messages) socket.send(text, () => {})
        })
        socket.on('message', text => (received += text))
        socket.on('error', () => {})
        socket.on('close', () => {
          clearTimeout(timer)
          clearTimeout(deadline)
          resolve(received)
        })
        return promise
      },
  )
}
