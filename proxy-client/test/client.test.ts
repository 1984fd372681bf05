import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Calls } from '../src/apply/calls.ts'
import type { Reads } from '../src/apply/reads.ts'
import { ProxyError } from '../src/errors.ts'
import { ProxyClient, type ProxyClientOptions } from '../src/l7mp/client.ts'
import type { JsonObject, Listener } from '../src/model.ts'
import { answer, OK, type RawConnection, type RawServer, requestsIn, startRawServer } from './raw-server.ts'

const LISTENER: Listener = { name: 'new', spec: { protocol: 'TCP', port: 80 }, rules: 'r', options: { track: 0 } }
const ADMIN = answer(200, '{"log_level":"warn","strict":false,"version":"0.5.7"}')

const started: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const { stop } of started.splice(0).reverse()) await stop()
})

async function serve(respond: (connection: RawConnection) => void): Promise<RawServer> {
  const server = await startRawServer(respond)
  started.push(server)
  return server
}

function connect(server: RawServer, options: Partial<ProxyClientOptions> = {}): ProxyClient {
  const client = new ProxyClient({ origin: server.origin, ...options })
  started.push({ stop: () => client.close() })
  return client
}

/** Responds to each request with `text`, once. */
function always(text: string): (connection: RawConnection) => void {
  const answered = new Map<RawConnection, number>()
  return connection => {
    const due = requestsIn(connection.received()) - (answered.get(connection) ?? 0)
    answered.set(connection, requestsIn(connection.received()))
    connection.socket.write(text.repeat(due))
  }
}

const failure = (call: Promise<unknown>): Promise<ProxyError> =>
  call.then(
    () => Promise.reject(new Error('the call went well')),
    error => error,
  )

it('implements the calls and reads of plans', () => {
  const client: Calls & Reads = new ProxyClient({ origin: 'http://127.0.0.1:1' })
  expect(client).toBeInstanceOf(ProxyClient)
})

describe('requests', () => {
  it('send JSON with the content type and the token', async () => {
    const server = await serve(always(OK))
    await connect(server, { token: 's3cret' }).createRuleList({ name: 'a', rules: ['b'] })
    const request = server.connections[0]?.received() ?? ''
    expect(request).toMatch(/^POST \/api\/v1\/rulelists HTTP\/1\.1\r\n/)
    expect(request).toContain('content-type: application/json\r\n')
    expect(request).toContain('authorization: Bearer s3cret\r\n')
    expect(request.split('\r\n\r\n')[1]).toBe('{"rulelist":{"name":"a","rules":["b"]}}')
  })

  it('read in the terse format, and clusters with their endpoints', async () => {
    const server = await serve(always(answer(200, '[]')))
    const client = connect(server)
    await client.rules.list()
    await client.clusters.list()
    expect(server.connections[0]?.received().match(/\/api\S+/g)).toEqual([
      '/api/v1/rules?format=terse',
      '/api/v1/clusters?recursive=true&format=terse',
    ])
  })

  it('preserve all characters of names, including `..`', async () => {
    const server = await serve(always(OK))
    await connect(server).deleteObject('cluster', '..')
    await connect(server).deleteObject('cluster', '/a?b#c%2F')
    expect(server.connections.map(({ received }) => received().split(' ')[1])).toEqual([
      '/api/v1/clusters/..',
      '/api/v1/clusters/%2Fa%3Fb%23c%252F',
    ])
  })

  it('are made one at a time on one connection', async () => {
    const seen: number[] = []
    const server = await serve(connection => {
      seen.push(requestsIn(connection.received()))
      setImmediate(() => connection.socket.write(ADMIN))
    })
    const client = connect(server)
    await Promise.all([client.getAdmin(), client.getAdmin(), client.getAdmin()])
    expect(seen).toEqual([1, 2, 3])
    expect(server.connections).toHaveLength(1)
  })

  it('replace a listener with two requests in one write, in order', async () => {
    const server = await serve(({ socket, received }) => {
      if (requestsIn(received()) === 2) socket.write(OK + OK)
    })
    await connect(server).replaceListener('old', LISTENER)
    expect(server.connections[0]?.received().match(/^(DELETE|POST) \S+/gm)).toEqual([
      'DELETE /api/v1/listeners/old',
      'POST /api/v1/listeners',
    ])
  })

  it('are written together with their body', async () => {
    const chunks: string[] = []
    const server = await serve(({ socket, received }) => {
      chunks.push(received())
      socket.write(OK)
    })
    await connect(server).createRuleList({ name: 'a', rules: ['b'.repeat(10_000)] })
    expect(chunks).toHaveLength(1)
  })

  it('use a new connection after a body was rejected with 404', async () => {
    const server = await serve(always(answer(404, '{"status":404,"message":"Not Found"}')))
    const client = connect(server)
    expect(await failure(client.createRule({ name: 'r', action: {} }))).toMatchObject({
      code: 'locked-out',
      status: 404,
    })
    expect(await failure(client.getAdmin())).toMatchObject({ code: 'locked-out' })
    expect(await failure(client.getAdmin())).toMatchObject({ code: 'locked-out' })
    expect(server.connections.map(({ received }) => requestsIn(received()))).toEqual([1, 2])
  })
})

