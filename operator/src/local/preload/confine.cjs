// Preload for an l7mp proxy that shares the network of the machine: what it would open on all addresses, it opens on
// its pod's address (POD_IP) alone. l7mp 0.5.7 has no setting for that, and its REST API lets in whoever reaches it.
// So nothing of the mesh is open to other machines, and two proxies may listen on the same port. It also finds the names
// of the cluster's Services, which the machine does not know.
'use strict'
const dns = require('node:dns')
const { isIP, Server } = require('node:net')
const { Socket } = require('node:dgram')

// biome-ignore lint/style/noProcessEnv: a preload has no other way to be told.
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

// A socket without a port of its own only sends, and may have to reach other machines.
const bind = Socket.prototype.bind
Socket.prototype.bind = function (first, ...rest) {
  const fixed = this.type === 'udp4' && typeof first?.port === 'number' && first.port !== 0
  return bind.call(this, fixed && everywhere(first.address) ? { ...first, address } : first, ...rest)
}

// The names of the cluster's Services are asked of the mesh's own name server; all others of the machine, as ever.
// biome-ignore lint/style/noProcessEnv: a preload has no other way to be told.
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
  const ask = (names, found) => {
    const [name, ...others] = names
    if (name === undefined) return found([])
    resolver.resolve4(name, (error, addresses) => (error ? ask(others, found) : found(addresses)))
  }
  dns.lookup = (name, given, callback) => {
    const options =
      typeof given === 'object' && given !== null ? given : { family: typeof given === 'number' ? given : 0 }
    const done = typeof given === 'function' ? given : callback
    const isName = typeof name === 'string' && name !== '' && isIP(name) === 0 && name !== 'localhost'
    if (!isName || options.family === 6 || options.family === 'IPv6') return lookup.call(dns, name, given, callback)
    ask(candidates(name), ([address, ...more]) => {
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
