// Mends of what an l7mp 0.5.7 proxy does with datagrams, for harden.cjs: each is named after what the proxy can do with
// it. They throw, and change nothing, where the proxy is another than the one that they were made for.
'use strict'
const { join } = require('node:path')
// The proxy's own: what is changed of it is changed for the proxy, until it is changed back.
const udp = require('node:dgram')

module.exports = { 'first-datagrams': firstDatagrams, singletons }

/** Room for a burst, in bytes: the kernel gives what it may. */
const RECEIVE_BUFFER = 4 << 20

/** How long the socket of a replaced listener is read on, in turns of the event loop: each reads up to 32 datagrams. */
const TURNS = 32

// listener.js, UDPListener.onConnectServer: for each new client the proxy binds a socket to the listener's port and
// connects it a moment later. In between, that socket gets the datagrams of all new clients, which then are lost or end in
// its session. They are handed back here. cluster.js, UDPEndPoint.connect: sessions ask for a free port that may be shared,
// and two that get the same one get each other's answers.
function firstDatagrams(home) {
  const listener = udpListener(home, ['run', 'runServer', 'onConnectServer', 'close'])
  const endpoint = udpEndpoint(home)
  const open = openListeners(listener)
  acceptOneByOne(listener, open)
  bindWithCare(listener, open)
  takePortsAlone(endpoint)
}

/** Knows the listeners that take new clients, the newest last. */
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
  /** Who takes a new client that came to this one's port: itself, or once it is closed the newest of those that do. */
  const inCharge = self => (open.has(self) ? self : [...open].findLast(other => covers(other, self)))
  inCharge.isTaken = (self, address) =>
    [...open].some(other => other !== self && other.local_port === self.local_port && other.local_address === address)
  listener.close = function () {
    open.delete(this)
    if (this.mode === 'singleton' || !inCharge(this)) return close.call(this)
    // Another has its port. It gets what is new as soon as this socket takes nothing but what it sends itself; what came
    // before is still to be read.
    const then = () => afterTurns(TURNS, () => close.call(this))
    try {
      const { address, port } = this.socket.address()
      this.socket.connect(port, address, then)
    } catch {
      then()
    }
  }
  return inCharge
}

function acceptOneByOne(listener, inCharge) {
  const { onConnectServer } = listener
  const opening = new WeakMap()
  listener.onConnectServer = async function (message, from) {
    const client = `${from.address}:${from.port}`
    if (this.sessions[client]) return onConnectServer.call(this, message, from)
    const other = inCharge(this)
    if (other !== this) return other?.onConn(message, from)
    if (!opening.has(this)) opening.set(this, new Map())
    const clients = opening.get(this)
    if (clients.has(client)) return void clients.get(client).push([message, from])
    const early = []
    clients.set(client, early)
    const opened = () => clients.get(client) === early && clients.delete(client)
    let own
    const make = (create, options) => {
      own = bindingForGood(closingLate(create(options)), create, from, address => inCharge.isTaken(this, address))
      own.once('close', () => this.sessions[client] === own && delete this.sessions[client])
      const isMine = ({ port, address }) => port === from.port && address === from.address
      return sortingOut(own, { isMine, early, opened, elsewhere: handingOver(() => inCharge(this)) })
    }
    try {
      // It makes its socket before it waits for anything.
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
 * A socket at all addresses moves to one of them when it is connected, and while the kernel moves it, a datagram of another
 * client may find no socket at all. It is bound to that address from the start, unless another listener has it.
 */
function bindingForGood(socket, create, from, isTaken) {
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

function handingOver(inCharge) {
  return (message, from) => void inCharge()?.socket.emit('message', message, from)
}

/** A singleton too is bound before it is connected, and may share its port with listeners that take new clients. */
function bindWithCare(listener, inCharge) {
  const { run } = listener
  listener.run = function () {
    const make = (create, options) => {
      const socket = create(options)
      socket.once('listening', () => roomForBursts(socket))
      if (this.mode !== 'singleton') return socket
      let peer
      socket.once('connect', () => {
        peer = socket.remoteAddress()
      })
      const isMine = ({ port, address }) => !peer || (port === peer.port && address === peer.address)
      return sortingOut(socket, { isMine, early: [], opened() {}, elsewhere: handingOver(() => inCharge(this)) })
    }
    return making(make, () => run.call(this))
  }
}

/** Has a socket pass on what is not for its session, and keep what comes before there is one. */
function sortingOut(socket, { isMine, early, opened, elsewhere }) {
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
    // What was first is given to the session at once, and what came after it next.
    process.nextTick(() => {
      opened()
      for (const args of early.splice(0)) socket.emit('message', ...args)
    })
  }
  return socket.on('newListener', onListener)
}

/** A session that fails at once closes its socket before the datagrams of others have been read from it. */
function closingLate(socket) {
  const { close } = socket
  socket.close = () => void setImmediate(() => quietly(() => close.call(socket)))
  return socket
}

function takePortsAlone(endpoint) {
  const { connect } = endpoint
  // Where no port is free, the proxy's way finds one with which another session goes elsewhere.
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
      // It is nobody's.
      quietly(() => socket.close())
    })
    return socket
  }
  endpoint.connect = function (session) {
    const act = () => connect.call(this, session)
    return this.cluster.spec.bind?.port ? act() : making(alone, act)
  }
}

function roomForBursts(socket) {
  quietly(() => socket.setRecvBufferSize(RECEIVE_BUFFER))
}

/** How long to wait before a singleton gets a session again, in milliseconds: twice as long each time. */
const SOONEST = 100
const LATEST = 5000

/** What brings the proxy something that a route may lack. */
const ADDITIONS = ['addCluster', 'addEndPoint', 'addRoute', 'addRule', 'addRuleList', 'addRuleToRuleList']

// listener.js, UDPListener.runSingleton: the one session of a singleton is made together with the listener, and its socket
// is the listener's. When the session fails or ends the socket is closed for good, and the listener stays and does nothing.
// It gets a session again here, for as long as it is there.
function singletons(home) {
  const listener = udpListener(home, ['run', 'runSingleton', 'onRequest', 'close'])
  const proxy = methodsOf(require(join(home, 'l7mp.js')).L7mp.prototype, ADDITIONS)
  const { run, close } = listener
  const gone = new WeakSet()
  const delays = new WeakMap()
  /** When and how each that waits is tried again. */
  const waiting = new Map()

  const tryAgain = self => {
    waiting.delete(self)
    // Where it failed to connect a session anew, the proxy has left it a method that does nothing.
    delete self.onRequest
    self.run().catch(() => {})
  }
  const waitFor = (self, delay) => {
    clearTimeout(waiting.get(self)?.timer)
    waiting.set(self, { due: performance.now() + delay, timer: setTimeout(tryAgain, delay, self) })
  }
  const ended = (self, lived) => {
    if (gone.has(self)) return
    const delay = lived > LATEST ? SOONEST : Math.min(delays.get(self) ?? SOONEST, LATEST)
    delays.set(self, 2 * delay)
    waitFor(self, delay)
  }
  listener.run = async function () {
    if (this.mode !== 'singleton') return run.call(this)
    const began = performance.now()
    const running = run.call(this)
    const { socket } = this
    // A session that is connected anew has another socket before this one is closed.
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
      const soon = performance.now() + SOONEST
      for (const [self, { due }] of waiting) if (due > soon) waitFor(self, SOONEST)
      return add.apply(this, args)
    }
  }
}

/** Has `make` make the sockets that `act` asks for before it returns or waits. */
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

/** The prototype, which has all of them. */
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
    // It was not open any more, or the system has no such thing.
  }
}