describe('errors of the proxy', () => {
  it.each([
    ['is silent', () => undefined, 'timeout'],
    ['ends the connection', ({ socket }: RawConnection) => socket.end(), 'reset'],
    ['resets the connection', ({ socket }: RawConnection) => socket.resetAndDestroy(), 'reset'],
    ['ends in the middle of a response', ({ socket }: RawConnection) => socket.end(ADMIN.slice(0, -5)), 'reset'],
    ['says something that is not HTTP', ({ socket }: RawConnection) => socket.write('garbage\r\n\r\n'), 'proxy-fault'],
    ['responds with invalid JSON', always(answer(200, 'OK')), 'proxy-fault'],
    ['responds with other JSON', always(answer(200, '[]')), 'proxy-fault'],
    ['responds with 500', always(answer(500, '{"status":500,"content":501}')), 'proxy-fault'],
  ] as const)('and %s, the error says so', async (_what, respond, code) => {
    const client = connect(await serve(respond), { deadline: 100 })
    const error = await failure(client.getAdmin())
    expect(error).toBeInstanceOf(ProxyError)
    expect(error).toMatchObject({ code, call: { method: 'GET', path: '/api/v1/admin' } })
  })

  it('report that the proxy is unreachable', async () => {
    const server = await startRawServer(() => undefined)
    await server.stop()
    expect(await failure(connect(server).getAdmin())).toMatchObject({
      code: 'unreachable',
      cause: { code: 'ECONNREFUSED' },
    })
  })

  it('do not affect the next call', async () => {
    let calls = 0
    const server = await serve(({ socket }) => (calls++ === 0 ? socket.destroy() : socket.write(ADMIN)))
    const client = connect(server)
    expect(await failure(client.getAdmin())).toMatchObject({ code: 'reset' })
    expect(await client.getAdmin()).toMatchObject({ version: '0.5.7' })
  })

  it('between both requests of a replacement do not repeat the second', async () => {
    const server = await serve(({ socket, received }) => void (requestsIn(received()) === 2 && socket.destroy()))
    const error = await failure(connect(server).replaceListener('old', LISTENER))
    expect(error).toMatchObject({ code: 'reset', call: { method: 'DELETE' } })
    expect(server.connections).toHaveLength(1)
  })

  it('redacts the token', async () => {
    const rule = '{"name":"r","match":{"value":"Bearer s3cret"},"action":{}}'
    const client = connect(await serve(always(answer(200, `[${rule}, s3cret`))), { token: 's3cret' })
    const error = await failure(client.rules.list())
    expect(`${error.stack} ${error.message} ${error.cause}`).not.toContain('s3cret')
  })

  it('redacts the token in rules', async () => {
    const rule = '{"name":"r","match":{"value":"Bearer s3cret"},"action":{}}'
    const client = connect(await serve(always(answer(200, `[${rule}]`))), { token: 's3cret' })
    expect(await client.rules.list()).toEqual([{ name: 'r', match: { value: 'Bearer <token>' }, action: {} }])
  })

  it.each([
    [400, '{"content":"Cannot add rule: Rule \\"x\\" already defined"}', 'already-defined'],
    [400, '{"content":"Not Found"}', 'not-found'],
    [
      400,
      '{"content":"UDPListener.run: \\"l\\": Could not bind to 0.0.0.0:53: bind EADDRINUSE 0.0.0.0:53"}',
      'address-in-use',
    ],
    [
      400,
      '{"content":"UDPListener.run: \\"l\\": Could not bind to 1.2.3.4:53: bind EADDRNOTAVAIL 1.2.3.4"}',
      'invalid',
    ],
    [400, '{"content":{"stack":"x"}}', 'proxy-fault'],
    [400, 'what?', 'proxy-fault'],
    [422, '{"content":[{"dataPath":".spec","message":"should have port"}]}', 'invalid'],
    [422, '{"message":"Internal Server Error: Response validation failed"}', 'proxy-fault'],
    [401, '', 'locked-out'],
    [503, 'no', 'proxy-fault'],
  ] as const)('with %i %s, the code is %s', async (status, body, code) => {
    const client = connect(await serve(always(answer(status, body))))
    expect(await failure(client.createRule({ name: 'r', action: {} }))).toMatchObject({ code, status })
  })
})

