/** Forwards connections as bytes: from a port of this machine to a socket file, and from there into a namespace. */
import { once } from 'node:events'
import { connect, createServer, type ListenOptions, type NetConnectOpts } from 'node:net'
import { pipeline } from 'node:stream'

/**
 * Resolves with the port, if there is one, when it is listening. Does not keep the process alive. Rejects if it cannot
 * listen.
 */
export async function forward(from: ListenOptions, to: NetConnectOpts): Promise<number | undefined> {
  const server = createServer(client => {
    const target = connect(to)
    // If one connection breaks, the other is closed too.
    pipeline(client, target, () => {})
    pipeline(target, client, () => {})
  })
  server.listen(from)
  await once(server, 'listening')
  server.unref()
  const address = server.address()
  return typeof address === 'object' ? address?.port : undefined
}
