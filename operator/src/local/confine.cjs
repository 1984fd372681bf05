// Preload for an l7mp proxy that shares the network of the machine: what it would open on all addresses, it opens on
// its pod's address (POD_IP) alone. l7mp 0.5.7 has no setting for that, and its REST API lets in whoever reaches it.
// So nothing of the mesh is open to other machines, and two proxies may listen on the same port.
'use strict'
const { Server } = require('node:net')
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
