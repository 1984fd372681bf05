// Preload for an l7mp proxy that shares the network of the machine: sockets that would be bound to all addresses are
// bound only to its pod's address (POD_IP). l7mp 0.5.7 has no setting for that, and its REST API accepts requests from
// everybody. So the mesh is not reachable from other machines, and two proxies can listen on the same port. The preload
// also resolves the names of the cluster's Services, which the machine does not know.
'use strict'
const dns = require('node:dns')
const { isIP, Server } = require('node:net')
const { Socket } = require('node:dgram')

// biome-ignore lint/style/noProcessEnv: a preload has no other configuration.
const address = process.env.POD_IP
const everywhere = host => host === undefined || host === null || host === '' || host === '0.0.0.0' || host === '::'

const listen = Server.prototype.listen
Server.prototype.listen = function (...args) {
  const [first, second] = args
  if (typeof first === 'number') {
    if (typeof second === 'function' || typeof second === 'number') args.splice(1, 0, address)
    else if (everywhere(second)) args[1] = address
  } else if (typeof first?.port === 'number' && everywhere(first.host)) args[0] = { ...first, host: address }
  return listen.apply(this, args)
}

// A socket without a fixed port only sends, and may have to reach other machines.
const bind = Socket.prototype.bind
Socket.prototype.bind = function (first, ...rest) {
  const fixed = this.type === 'udp4' && typeof first?.port === 'number' && first.port !== 0
  return bind.call(this, fixed && everywhere(first.address) ? { ...first, address } : first, ...rest)
}

// Names of the cluster's Services are resolved by the mesh's DNS server; all others as before.
// biome-ignore lint/style/noProcessEnv: a preload has no other configuration.
const { L7MESH_NAME_SERVER: nameServer, L7MESH_NAMESPACE: namespace } = process.env
if (nameServer) {
  const resolver = new dns.Resolver({ timeout: 1000, tries: 3 })
  resolver.setServers([nameServer])
  const domain = 'cluster.local'
  const { lookup } = dns

  const candidates = name => {
    const whole = name.toLowerCase().replace(/\.$/, '')
    if (whole.endsWith(`.${domain}`)) return [whole]
    return name.endsWith('.')
      ? []
      : [`${namespace}.svc`, 'svc', ''].map(part => [whole, part, domain].filter(Boolean).join('.'))
  }
  const resolve = (names, found) => {
    const [name, ...others] = names
    if (name === undefined) return found([])
    resolver.resolve4(name, (error, addresses) => (error ? resolve(others, found) : found(addresses)))
  }
  dns.lookup = (name, given, callback) => {
    const options =
      typeof given === 'object' && given !== null ? given : { family: typeof given === 'number' ? given : 0 }
    const done = typeof given === 'function' ? given : callback
    const isName = typeof name === 'string' && name !== '' && isIP(name) === 0 && name !== 'localhost'
    if (!isName || options.family === 6 || options.family === 'IPv6') return lookup.call(dns, name, given, callback)
    resolve(candidates(name), ([address, ...more]) => {
      if (address === undefined) return lookup.call(dns, name, given, callback)
      if (!options.all) return done(null, address, 4)
      done(
        null,
        [address, ...more].map(each => ({ address: each, family: 4 })),
      )
    })
    return {}
  }
}
