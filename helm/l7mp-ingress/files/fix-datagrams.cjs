// Fixes of the handling of datagrams, for harden.cjs, by capability: the name of what an l7mp 0.5.7 proxy can do with
// the fix. A fix throws, and changes nothing, if the proxy is a version that it was not made for.
'use strict'
const { join } = require('node:path')
// The module instance of the proxy: changes to it affect the proxy until they are reverted.
const udp = require('node:dgram')

module.exports = { 'first-datagrams': firstDatagrams, singletons }

/** The receive buffer for bursts, in bytes; the kernel may limit it. */
const RECEIVE_BUFFER = 4 << 20

/** How long the socket of a replaced listener is still read, in event loop turns of up to 32 datagrams. */
const TURNS = 32

// listener.js, UDPListener.onConnectServer: for each new client, the proxy binds a socket to the listener's port and
// connects it a moment later. In between, that socket receives the datagrams of all new clients, which are lost or end
// up in its session; the fix hands them back. cluster.js, UDPEndPoint.connect: sessions bind to a free port with
// SO_REUSEADDR, and two sessions that get the same port receive each other's responses.
function firstDatagrams(home) {
  const listener = udpListener(home, ['run', 'runServer', 'onConnectServer', 'close'])
  const endpoint = udpEndpoint(home)
  const open = openListeners(listener)
  acceptOneByOne(listener, open)
  demultiplexOnRun(listener, open)
  bindExclusively(endpoint)
}

/** Tracks the listeners that accept new clients, the newest last. */
function openListeners(listener) {
  const { runServer, close } = listener
  const open = new Set()
  listener.runServer = function () {
    open.add(this)
    return runServer.call(this)
  }
  const everywhere = address => address === '0.0.0.0'
  const overlap = (a, b) => a === b || everywhere(a) || everywhere(b)
  const covers = (a, b) => a.local_port === b.local_port && overlap(a.local_address, b.local_address)
  /**
   * The listener that accepts a new client of this listener's port: itself, or after it is closed, the newest open
   * listener on that port.
   */
  const acceptor = self => (open.has(self) ? self : [...open].findLast(other => covers(other, self)))
  acceptor.isTaken = (self, address) =>
    [...open].some(other => other !== self && other.local_port === self.local_port && other.local_address === address)
  listener.close = function () {
    open.delete(this)
    if (this.mode === 'singleton' || !acceptor(this)) return close.call(this)
    // Another listener has the port. It receives new datagrams as soon as this socket is connected to itself; datagrams
    // that arrived before are still to be read.
    const then = () => afterTurns(TURNS, () => close.call(this))
    try {
      const { address, port } = this.socket.address()
      this.socket.connect(port, address, then)
    } catch {
      then()
    }
  }
  return acceptor
}

function acceptOneByOne(listener, acceptor) {
  const { onConnectServer } = listener
  const opening = new WeakMap()
  listener.onConnectServer = async function (message, from) {
    const client = `${from.address}:${from.port}`
    if (this.sessions[client]) return onConnectServer.call(this, message, from)
    const other = acceptor(this)
    if (other !== this) return other?.onConn(message, from)
    if (!opening.has(this)) opening.set(this, new Map())
    const clients = opening.get(this)
    if (clients.has(client)) return void clients.get(client).push([message, from])
    const early = []
    clients.set(client, early)
    const opened = () => clients.get(client) === early && clients.delete(client)
    let own
    const make = (create, options) => {
      own = boundOnce(closingLater(create(options)), create, from, address => acceptor.isTaken(this, address))
      own.once('close', () => this.sessions[client] === own && delete this.sessions[client])
      const isMine = ({ port, address }) => port === from.port && address === from.address
      return demux(own, { isMine, early, opened, elsewhere: forwardingTo(() => acceptor(this)) })
    }
    try {
      // It creates its socket before the first await.
      return await making(make, () => onConnectServer.call(this, message, from))
    } catch (error) {
      quietly(() => own?.close())
      throw error
    } finally {
      opened()
    }
  }
}

/**
 * A socket that is bound to all addresses is moved to one address when it is connected, and while the kernel moves it,
 * a datagram of another client may find no socket. With the fix, it is bound to that address from the start, unless
 * another listener has it.
 */
function boundOnce(socket, create, from, isTaken) {
  const { bind } = socket
  socket.bind = options => {
    if (options.address !== '0.0.0.0') return bind.call(socket, options)
    const probe = create({ type: 'udp4' })
    const done = () => {
      const address = quietly(() => probe.address().address)
      quietly(() => probe.close())
      const known = address !== undefined && address !== '0.0.0.0' && !isTaken(address)
      quietly(() => bind.call(socket, known ? { ...options, address } : options))
    }
    probe.once('error', done).once('connect', done).connect(from.port, from.address)
    return socket
  }
  return socket
}

function forwardingTo(acceptor) {
  return (message, from) => void acceptor()?.socket.emit('message', message, from)
}

/** A singleton is also bound before it is connected, and may share its port with listeners that accept new clients. */
function demultiplexOnRun(listener, acceptor) {
  const { run } = listener
  listener.run = function () {
    const make = (create, options) => {
      const socket = create(options)
      socket.once('listening', () => enlargeReceiveBuffer(socket))
      if (this.mode !== 'singleton') return socket
      let peer
      socket.once('connect', () => {
        peer = socket.remoteAddress()
      })
      const isMine = ({ port, address }) => !peer || (port === peer.port && address === peer.address)
      return demux(socket, { isMine, early: [], opened() {}, elsewhere: forwardingTo(() => acceptor(this)) })
    }
    return making(make, () => run.call(this))
  }
}

