/**
 * Serves container logs to the API server, for `kubectl logs`: the only endpoint of the kubelet API that is
 * implemented.
 */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

export type LogServer = { readonly port: number; close(): Promise<void> }

export type LogServerOptions = {
  readonly address: string
  readonly certificate: Buffer
  readonly key: Buffer
  /** The log file of a container. */
  file(pod: string, container: string): string
}

export async function serveLogs({ address, certificate, key, file }: LogServerOptions): Promise<LogServer> {
  const server = createServer({ cert: certificate, key }, (request, response) => {
    answer(request, response, file).catch(() => response.destroy())
  })
  server.listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the log server has no port')
  return {
    port: bound.port,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const POLL_MS = 200

async function answer({ url = '' }: IncomingMessage, response: ServerResponse, file: LogServerOptions['file']) {
  const { pathname, searchParams } = new URL(url, 'https://node')
  const [, verb, namespace, pod, container] = pathname.split('/').map(decodeURIComponent)
  if (verb !== 'containerLogs' || container === undefined) {
    response.writeHead(404).end('only containerLogs are served here\n')
    return
  }
  const path = file(`${namespace}/${pod}`, container)
  response.writeHead(200, { 'content-type': 'text/plain' })
  let sent = await startOf(path, searchParams.get('tailLines'))
  do {
    for await (const chunk of createReadStream(path, { start: sent }).on('error', () => {})) {
      sent += chunk.length
      response.write(chunk)
    }
    if (searchParams.get('follow') !== 'true') break
    await sleep(POLL_MS)
  } while (!response.destroyed)
  response.end()
}

/** The offset of the last lines. A container without output has no file. */
async function startOf(path: string, tailLines: string | null): Promise<number> {
  const handle = await open(path, 'a+')
  try {
    if (tailLines === null) return 0
    const text = await handle.readFile('utf8')
    const lines = text.split('\n').slice(0, -1)
    const kept = Number(tailLines) === 0 ? [] : lines.slice(-Number(tailLines))
    return Buffer.byteLength(text) - Buffer.byteLength(kept.map(line => `${line}\n`).join(''))
  } finally {
    await handle.close()
  }
}
