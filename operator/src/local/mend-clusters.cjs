// Mends of clusters, for harden.cjs: each is named after what an l7mp 0.5.7 proxy can do with it. They throw, and change
// nothing, where the proxy is another than the one that they were made for.
'use strict'
const { join } = require('node:path')

module.exports = { 'endpoint-ports': endpointPorts }

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
    const place = ({ spec }) => (hasPort({ spec }) ? `${spec.address}:${spec.port}` : spec.address)
    update.call(
      this,
      endpoints.map(own => ({ own, weight: own.weight, spec: { address: place(own) } })),
    )
    for (const kept of Object.values(this.keys)) kept.endpoint = kept.endpoint.own
  }
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
