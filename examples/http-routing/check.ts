/** Sends requests down every rule of both listeners, and sees another team's Rule take its share of them. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { ingressAddresses, type Mesh } from '../mesh.ts'

const HTTP_PORT = 9080
const WEBSOCKET_PORT = 9081
/** How long one request waits for its answer, in milliseconds. */
const PATIENCE = 2000

type Web = {
  /** POSTs a body; undefined where no answer comes. */
  post(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Answer | undefined>
  /** Opens a WebSocket, says one thing, and gives what comes back first; undefined where it is closed instead. */
  say(path: string, words: string): Promise<string | undefined>
}
type Answer = { readonly status: number; readonly body: string }

export async function check(mesh: Mesh): Promise<void> {
  const webs = (await ingressAddresses(mesh)).map(webAt)
  for (const web of webs) {
    await routesByPath(mesh, web)
    await rewritesMetadata(mesh, web)
    await routesWebSockets(mesh, web)
    await countsRequests(mesh, web)
    await letsAnotherTeamIn(mesh, web)
  }
  await mesh.edit('blue.yaml', manifest => manifest.replace('value: blue }', 'value: azure }'))
  for (const web of webs) await followsTheOtherTeam(mesh, web)
}

async function routesByPath(mesh: Mesh, web: Web): Promise<void> {
  const words = randomUUID()
  equal((await answered(mesh, web, '/echo', words)).body, words)
  equal((await answered(mesh, web, '/greet', 'Ada')).body, 'Hello, Ada!\n')
  equal((await web.post('/nowhere', words))?.status, 404, 'a path without a rule leads nowhere')
}

async function rewritesMetadata(mesh: Mesh, web: Web): Promise<void> {
  const secret = randomUUID()
  const authorization = `Bearer ${secret}`
  const seen = await mesh.waitFor('the metadata of a request', async () => {
    const answer = await web.post('/inspect', 'Ada', { authorization })
    return answer?.status === 200 ? answer.body : undefined
  })
  const { metadata, payload } = JSON.parse(seen)
  deepEqual(metadata.labels, { team: 'web' })
  equal(metadata.HTTP.headers.authorization, '(removed)')
  equal(Buffer.from(payload, 'base64').toString(), 'Ada')
  ok(!seen.includes(secret), 'what was rewritten goes no further')
}

async function routesWebSockets(mesh: Mesh, web: Web): Promise<void> {
  const words = randomUUID()
  equal(await mesh.waitFor('an echo over WebSocket', () => web.say('/echo', words)), words)
  equal(await mesh.waitFor('a greeting over WebSocket', () => web.say('/greet', 'Ada\n')), 'Hello, Ada!\n')
  equal(await web.say('/nowhere', words), undefined, 'a WebSocket without a rule is closed')
}

async function countsRequests(mesh: Mesh, web: Web): Promise<void> {
  const before = await requests(mesh, web)
  for (let request = 0; request < 5; request++) await answered(mesh, web, '/echo', 'count me')
  ok((await requests(mesh, web)) >= before + 5, 'the proxy counts the requests of the listener')
}

/** The Rule stands in front of the rules of web.yaml, for the requests that it matches and no others. */
async function letsAnotherTeamIn(mesh: Mesh, web: Web): Promise<void> {
  await mesh.waitFor('a greeting from the blue team', async () => {
    const answer = await web.post('/greet', 'Ada', { 'x-team': 'blue' })
    return answer?.body === 'Servus, Ada!\n' || undefined
  })
  equal((await web.post('/greet', 'Ada', { 'x-team': 'red' }))?.body, 'Hello, Ada!\n')
}

async function followsTheOtherTeam(mesh: Mesh, web: Web): Promise<void> {
  await mesh.waitFor('the old greeting for those whom the Rule no longer matches', async () => {
    const answer = await web.post('/greet', 'Ada', { 'x-team': 'blue' })
    return answer?.body === 'Hello, Ada!\n' || undefined
  })
  equal((await web.post('/greet', 'Ada', { 'x-team': 'azure' }))?.body, 'Servus, Ada!\n')
}

/** Posts until the path has a rule that answers. */
function answered(mesh: Mesh, web: Web, path: string, body: string): Promise<Answer> {
  return mesh.waitFor(`an answer from ${path}`, async () => {
    const answer = await web.post(path, body)
    return answer?.status === 200 ? answer : undefined
  })
}

async function requests(mesh: Mesh, web: Web): Promise<number> {
  const { body } = await answered(mesh, web, '/metrics', '')
  match(body, /^# TYPE listener_requests_total counter$/m)
  const counter = /^listener_requests_total\{listenerName="[^"]*\/web\/virtualservices\/web@[^"]*",.*\} (\d+)$/gm
  return [...body.matchAll(counter)].reduce((sum, [, count]) => sum + Number(count), 0)
}

const webAt = (address: string): Web => ({
  async post(path, body, headers = {}) {
    const signal = AbortSignal.timeout(PATIENCE)
    // A path that leads nowhere yet leaves its connection unusable: each request has a connection of its own.
    const request = { method: 'POST', body, headers: { connection: 'close', ...headers }, signal }
    const response = await fetch(`http://${address}:${HTTP_PORT}${path}`, request).catch(() => undefined)
    return response && { status: response.status, body: await response.text() }
  },
  async say(path, words) {
    const socket = new WebSocket(`ws://${address}:${WEBSOCKET_PORT}${path}`)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => socket.send(words))
    const signal = AbortSignal.timeout(PATIENCE)
    const heard = once(socket, 'message', { signal }).then(([event]: MessageEvent[]) => textOf(event?.data))
    const closed = once(socket, 'close', { signal }).then(() => undefined)
    const answer = await Promise.race([heard, closed]).catch(() => undefined)
    socket.close()
    return answer
  },
})

/** The proxy sends binary messages. */
const textOf = (data: unknown): string => (data instanceof ArrayBuffer ? Buffer.from(data).toString() : String(data))
