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

/** An HTTP server that answers as it is told, and counts the connections made to it. */
async function serve(answer: RequestListener, prepare: (server: Server) => void = () => {}) {
  const server = createServer(answer).listen(0, '127.0.0.1')
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

/** What the promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<KubeError> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure instanceof KubeError) return failure
  throw new Error(`no KubeError, but ${failure}`)
}

test('a call has a path, a query, a body of its own type, and the credentials', async () => {
  const { url } = await serve(async (request, response) => {
    const body = (await request.toArray()).join('')
    const { authorization, 'content-type': type } = request.headers
    response.end(JSON.stringify({ method: request.method, url: request.url, body, authorization, type }))
  })
  const client = await connectTo(`${url}/k8s/clusters/one/`)
  expect(client).toMatchObject({ namespace: 'games', server: `${url}/k8s/clusters/one` })
  const answer = await client.request({
    method: 'PATCH',
    path: '/api/v1/pods',
    query: { force: true, limit: 5, continue: undefined },
    body: { a: 1 },
    contentType: 'application/apply-patch+yaml',
  })
  expect(answer).toEqual({
    method: 'PATCH',
    url: '/k8s/clusters/one/api/v1/pods?force=true&limit=5',
    body: '{"a":1}',
    authorization: 'Bearer secret',
    type: 'application/apply-patch+yaml',
  })
})

test('calls one after the other share connections', async () => {
  const { url, sockets } = await serve((_request, response) => response.end('{}'))
  const client = await connectTo(url)
  for (let call = 0; call < 20; call++) await client.request({ path: '/api' })
  // The next call may be made before the connection of the last one is free again.
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
])('an answer of %i %j is an error of code %s, in the words of the server', async (status, body, code) => {
  const { url } = await serve((_request, response) =>
    response.writeHead(status).end(JSON.stringify({ kind: 'Status', message: 'it is so', ...body })),
  )
  const client = await connectTo(url)
  const failure = await failureOf(client.request({ path: '/api/v1/pods' }))
  expect(failure).toMatchObject({ code, status, message: 'GET /api/v1/pods: it is so' })
})

test('how long to wait is read from the header, else from the answer', async () => {
  const { url } = await serve((request, response) => {
    const headers = request.url === '/header' ? { 'retry-after': '2' } : {}
    response.writeHead(429, headers).end(JSON.stringify({ details: { retryAfterSeconds: 3 } }))
  })
  const client = await connectTo(url)
  expect(await failureOf(client.request({ path: '/header' }))).toMatchObject({ retryAfter: 2000 })
  expect(await failureOf(client.request({ path: '/body' }))).toMatchObject({ retryAfter: 3000 })
})

test('a server that is not there, breaks off, hangs or talks nonsense, and a caller who gives up', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/nonsense') response.end('<html>')
    if (request.url === '/breaks-off') {
      response.writeHead(200, { 'content-length': 9 }).write('{', () => request.socket.destroy())
    }
  })
  const client = await connectTo(url)
  expect(await failureOf(client.request({ path: '/breaks-off' }))).toMatchObject({ code: 'reset' })
  expect(await failureOf(client.request({ path: '/nonsense' }))).toMatchObject({ code: 'server-fault' })
  expect(await failureOf(client.request({ path: '/hangs', timeoutMs: 20 }))).toMatchObject({ code: 'timeout' })
  const signal = AbortSignal.abort()
  expect(await failureOf(client.request({ path: '/hangs', signal }))).toMatchObject({ code: 'aborted' })
  const nobody = await connectTo('http://127.0.0.1:1')
  expect(await failureOf(nobody.request({ path: '/' }))).toMatchObject({ code: 'unreachable' })
})

test('after a call without an answer no idle connection is used again, and streams go on', async () => {
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

test('a stream gives whole lines however they are cut, and ends with an error when it falls silent', async () => {
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

test('a stream that the caller ends is over with `aborted`', async () => {
  const { url } = await serve((_request, response) => void response.write('{}\n'))
  const client = await connectTo(url)
  const ending = new AbortController()
  const reading = async () => {
    const lines = await client.stream({ path: '/watch', silenceMs: 5000, signal: ending.signal })
    for await (const _ of lines) ending.abort()
  }
  expect(await failureOf(reading())).toMatchObject({ code: 'aborted' })
})

test('a token that the server does not know any more is read anew from the kubeconfig', async () => {
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

test('a token that stands in a file of its own, beside the kubeconfig, is read there, and read anew', async () => {
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

test('an exec plugin is asked for a token, and asked again when it is refused', async () => {
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

test('credentials that cannot be had are an error that says from where', async () => {
  const { url } = await serve((_request, response) => response.end('{}'))
  const client = await connectTo(url, { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/such' } })
  const failure = await failureOf(client.request({ path: '/' }))
  expect(failure.code).toBe('no-credentials')
  expect(failure.message).toMatch(/^no credentials from context dev of .*config: spawn \/no\/such ENOENT$/)
})

test.each([
  ['no YAML', '{', /^cannot read the kubeconfig .*config: /],
  ['no current context', '{}', /says no current context$/],
  [
    'a cluster that is not there',
    kubeconfig('http://x', {}).replace('"name":"here"', '"name":"gone"'),
    /names the cluster here, which is not there$/,
  ],
  ['a server that is no URL', kubeconfig('10.0.0.1', {}), /10.0.0.1 is not a URL of an API server$/],
])('a kubeconfig with %s is refused in one line', async (_what, text, message) => {
  const file = join(await folder(), 'config')
  await writeFile(file, text)
  await expect(connectKube({ kubeconfig: file, variables: {} })).rejects.toThrow(message)
})

test('another context is chosen by name, and a wrong one is answered with those that there are', async () => {
  const file = join(await folder(), 'config')
  await writeFile(file, kubeconfig('http://127.0.0.1:1', {}))
  const connecting = connectKube({ kubeconfig: file, context: 'prod', variables: {} })
  await expect(connecting).rejects.toMatchObject({
    name: 'UserError',
    message: `${file} has no context prod`,
    help: 'Give one of these with --context: dev.',
  })
})

test('of several files in KUBECONFIG the first that says something counts; without any, the one at home', async () => {
  const home = await folder()
  const [first, second] = [join(home, 'first'), join(home, 'second')]
  await writeFile(first, kubeconfig('http://127.0.0.1:1', {}))
  await writeFile(second, kubeconfig('http://127.0.0.1:2', {}))
  const client = await connectKube({ variables: { KUBECONFIG: `${first}:${second}` } })
  expect(client.server).toBe('http://127.0.0.1:1')
  await expect(connectKube({ variables: { HOME: home } })).rejects.toThrow('there is no kubeconfig')
})

test('certificates of a client, the name of the server and whether to trust it are as the kubeconfig says', async () => {
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

test('where the kubeconfig names a proxy, all goes through it', async () => {
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

test('a write is not sent any more once another may write', async () => {
  let asked = 0
  const { url } = await serve((_, response) => {
    asked += 1
    response.end('{}')
  })
  const client = await connectTo(url)
  let leads = true
  const write = () => client.request({ method: 'PATCH', path: '/a', body: {}, mayWrite: () => leads })
  await write()
  leads = false
  expect((await failureOf(write())).code).toBe('aborted')
  expect(asked).toBe(1)
})
