// Preload for an l7mp proxy: node --require harden.cjs l7mp-proxy.js -c config.json
//
// l7mp 0.5.7 exits whenever it logs an error, and ordinary traffic makes it log errors. That is right while its static
// configuration loads, since a bad file must fail loudly. From then on this preload prints the error and lets the
// proxy live. It needs nothing but the proxy's own modules, so it works in a container that has no other.
'use strict'
const { dirname, join } = require('node:path')
const { realpathSync } = require('node:fs')

const home = dirname(realpathSync(process.argv[1]))
const log = require(require.resolve('npmlog', { paths: [home] }))
const { L7mp } = require(join(home, 'l7mp.js'))

let configured = false
const run = L7mp.prototype.run
L7mp.prototype.run = async function (...args) {
  await run.apply(this, args)
  configured = true
}

const on = log.on
log.on = function (event, listener) {
  if (event !== 'log.error') return on.call(this, event, listener)
  return on.call(this, event, entry => {
    if (!configured) return listener(entry)
    const line = `${entry.prefix} ${entry.message}`.split('\n')[0]
    process.stderr.write(`survived: ${line}\n`)
  })
}
