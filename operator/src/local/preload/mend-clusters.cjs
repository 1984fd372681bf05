// Mends of clusters, for harden.cjs: each is named after what an l7mp 0.5.7 proxy can do with it. They throw, and change
// nothing, where the proxy is another than the one that they were made for.
'use strict'
const { join } = require('node:path')

module.exports = { 'endpoint-ports': endpointPorts, 'even-spread': evenSpread }

// cluster.js: an endpoint is connected at the port of its cluster, whatever its own spec says, and a hash ring keeps one
// endpoint of each address.
function endpointPorts(home) {
  const { Cluster, EndPoint, LoadBalancer } = require(join(home, 'cluster.js'))
  const { create } = EndPoint
  for (const protocol of ['UDP', 'TCP', 'WebSocket']) {
    const cluster = Cluster.create({ name: 'probe', spec: { protocol, port: 1 } })
    const endpoint = create(cluster, { name: 'probe', spec: { address: '127.0.0.1' } })
    must(placeOf(endpoint)?.port === 1, `a ${protocol} endpoint keeps its port elsewhere`)
  }
  const ring = Object.getPrototypeOf(LoadBalancer.create({ policy: 'HashRing' }))
  const { update } = ring
  must(typeof update === 'function', 'a hash ring is updated elsewhere')

  EndPoint.create = (cluster, given) => {
    const made = create(cluster, given)
    if (hasPort(given)) placeOf(made)?.set(given.spec.port)
    return made
  }
  ring.update = function (endpoints) {
    // By address alone where that is enough: a client with a key stays with its endpoint whatever the port of the cluster.
    const seen = new Set()
    const shared = new Set(endpoints.map(({ spec }) => spec.address).filter(one => seen.has(one) || !seen.add(one)))
    const portOf = own => (hasPort(own) ? own.spec.port : placeOf(own)?.port)
    const place = own => (shared.has(own.spec.address) ? `${own.spec.address}:${portOf(own)}` : own.spec.address)
    update.call(
      this,
      endpoints.map(own => ({ own, weight: own.weight, spec: { address: place(own) } })),
    )
    for (const kept of Object.values(this.keys)) kept.endpoint = kept.endpoint.own
  }
}

// cluster.js: a hash ring is built anew, in a fifth of a millisecond for each endpoint, whenever one comes or goes, so that a
// thousand of them stop the proxy for most of a minute; and where it has no key it looks up one of a thousand random
// numbers, which leaves a third of a thousand endpoints without any session. It is built when it is needed, and without a
// key any endpoint is taken by its weight.
function evenSpread(home) {
  const { LoadBalancer } = require(join(home, 'cluster.js'))
  const ring = Object.getPrototypeOf(LoadBalancer.create({ policy: 'HashRing' }))
  const { update, apply } = ring
  must(typeof update === 'function' && typeof apply === 'function', 'a hash ring is used in another way')
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

/** Where an endpoint keeps the port that it connects to; undefined for one without, such as a file's. */
function placeOf(endpoint) {
  const [holder, key] = endpoint.remote_port === undefined ? [endpoint.options, 'port'] : [endpoint, 'remote_port']
  if (holder?.[key] === undefined) return undefined
  return { port: holder[key], set: port => (holder[key] = port) }
}

function hasPort({ spec }) {
  return Number.isInteger(spec.port) && spec.port > 0 && spec.port < 65_536
}

function must(holds, otherwise) {
  if (!holds) throw new Error(otherwise)
}
