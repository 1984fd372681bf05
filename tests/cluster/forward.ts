/** Passes connections on, as bytes: from a port of this machine to a socket file, and from there into a namespace. */
import { once } from 'node:events'
import { connect, createServer, type ListenOptions, type NetConnectOpts } from 'node:net'
import { pipeline } from 'node:stream'

/** Resolves with the port, if it is one, when it listens. Keeps no process alive. Rejects where it cannot listen. */
export async function forward(from: ListenOptions, to: NetConnectOpts): Promise<number | undefined> {
  const server = createServer(client => {
    const target = connect(to)
    // One that breaks takes the other with it, and that is all that there is to do about it.
    pipeline(client, target, () => {})
    pipeline(target, client, () => {})
  })
  server.listen(from)
  await once(server, 'listening')
  server.unref()
  const address = server.address()
  return typeof address === 'object' ? address?.port : undefined
}
