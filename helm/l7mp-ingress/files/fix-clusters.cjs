// Fixes of clusters, for harden.cjs, by capability: the name of what an l7mp 0.5.7 proxy can do with the fix. A fix
// throws, and changes nothing, if the proxy is a version that it was not made for.
'use strict'
const { join } = require('node:path')

module.exports = { 'endpoint-ports': endpointPorts, 'even-spread': evenSpread }

// cluster.js: an endpoint is connected on the port of its cluster, whatever its own spec says, and a hash ring keeps
// only one endpoint per address.
function endpointPorts(home) {
  const { Cluster, EndPoint, LoadBalancer } = require(join(home, 'cluster.js'))
  const { create } = EndPoint
  for (const protocol of ['UDP', 'TCP', 'WebSocket']) {
    const cluster = Cluster.create({ name: 'probe', spec: { protocol, port: 1 } })
    const endpoint = create(cluster, { name: 'probe', spec: { address: '127.0.0.1' } })
    assert(portRefOf(endpoint)?.port === 1, `a ${protocol} endpoint stores its port elsewhere`)
  }
  const ring = Object.getPrototypeOf(LoadBalancer.create({ policy: 'HashRing' }))
  const { update } = ring
  assert(typeof update === 'function', 'a hash ring is updated elsewhere')

  EndPoint.create = (cluster, given) => {
    const made = create(cluster, given)
    if (hasPort(given)) portRefOf(made)?.set(given.spec.port)
    return made
  }
  ring.update = function (endpoints) {
    // By address only if it is unique: a client with a key keeps its endpoint if the port of the cluster changes.
    const seen = new Set()
    const shared = new Set(endpoints.map(({ spec }) => spec.address).filter(one => seen.has(one) || !seen.add(one)))
    const portOf = own => (hasPort(own) ? own.spec.port : portRefOf(own)?.port)
    const place = own => (shared.has(own.spec.address) ? `${own.spec.address}:${portOf(own)}` : own.spec.address)
    update.call(
      this,
      endpoints.map(own => ({ own, weight: own.weight, spec: { address: place(own) } })),
    )
    for (const kept of Object.values(this.keys)) kept.endpoint = kept.endpoint.own
  }
}

// cluster.js: a hash ring is rebuilt, in 0.2 ms per endpoint, whenever an endpoint is added or removed, so that a
// thousand endpoints block the proxy for most of a minute; and without a key, it looks up one of a thousand random
// numbers, so that a third of a thousand endpoints never gets a session. With the fix, the ring is built lazily, and
// without a key, a random endpoint is chosen by weight.
function evenSpread(home) {
  const { LoadBalancer } = require(join(home, 'cluster.js'))
  const ring = Object.getPrototypeOf(LoadBalancer.create({ policy: 'HashRing' }))
  const { update, apply } = ring
  assert(typeof update === 'function' && typeof apply === 'function', 'a hash ring is used in another way')
  const changed = new WeakMap()

  ring.update = function (endpoints) {
    changed.set(this, endpoints)
  }
  ring.apply = function (session) {
    const endpoints = changed.get(this)
    if (!this.key && endpoints?.length > 0) return anyOf(endpoints)
    if (endpoints) update.call(this, endpoints)
    changed.delete(this)
    return apply.call(this, session)
  }
}

function anyOf(endpoints) {
  const sum = endpoints.reduce((all, endpoint) => all + weightOf(endpoint), 0)
  let left = Math.random() * sum
  for (const endpoint of endpoints) {
    left -= weightOf(endpoint)
    if (left < 0) return endpoint
  }
  return endpoints.at(-1)
}

function weightOf({ weight }) {
  return weight || 1
}

/** A reference to the port that an endpoint connects to; undefined for one without, such as that of a file. */
function portRefOf(endpoint) {
  const [holder, key] = endpoint.remote_port === undefined ? [endpoint.options, 'port'] : [endpoint, 'remote_port']
  if (holder?.[key] === undefined) return undefined
  return { port: holder[key], set: port => (holder[key] = port) }
}

function hasPort({ spec }) {
  return Number.isInteger(spec.port) && spec.port > 0 && spec.port < 65_536
}

function assert(holds, otherwise) {
  if (!holds) throw new Error(otherwise)
}
