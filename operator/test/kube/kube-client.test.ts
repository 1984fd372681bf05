import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { connectKube, type KubeClient } from '../../src/kube/kube-client.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import { readAccess } from '../../src/kube/kubeconfig.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  cleanups.push(() => rm(path, { recursive: true }))
  return path
}

/** Starts an HTTP server with this request handler, and records its connections. */
async function serve(handler: RequestListener, prepare: (server: Server) => void = () => {}) {
  const server = createServer(handler).listen(0, '127.0.0.1')
  prepare(server)
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket))
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

function kubeconfig(url: string, user: object): string {
  return JSON.stringify({
    clusters: [{ name: 'here', cluster: { server: url } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'dev', context: { cluster: 'here', user: 'me', namespace: 'games' } }],
    'current-context': 'dev',
  })
}

async function connectTo(url: string, user: object = { token: 'secret' }): Promise<KubeClient> {
  const file = join(await folder(), 'config')
  await writeFile(file, kubeconfig(url, user))
  const client = await connectKube({ kubeconfig: file, variables: {} })
  cleanups.push(() => client.close())
  return client
}

/** Returns the error that the promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<KubeError> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure instanceof KubeError) return failure
  throw new Error(`no KubeError, but ${failure}`)
}

test('sends the path, the query, the body with its content type, and the credentials', async () => {
  const { url } = await serve(async (request, response) => {
    const body = (await request.toArray()).join('')
    const { authorization, 'content-type': type } = request.headers
    response.end(JSON.stringify({ method: request.method, url: request.url, body, authorization, type }))
  })
  const client = await connectTo(`${url}/k8s/clusters/one/`)
  expect(client).toMatchObject({ namespace: 'games', server: `${url}/k8s/clusters/one` })
  const response = await client.request({
    method: 'PATCH',
    path: '/api/v1/pods',
    query: { force: true, limit: 5, continue: undefined },
    body: { a: 1 },
    contentType: 'application/apply-patch+yaml',
  })
  expect(response).toEqual({
    method: 'PATCH',
    url: '/k8s/clusters/one/api/v1/pods?force=true&limit=5',
    body: '{"a":1}',
    authorization: 'Bearer secret',
    type: 'application/apply-patch+yaml',
  })
})

test('reuses connections for consecutive calls', async () => {
  const { url, sockets } = await serve((_request, response) => response.end('{}'))
  const client = await connectTo(url)
  for (let call = 0; call < 20; call++) await client.request({ path: '/api' })
  // The next call may start before the connection of the previous one is released.
  expect(sockets.size).toBeLessThanOrEqual(2)
})

test.each([
  [400, {}, 'invalid'],
  [401, {}, 'unauthorized'],
  [403, {}, 'forbidden'],
  [404, {}, 'not-found'],
  [409, { reason: 'AlreadyExists' }, 'already-exists'],
  [409, { reason: 'Conflict' }, 'conflict'],
  [410, { reason: 'Expired' }, 'gone'],
  [422, {}, 'invalid'],
  [429, {}, 'too-many-requests'],
  [500, {}, 'server-fault'],
  [503, {}, 'server-fault'],
])('converts a %i response %j into an error with code %s and the message of the server', async (status, body, code) => {
  const { url } = await serve((_request, response) =>
    response.writeHead(status).end(JSON.stringify({ kind: 'Status', message: 'it is so', ...body })),
  )
  const client = await connectTo(url)
  const failure = await failureOf(client.request({ path: '/api/v1/pods' }))
  expect(failure).toMatchObject({ code, status, message: 'GET /api/v1/pods: it is so' })
})

test('reads retryAfter from the header, or else from the body', async () => {
  const { url } = await serve((request, response) => {
    const headers = request.url === '/header' ? { 'retry-after': '2' } : {}
    response.writeHead(429, headers).end(JSON.stringify({ details: { retryAfterSeconds: 3 } }))
  })
  const client = await connectTo(url)
  expect(await failureOf(client.request({ path: '/header' }))).toMatchObject({ retryAfter: 2000 })
  expect(await failureOf(client.request({ path: '/body' }))).toMatchObject({ retryAfter: 3000 })
})

test('distinguishes unreachable, resetting, hanging and invalid servers, and canceled calls', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/invalid') response.end('<html>')
    if (request.url === '/reset') {
      response.writeHead(200, { 'content-length': 9 }).write('{', () => request.socket.destroy())
    }
  })
  const client = await connectTo(url)
  expect(await failureOf(client.request({ path: '/reset' }))).toMatchObject({ code: 'reset' })
  expect(await failureOf(client.request({ path: '/invalid' }))).toMatchObject({ code: 'server-fault' })
  expect(await failureOf(client.request({ path: '/hangs', timeoutMs: 20 }))).toMatchObject({ code: 'timeout' })
  const signal = AbortSignal.abort()
  expect(await failureOf(client.request({ path: '/hangs', signal }))).toMatchObject({ code: 'aborted' })
  const nobody = await connectTo('http://127.0.0.1:1')
  expect(await failureOf(nobody.request({ path: '/' }))).toMatchObject({ code: 'unreachable' })
})

test('does not reuse idle connections after a call without a response, and keeps streams open', async () => {
  let isDead = false
  const dead = new Set<Socket>()
  const { url, sockets } = await serve(({ url, socket }, response) => {
    if (isDead) for (const each of sockets) dead.add(each)
    isDead = false
    if (dead.has(socket)) return
    if (url === '/stream') response.write('one\n')
    else setTimeout(() => response.end('{}'), 50)
  })
  const client = await connectTo(url)
  const stream = await client.stream({ path: '/stream', silenceMs: 10_000 })
  const [first] = await stream[Symbol.asyncIterator]()
    .next()
    .then(({ value }) => value ?? [])
  expect(first).toBe('one')
  await Promise.all(Array.from({ length: 3 }, () => client.request({ path: '/x' })))
  isDead = true
  expect((await failureOf(client.request({ path: '/x', timeoutMs: 200 }))).code).toBe('timeout')
  for (let call = 0; call < 3; call++) await client.request({ path: '/x', timeoutMs: 5000 })
  expect([...sockets].filter(socket => !socket.destroyed).length).toBeGreaterThan(1)
})

test('yields complete lines of a stream, however they are split, and fails when it falls silent', async () => {
  const { url } = await serve(async (_request, response) => {
    const text = Buffer.from('{"name":"é"}\n{"name":"b"}\n{"na')
    for (const byte of text) {
      response.write(Buffer.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }
  })
  const client = await connectTo(url)
  const lines: string[] = []
  const reading = async () => {
    for await (const batch of await client.stream({ path: '/watch', silenceMs: 2000 })) lines.push(...batch)
  }
  expect(await failureOf(reading())).toMatchObject({ code: 'timeout' })
  expect(lines).toEqual(['{"name":"é"}', '{"name":"b"}'])
})

test('ends a stream with `aborted` when the caller aborts it', async () => {
  const { url } = await serve((_request, response) => void response.write('{}\n'))
  const client = await connectTo(url)
  const ending = new AbortController()
  const reading = async () => {
    const lines = await client.stream({ path: '/watch', silenceMs: 5000, signal: ending.signal })
    for await (const _ of lines) ending.abort()
  }
  expect(await failureOf(reading())).toMatchObject({ code: 'aborted' })
})

test('reloads a rejected token from the kubeconfig', async () => {
  let valid = 'old'
  const { url } = await serve((request, response) => {
    const isKnown = request.headers.authorization === `Bearer ${valid}`
    response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ message: 'Unauthorized' }))
  })
  const file = join(await folder(), 'config')
  await writeFile(file, kubeconfig(url, { token: 'old' }))
  const client = await connectKube({ kubeconfig: file, variables: {} })
  cleanups.push(() => client.close())
  await client.request({ path: '/' })
  valid = 'new'
  expect(await failureOf(client.request({ path: '/' }))).toMatchObject({ code: 'unauthorized' })
  await writeFile(file, kubeconfig(url, { token: 'new' }))
  await Promise.all([1, 2, 3].map(() => client.request({ path: '/' })))
})

test('reads and reloads a token from a tokenFile', async () => {
  let valid = 'one'
  const { url } = await serve(({ headers }, response) => {
    if (headers.authorization === `Bearer ${valid}`) response.end('{}')
    else response.writeHead(401).end('{"kind":"Status","message":"Unauthorized"}')
  })
  const path = await folder()
  await writeFile(join(path, 'token'), 'one\n')
  await writeFile(join(path, 'config'), kubeconfig(url, { token: 'not this one', tokenFile: 'token' }))
  const client = await connectKube({ kubeconfig: join(path, 'config'), variables: {} })
  cleanups.push(() => client.close())
  await client.request({ path: '/x' })
  valid = 'two'
  await writeFile(join(path, 'token'), 'two\n')
  await client.request({ path: '/x' })
})

test('runs an exec plugin for a token, and runs it again when the token is rejected', async () => {
  const path = await folder()
  const plugin = join(path, 'plugin.sh')
  const token = join(path, 'token')
  const credential = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$(cat ${token})'"}}`
  await writeFile(plugin, `#!/bin/sh\necho '${credential}'\n`)
  await chmod(plugin, 0o755)
  await writeFile(token, 'one')
  const seen: unknown[] = []
  const { url } = await serve((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(seen.length === 2 ? 401 : 200).end('{}')
  })
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' }
  const client = await connectTo(url, { exec })
  await client.request({ path: '/' })
  await writeFile(token, 'two')
  await client.request({ path: '/' })
  expect(seen).toEqual(['Bearer one', 'Bearer one', 'Bearer two'])
})

test('reports the origin of credentials that are not available', async () => {
  const { url } = await serve((_request, response) => response.end('{}'))
  const client = await connectTo(url, { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/such' } })
  const failure = await failureOf(client.request({ path: '/' }))
  expect(failure.code).toBe('no-credentials')
  expect(failure.message).toMatch(/^no credentials from context dev of .*config: spawn \/no\/such ENOENT$/)
})

test.each([
  ['invalid YAML', '{', /^cannot read the kubeconfig .*config: /],
  ['no current context', '{}', /has no current context$/],
  [
    'a missing cluster',
    kubeconfig('http://x', {}).replace('"name":"here"', '"name":"gone"'),
    /refers to cluster here, which does not exist$/,
  ],
  ['an invalid server URL', kubeconfig('10.0.0.1', {}), /10.0.0.1 is not a URL of an API server$/],
])('rejects a kubeconfig with %s in one line', async (_what, text, message) => {
  const file = join(await folder(), 'config')
  await writeFile(file, text)
  await expect(connectKube({ kubeconfig: file, variables: {} })).rejects.toThrow(message)
})

test('selects a context by name, and lists the existing ones if it does not exist', async () => {
  const file = join(await folder(), 'config')
  await writeFile(file, kubeconfig('http://127.0.0.1:1', {}))
  const connecting = connectKube({ kubeconfig: file, context: 'prod', variables: {} })
  await expect(connecting).rejects.toMatchObject({
    name: 'UserError',
    message: `${file} has no context prod`,
    help: 'Give one of these with --context: dev.',
  })
})

test('prefers the first of several files in KUBECONFIG, and defaults to the one in the home directory', async () => {
  const home = await folder()
  const [first, second] = [join(home, 'first'), join(home, 'second')]
  await writeFile(first, kubeconfig('http://127.0.0.1:1', {}))
  await writeFile(second, kubeconfig('http://127.0.0.1:2', {}))
  const client = await connectKube({ variables: { KUBECONFIG: `${first}:${second}` } })
  expect(client.server).toBe('http://127.0.0.1:1')
  await expect(connectKube({ variables: { HOME: home } })).rejects.toThrow('no kubeconfig found')
})

test('takes client certificates, the server name and the trusted authority from the kubeconfig', async () => {
  const path = await folder()
  await writeFile(join(path, 'ca.crt'), 'the authority')
  const file = join(path, 'config')
  const cluster = { server: 'https://10.0.0.1', 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes' }
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const user = { 'client-certificate-data': base64('mine'), 'client-key-data': base64('secret'), as: 'ann' }
  const text = kubeconfig('', user).replace('"cluster":{"server":""}', `"cluster":${JSON.stringify(cluster)}`)
  await writeFile(file, text)
  const access = await readAccess({ kubeconfig: file, variables: {} })
  expect(await access.credentials()).toEqual({
    tls: {
      ca: Buffer.from('the authority'),
      cert: Buffer.from('mine'),
      key: Buffer.from('secret'),
      servername: 'kubernetes',
    },
    headers: { 'impersonate-user': 'ann' },
  })
})

test('connects through the proxy-url of the kubeconfig', async () => {
  const { url } = await serve((_request, response) => response.end('{"through":"the proxy"}'))
  const tunnels: unknown[] = []
  const { url: proxy } = await serve(
    (_request, response) => response.writeHead(500).end(),
    server =>
      server.on('connect', (request, socket) => {
        tunnels.push(request.url)
        const { hostname, port } = new URL(url)
        const onward = connect({ host: hostname, port: Number(port) }, () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          onward.pipe(socket).pipe(onward)
        })
        for (const end of [onward, socket]) end.on('error', () => {})
      }),
  )
  const file = join(await folder(), 'config')
  await writeFile(file, kubeconfig(url, {}).replace('"server":', `"proxy-url":"${proxy}","server":`))
  const client = await connectKube({ kubeconfig: file, variables: {} })
  cleanups.push(() => client.close())
  expect(await client.request({ path: '/api' })).toEqual({ through: 'the proxy' })
  expect(tunnels).toEqual([new URL(url).host])
})

test('does not send a write after leadership is lost', async () => {
  let requests = 0
  const { url } = await serve((_, response) => {
    requests += 1
    response.end('{}')
  })
  const client = await connectTo(url)
  let isLeader = true
  const write = () => client.request({ method: 'PATCH', path: '/a', body: {}, mayWrite: () => isLeader })
  await write()
  isLeader = false
  expect((await failureOf(write())).code).toBe('aborted')
  expect(requests).toBe(1)
})
