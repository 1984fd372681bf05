/**
 * Lets writes to a proxy through only while this operator leads. It is the last stage before a request goes out, behind
 * every queue, so that neither a call that waited nor a process that was paused writes after its lease has expired.
 */
import { type HttpOptions, httpTransport, ProxyError, type Transport } from '@l7mesh/proxy-client'
import { buildConnector } from 'undici'

/** Called immediately before each write. */
export type MayWrite = () => boolean

/** HTTP to a proxy. A write without the lease fails with the code `aborted`. */
export function gatedTransport(options: HttpOptions, mayWrite: MayWrite): Transport {
  const transport = httpTransport({ ...options, connect: gatedConnector(mayWrite) })
  return {
    ...transport,
    async send(request, signal) {
      if (request.method !== 'GET' && !mayWrite()) throw notLeading()
      return transport.send(request, signal)
    },
  }
}

/** A request that waits for its connection is sent as soon as it is established, so the connector checks the lease too. */
function gatedConnector(mayWrite: MayWrite): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT })
  return (options, callback) =>
    connect(options, (...result) => {
      const [, socket] = result
      if (!socket || mayWrite()) return callback(...result)
      socket.destroy()
      callback(notLeading(), null)
    })
}

/** In milliseconds. The deadline of a call is usually shorter. */
const CONNECT_TIMEOUT = 10_000

function notLeading(): ProxyError {
  return new ProxyError('aborted', 'this operator is not the leader, so it makes no calls')
}
