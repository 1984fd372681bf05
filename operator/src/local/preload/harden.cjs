// Preload for an l7mp proxy: node --require harden.cjs l7mp-proxy.js -c config.json
//
// l7mp 0.5.7 exits whenever it logs an error, and ordinary traffic makes it log errors. That is right while its static
// configuration loads, since a bad file must fail loudly. From then on this preload prints the error and lets the
// proxy live. It also spares the proxy half of its work for each REST call, and of its start, and does so without a
// change in what the proxy answers or prints. What l7mp does wrong with packets is mended in the files beside this one. It
// needs nothing but the proxy's own modules, so it works in a container that has no other.
'use strict'
const { dirname, join } = require('node:path')
const { realpathSync } = require('node:fs')
const { inspect } = require('node:util')

/** As in proxy-client/src/names.ts. */
const HARDENED = '/apis/l7mp.io/v1/hardened'

const home = dirname(realpathSync(process.argv[1]))
const openapi = require.resolve('openapi-backend', { paths: [home] })
const log = require(require.resolve('npmlog', { paths: [home] }))
const { L7mp } = require(join(home, 'l7mp.js'))
const { Session } = require(join(home, 'session.js'))
const { RuleList } = require(join(home, 'rule.js'))
const { OpenAPIBackend, OpenAPIRouter } = require(openapi)
const bath = require(require.resolve('bath-es5', { paths: [dirname(openapi)] }))

let configured = false
const run = L7mp.prototype.run
L7mp.prototype.run = async function (...args) {
  await run.apply(this, args)
  if (!this.rulelists.some(({ name }) => name === HARDENED)) this.rulelists.push(RuleList.create({ name: HARDENED }))
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

// l7mp formats every message, dozens for a call and one for a datagram, and keeps it, also those that its level drops.
const write = log.log
log.log = (level, ...message) => {
  if (level === 'error' || !(log.levels[level] < log.levels[log.level])) write(level, ...message)
}

// Most of those messages show an object, which is now only looked at where the message is written.
const { dumper } = global
global.dumper = (object, depth) => {
  const text = () => dumper(object, depth)
  return { toString: text, [inspect.custom]: text }
}

// A call is a session too, and a session makes an error for each thing that could go wrong while it is routed, with a
// stack that only the level silly shows.
const { create } = Session.prototype
Session.prototype.create = function () {
  const { stackTraceLimit } = Error
  if (log.level !== 'silly') Error.stackTraceLimit = 0
  try {
    return create.call(this)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

// Half of its start goes into checking that the API description which it brings is one.
OpenAPIBackend.prototype.validateDefinition = function () {
  return this.document
}

// For each call it goes through its API description anew, which stays as it was when it started.
const { getOperations } = OpenAPIRouter.prototype
const operations = remembering(router => getOperations.call(router), new WeakMap())
OpenAPIRouter.prototype.getOperations = function () {
  return operations(this)
}
bath.default = remembering(bath.default, new Map())

// It looks for a name by going through all objects of a kind, several times for a call and for a session.
const LOOKUPS = {
  getListener: 'listeners',
  getCluster: 'clusters',
  getRuleList: 'rulelists',
  getRule: 'rules',
  getRoute: 'routes',
  getEndPoint: 'endpoints',
  getSession: 'sessions',
}
const lookup = remembering(indexed, new WeakMap())
for (const [method, kind] of Object.entries(LOOKUPS))
  L7mp.prototype[method] = function (name) {
    log.silly(`L7mp.${method}:`, name)
    return lookup(this[kind])(name)
  }

// A mend that finds another l7mp than the one it was made for is left out.
const mended = []
for (const file of ['./mend-clusters.cjs', './mend-datagrams.cjs', './mend-streams.cjs']) {
  for (const [name, mend] of Object.entries(required(file))) {
    try {
      mend(home)
      mended.push(name)
    } catch (error) {
      process.stderr.write(`not mended: ${name}: ${error.message}\n`)
    }
  }
}

// The others are told of: their names are the rules of the rulelist that says that this preload is there.
const { create: createRuleList } = RuleList
RuleList.create = given => {
  const made = createRuleList(given)
  if (given.name === HARDENED) made.rules = [...mended]
  return made
}

function required(file) {
  try {
    return require(file)
  } catch (error) {
    process.stderr.write(`not mended: ${error.message.split('\n')[0]}\n`)
    return {}
  }
}

function remembering(make, made) {
  return key => {
    if (!made.has(key)) made.set(key, make(key))
    return made.get(key)
  }
}

/** Finds the first of a name in a list that changes by `push` and by taking out with `splice` alone. */
function indexed(list) {
  // A name is held twice where two calls for it overlapped.
  const named = new Map()
  const of = name => named.get(name) || []
  const add = item => named.set(item.name, [...of(item.name), item])
  const remove = item => {
    const left = of(item.name).filter(other => other !== item)
    if (left.length > 0) named.set(item.name, left)
    else named.delete(item.name)
  }
  const { push, splice } = list
  const follow = {
    push(...items) {
      items.forEach(add)
      return push.apply(list, items)
    },
    splice(...range) {
      const gone = splice.apply(list, range)
      gone.forEach(remove)
      return gone
    },
  }
  list.forEach(add)
  for (const [name, value] of Object.entries(follow)) Object.defineProperty(list, name, { value })
  return name => of(name)[0]
}