describe('aborting', () => {
  it('rejects a call in flight and frees the connection for the next', async () => {
    const server = await serve(({ socket }) => void (server.connections.length > 1 && socket.write(ADMIN)))
    const client = connect(server)
    const abort = new AbortController()
    const call = failure(client.getAdmin(abort.signal))
    await vi.waitFor(() => expect(server.connections[0]?.received()).toContain('GET'))
    abort.abort(new Error('enough'))
    expect(await call).toMatchObject({ code: 'aborted', cause: { message: 'enough' } })
    expect(await client.getAdmin()).toMatchObject({ strict: false })
  })

  it('rejects a waiting call immediately, and never sends it', async () => {
    const server = await serve(({ socket }) => void setTimeout(() => socket.write(ADMIN), 20))
    const client = connect(server)
    const abort = new AbortController()
    const first = client.getAdmin()
    const second = failure(client.rules.list(abort.signal))
    abort.abort()
    expect(await second).toMatchObject({ code: 'aborted' })
    await first
    expect(server.connections[0]?.received()).not.toContain('rules')
  })

  it('completes the body first, even if the proxy reads it slowly', async () => {
    const server = await startRawServer(
      () => undefined,
      socket => socket.pause(),
    )
    started.push(server)
    const client = connect(server)
    const abort = new AbortController()
    const call = failure(client.createRuleList({ name: 'big', rules: ['x'.repeat(20_000_000)] }, abort.signal))
    await vi.waitFor(() => expect(server.connections).toHaveLength(1))
    abort.abort()
    server.connections[0]?.socket.resume()
    expect(await call).toMatchObject({ code: 'aborted' })
    await vi.waitFor(() => expect(server.connections[0]?.received().length).toBeGreaterThan(20_000_000))
  })

  it('resets the connection, so that no network delivers the call later', async () => {
    const ends: unknown[] = []
    const server = await startRawServer(
      () => undefined,
      socket => {
        socket.on('end', () => ends.push('end'))
        socket.on('error', ({ code }: Error & { code?: string }) => ends.push(code))
      },
    )
    started.push(server)
    const client = connect(server)
    const abort = new AbortController()
    const call = failure(client.createRuleList({ name: 'a', rules: [] }, abort.signal))
    await vi.waitFor(() => expect(server.connections[0]?.received()).toContain('"a"'))
    abort.abort()
    expect(await call).toMatchObject({ code: 'aborted' })
    await vi.waitFor(() => expect(ends).toEqual(['ECONNRESET']))
  })

  it('closing aborts all calls', async () => {
    const client = connect(await serve(() => undefined))
    const calls = [failure(client.getAdmin()), failure(client.getAdmin())]
    await client.close()
    for (const call of calls) expect(await call).toMatchObject({ code: 'aborted' })
    expect(await failure(client.getAdmin())).toMatchObject({ code: 'aborted' })
  })
})

it('reports a lost connection', async () => {
  const server = await serve(always(ADMIN))
  const client = connect(server)
  const lost = new Promise(resolve => client.onDisconnect(resolve))
  await client.getAdmin()
  server.connections[0]?.socket.destroy()
  expect(await lost).toBe('lost')
})

describe('rejects before sending', () => {
  const client = new ProxyClient({
    origin: 'http://nowhere',
    transport: {
      send: async () => {
        throw new Error('it was sent')
      },
      onDisconnect: () => () => undefined,
      close: async () => undefined,
    },
  })
  const cluster = { name: 'c', spec: { protocol: 'UDP', port: 1 }, loadbalancer: { policy: 'Trivial' } } as const
  const deep = (levels: number): JsonObject => (levels === 0 ? { op: 'x' } : { not: deep(levels - 1) })

  it.each([
    ['deleting the controller listener', () => client.deleteObject('listener', 'controller-listener'), 'not-sent'],
    ['deleting its parts', () => client.deleteObject('rule', 'controller-listener-RuleList-0-Rule-0'), 'not-sent'],
    ['deleting its cluster', () => client.deleteObject('cluster', 'l7mp-controller'), 'not-sent'],
    ['replacing it', () => client.replaceListener('controller-listener', LISTENER), 'not-sent'],
    ['taking its rule away', () => client.removeRuleAt('controller-listener-RuleList-0', 0), 'not-sent'],
    ['no policy', () => client.createCluster({ ...cluster, loadbalancer: { policy: 'None' } }), 'not-sent'],
    ['no address', () => client.createEndpoint('c', { name: 'e', spec: { address: '' }, weight: 1 }), 'not-sent'],
    ['no weight', () => client.createEndpoint('c', { name: 'e', spec: { address: 'a' }, weight: 0 }), 'invalid'],
    ['a deep match', () => client.createRule({ name: 'r', action: {}, match: deep(1001) }), 'not-sent'],
    ['an empty match', () => client.createRule({ name: 'r', action: {}, match: {} }), 'invalid'],
    ['a wildcard as a match', () => client.createRule({ name: 'r', action: {}, match: { match: '*' } }), 'invalid'],
    [
      'a port too high',
      () => client.createListener({ ...LISTENER, spec: { protocol: 'WebSocket', port: 70_000 } }),
      'invalid',
    ],
    ['no position', () => client.insertRule('l', -1, 'r'), 'invalid'],
    ['half a position', () => client.removeRuleAt('l', 0.5), 'invalid'],
    ['a name like a number', () => client.removeRuleByName('l', '-1st'), 'not-sent'],
    ['a name that is too long', () => client.rules.get('%'.repeat(4000)), 'invalid'],
  ] as const)('%s', async (_what, call, code) => {
    expect(await failure(call())).toMatchObject({ code })
  })

  it('a token that is not valid in a header', () => {
    expect(() => new ProxyClient({ origin: 'http://nowhere', token: 'a\nb' })).toThrow(TypeError)
  })
})
