// Fixes of the built-in clusters of an l7mp 0.5.7 proxy, for harden.cjs, by capability: the name of what the proxy can
// do with the fix. A fix throws, and changes nothing, if the proxy is a version that it was not made for.
'use strict'
const { join } = require('node:path')
const { Duplex } = require('node:stream')

module.exports = { sync, stdio, 'metric-names': metricNames, 'session-stages': sessionStages }

// stream.js, BroadcastStream.add: each session of a label is piped into all others, and a pipe ends its destination. So
// the first session that leaves ends the others too, and its remains block a session that returns.
function sync(home) {
  const { BroadcastStream } = require(join(home, 'stream.js'))
  const { Rule } = require(join(home, 'rule.js'))
  const broadcast = methodsOf(BroadcastStream.prototype, ['add', 'isEmpty'])
  const cluster = inside(home, { protocol: 'Sync', query: '/' }, ['_stream'])
  const { add } = broadcast
  const { _stream } = cluster

  broadcast.add = function (key) {
    const port = add.call(this, key)
    const own = this.ports.find(each => each.port === port)
    const withOthers = act => {
      for (const other of this.ports)
        if (other.key !== key) [act(own.input, other.output), act(other.input, own.output)]
    }
    withOthers((input, output) => {
      input.unpipe(output)
      input.pipe(output, { end: false })
    })
    const leave = () => {
      if (!this.ports.includes(own)) return
      this.ports.splice(this.ports.indexOf(own), 1)
      withOthers((input, output) => input.unpipe(output))
      if (this.isEmpty()) this.onEmpty?.()
    }
    for (const event of ['finish', 'close', 'error']) port.once(event, leave)
    return port
  }
  // It is called when a port fails, but does not exist.
  broadcast.emit ??= () => false
  // Labels are never removed otherwise.
  cluster._stream = async function (session) {
    const made = await _stream.call(this, session)
    const label = Rule.getAtPath(session.metadata, this.spec.query)
    const joined = this.streams[label]
    joined.onEmpty = () => this.streams[label] === joined && delete this.streams[label]
    return made
  }
}

// cluster.js, StdioCluster._stream: without a terminal, it calls methods of the standard output that do not exist, so
// that no session is created. With a terminal, the first session that ends closes the standard output.
function stdio(home) {
  const cluster = inside(home, { protocol: 'Stdio' }, ['_stream'])
  methodsOf(Object.getPrototypeOf(cluster), ['virtualEndPoint'])
  cluster._stream = async function () {
    return { stream: standardStreams(), endpoint: this.virtualEndPoint() }
  }
}

/** Writes to the standard output, and reads what arrives on the standard input from now on; closes neither. */
function standardStreams() {
  const hear = chunk => stream.push(chunk)
  const leave = (...args) => {
    process.stdin.off('data', hear)
    if (process.stdin.listenerCount('data') === 0) process.stdin.pause()
    args.at(-1)(null)
  }
  const stream = new Duplex({
    read() {},
    write: (chunk, encoding, done) => void process.stdout.write(chunk, encoding, () => done()),
    final: leave,
    destroy: leave,
  })
  process.stdin.on('data', hear)
  return stream
}

// cluster.js, MetricCluster: the names of its counters are ignored. With the fix, only names that are invalid in
// Prometheus, or are already used otherwise, are counted under the default names.
function metricNames(home) {
  const monitoring = require(join(home, 'monitoring.js'))
  const { Cluster } = require(join(home, 'cluster.js'))
  const registry = monitoring.metricClusterMetricRegistry
  const standard = {
    byteCounterName: registry.getSingleMetric('session_byte_counter_total'),
    packetCounterName: registry.getSingleMetric('session_packet_counter_total'),
  }
  const probe = Cluster.create({ name: 'probe', spec: { protocol: 'Metric' } })
  if (!(standard.byteCounterName && standard.packetCounterName && probe.metricClusterMetricRegistry === registry))
    throw new Error('a Metric cluster counts elsewhere')

  const made = new Map(Object.entries(standard).map(([unit, counter]) => [counter.name, { unit, counter }]))
  const isFree = name => !monitoring.Monitoring.mergeRegistries().getSingleMetric(name)
  const counterOf = (name, unit) => {
    if (typeof name !== 'string' || !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return standard[unit]
    if (!made.has(name) && isFree(name)) {
      const { constructor: Counter, help, labelNames } = standard[unit]
      made.set(name, { unit, counter: new Counter({ name, help, labelNames, registers: [registry] }) })
    }
    const known = made.get(name)
    return known?.unit === unit ? known.counter : standard[unit]
  }
  const { create } = Cluster
  Cluster.create = given => {
    const cluster = create(given)
    if (given.spec.protocol !== 'Metric') return cluster
    const counters = new Map()
    for (const unit of Object.keys(standard)) {
      counters.set(standard[unit].name, counterOf(given.spec[unit], unit))
      if (given.spec[unit] !== undefined) cluster.spec[unit] = given.spec[unit]
    }
    cluster.metricClusterMetricRegistry = { getSingleMetric: name => counters.get(name) }
    return cluster
  }
}

// session.js, Session.toJSON: each stage between the two ends is shown as null, which a strict proxy rejects, so that
// it lists no sessions at all as long as one session has such a stage.
function sessionStages(home) {
  const { Session } = require(join(home, 'session.js'))
  const session = methodsOf(Session.prototype, ['toJSON'])
  const { toJSON } = session
  const shown = stages => stages.map(stage => (stage?.status ? stage.toJSON() : { status: 'PENDING' }))
  session.toJSON = function () {
    return { ...toJSON.call(this), ingress: shown(this.chain.ingress), egress: shown(this.chain.egress) }
  }
}

/** The prototype of a built-in cluster, which needs no endpoints. */
function inside(home, spec, methods) {
  const { Cluster } = require(join(home, 'cluster.js'))
  return methodsOf(Object.getPrototypeOf(Cluster.create({ name: 'probe', spec })), methods)
}

function methodsOf(prototype, methods) {
  for (const method of methods)
    if (!Object.hasOwn(prototype, method)) throw new Error(`${prototype.constructor.name} has no method ${method}`)
  return prototype
}
