/**
 * Runs the proxy pod of the chart like a cluster, in the network of the caller, and prints its behavior. Requires a
 * separate network namespace, because it uses the ports of the chart.
 *
 *     node tests/helm/run-proxy.ts IMAGE CONTAINER      both as JSON
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { startContainer } from './support/image.ts'

const [image = '', container = ''] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)

const child = await startContainer(JSON.parse(image), JSON.parse(container))
const ended = once(child, 'close')
let output = ''
for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))

const status = async (url: string) => (await request(url)).statusCode
const api = 'http://127.0.0.1:1234/api/v1'
const post = async (kind: string, body: object) => {
  const headers = { 'content-type': 'application/json' }
  const response = await request(`${api}/${kind}`, { method: 'POST', headers, body: JSON.stringify(body) })
  await response.body.dump()
  return response.statusCode
}

/** A listener that echoes on this UDP port. */
const echo = (port: number) => ({
  name: `echo-${port}`,
  spec: { protocol: 'UDP', port },
  rules: [{ action: { route: { destination: { name: `echo-${port}`, spec: { protocol: 'Echo' } } } } }],
})

for (let attempt = 0; attempt < 100; attempt++) {
  const code = await status(`${api}/admin`).catch(() => undefined)
  if (code === 200 || child.exitCode !== null) break
  await sleep(100)
}
say(`api ${await status(`${api}/admin`)}`)
say(`hardened ${await status(`${api}/rulelists/${encodeURIComponent('/apis/l7mp.io/v1/hardened')}`)}`)
say(`metrics ${await status('http://127.0.0.1:8080/metrics').catch(() => 'closed')}`)
say(`port 5000: ${await post('listeners', { listener: echo(5000) })}`)
say(`port 53: ${await post('listeners', { listener: echo(53) })}`)

const client = createSocket('udp4')
const talk = async () => {
  client.send('hello', 5000, '127.0.0.1')
  const [response] = await once(client, 'message', { signal: AbortSignal.timeout(5000) })
  return String(response)
}
say(`echo ${await talk()}`)
child.kill('SIGTERM')
while (!output.includes('ending:') && child.exitCode === null) await sleep(10)
say(output.slice(output.indexOf('ending:')).split('\n')[0] ?? '')
say(`still echoes ${await talk()}`)
const sessions = await request(`${api}/sessions`)
const [session] = (await sessions.body.json()) as { name: string }[]
await request(`${api}/sessions/${encodeURIComponent(session?.name ?? '')}`, { method: 'DELETE' })
const [code] = await ended
say(`ended ${code}`)
client.close()