/** Makes a socket forward datagrams of other sessions, and buffer those that arrive before its session exists. */
function demux(socket, { isMine, early, opened, elsewhere }) {
  const { emit } = socket
  socket.emit = (event, ...args) => {
    if (event !== 'message') return emit.call(socket, event, ...args)
    if (!isMine(args[1])) elsewhere(...args)
    else if (socket.listenerCount('message') === 0) early.push(args)
    else emit.call(socket, event, ...args)
    return true
  }
  const onListener = name => {
    if (name !== 'message') return
    socket.off('newListener', onListener)
    // The first datagram is delivered to the session immediately, and the buffered ones next.
    process.nextTick(() => {
      opened()
      for (const args of early.splice(0)) socket.emit('message', ...args)
    })
  }
  return socket.on('newListener', onListener)
}

/** A session that fails immediately would close its socket before the datagrams of others have been read from it. */
function closingLater(socket) {
  const { close } = socket
  socket.close = () => void setImmediate(() => quietly(() => close.call(socket)))
  return socket
}

function bindExclusively(endpoint) {
  const { connect } = endpoint
  // If no port is free, the original behavior still finds one, which diverts another session.
  let noneFree = false
  const alone = (create, options) => {
    const socket = create({ ...options, reuseAddr: noneFree })
    const freed = () => {
      noneFree = false
    }
    socket.once('listening', () => socket.once('close', freed))
    socket.once('error', error => {
      if (error.syscall !== 'bind') return
      noneFree = error.code === 'EADDRINUSE'
      // Nobody else closes it.
      quietly(() => socket.close())
    })
    return socket
  }
  endpoint.connect = function (session) {
    const act = () => connect.call(this, session)
    return this.cluster.spec.bind?.port ? act() : making(alone, act)
  }
}

function enlargeReceiveBuffer(socket) {
  quietly(() => socket.setRecvBufferSize(RECEIVE_BUFFER))
}

/** The delay before a singleton gets a new session, in milliseconds; it doubles each time. */
const MIN_DELAY = 100
const MAX_DELAY = 5000

/** Methods that may add something that a route lacks. */
const ADDITIONS = ['addCluster', 'addEndPoint', 'addRoute', 'addRule', 'addRuleList', 'addRuleToRuleList']

// listener.js, UDPListener.runSingleton: the session of a singleton is created with the listener, and its socket is the
// listener's. When it fails or ends, the socket is closed for good. The fix creates a new session as long as the
// listener exists.
function singletons(home) {
  const listener = udpListener(home, ['run', 'runSingleton', 'onRequest', 'close'])
  const proxy = methodsOf(require(join(home, 'l7mp.js')).L7mp.prototype, ADDITIONS)
  const { run, close } = listener
  const gone = new WeakSet()
  const delays = new WeakMap()
  /** The pending retries, with their due time. */
  const waiting = new Map()

  const tryAgain = self => {
    waiting.delete(self)
    // After a failed reconnect, the proxy has replaced this method by one that does nothing.
    delete self.onRequest
    self.run().catch(() => {})
  }
  const waitFor = (self, delay) => {
    clearTimeout(waiting.get(self)?.timer)
    waiting.set(self, { due: performance.now() + delay, timer: setTimeout(tryAgain, delay, self) })
  }
  const ended = (self, lived) => {
    if (gone.has(self)) return
    const delay = lived > MAX_DELAY ? MIN_DELAY : Math.min(delays.get(self) ?? MIN_DELAY, MAX_DELAY)
    delays.set(self, 2 * delay)
    waitFor(self, delay)
  }
  listener.run = async function () {
    if (this.mode !== 'singleton') return run.call(this)
    const began = performance.now()
    const running = run.call(this)
    const { socket } = this
    // A session that reconnects has another socket before this one is closed.
    socket.once('close', () => this.socket === socket && ended(this, performance.now() - began))
    try {
      return await running
    } catch (error) {
      quietly(() => socket.close())
      throw error
    }
  }
  listener.close = function () {
    gone.add(this)
    clearTimeout(waiting.get(this)?.timer)
    waiting.delete(this)
    return close.call(this)
  }
  for (const method of ADDITIONS) {
    const add = proxy[method]
    proxy[method] = function (...args) {
      const soon = performance.now() + MIN_DELAY
      for (const [self, { due }] of waiting) if (due > soon) waitFor(self, MIN_DELAY)
      return add.apply(this, args)
    }
  }
}

/** Uses `make` to create the sockets that `act` creates before it returns or awaits. */
function making(make, act) {
  const { createSocket } = udp
  udp.createSocket = options => make(createSocket, options)
  try {
    return act()
  } finally {
    udp.createSocket = createSocket
  }
}

function udpListener(home, methods) {
  const { Listener } = require(join(home, 'listener.js'))
  return methodsOf(
    Object.getPrototypeOf(Listener.create({ name: 'probe', spec: { protocol: 'UDP', port: 1 } })),
    methods,
  )
}

function udpEndpoint(home) {
  const { Cluster, EndPoint } = require(join(home, 'cluster.js'))
  const cluster = Cluster.create({ name: 'probe', spec: { protocol: 'UDP', port: 1 } })
  const endpoint = EndPoint.create(cluster, { name: 'probe', spec: { address: '127.0.0.1' } })
  return methodsOf(Object.getPrototypeOf(endpoint), ['connect'])
}

/** The prototype, after checking that it has all methods. */
function methodsOf(prototype, methods) {
  for (const method of methods)
    if (!Object.hasOwn(prototype, method)) throw new Error(`${prototype.constructor.name} has no method ${method}`)
  return prototype
}

function afterTurns(turns, then) {
  if (turns === 0) then()
  else setImmediate(afterTurns, turns - 1, then)
}

function quietly(act) {
  try {
    return act()
  } catch {
    // It was already closed, or the system does not support it.
  }
}
