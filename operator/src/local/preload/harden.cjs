// Preload for an l7mp proxy: node --require harden.cjs l7mp-proxy.js -c config.json
//
// l7mp 0.5.7 exits whenever it logs an error, and ordinary traffic makes it log errors. While the static configuration
// loads, exiting is correct, because an invalid file must fail loudly. After that, this preload prints the error and
// keeps the proxy running. It also halves the cost of each REST call and of the startup, without changing what the
// proxy responds or prints. Defects in the handling of traffic are fixed by the files next to this one. It needs only
// the proxy's own modules, so it works in a container that has no others.
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

// l7mp formats and stores every message, dozens per call and one per datagram, even those below its log level.
const write = log.log
log.log = (level, ...message) => {
  if (level === 'error' || !(log.levels[level] < log.levels[log.level])) write(level, ...message)
}

// Most of these messages dump an object, which is now inspected only if the message is written.
const { dumper } = global
global.dumper = (object, depth) => {
  const text = () => dumper(object, depth)
  return { toString: text, [inspect.custom]: text }
}

// A call is also a session, and a session creates an Error for each potential routing failure, with a stack trace that
// only the level `silly` shows.
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

// Half of the startup time is spent on validating the API description of l7mp itself.
OpenAPIBackend.prototype.validateDefinition = function () {
  return this.document
}

// Each call searches the API description, which never changes after startup.
const { getOperations } = OpenAPIRouter.prototype
const operations = memoized(router => getOperations.call(router), new WeakMap())
OpenAPIRouter.prototype.getOperations = function () {
  return operations(this)
}
bath.default = memoized(bath.default, new Map())

// Name lookups scan all objects of a kind, several times per call and session.
const LOOKUPS = {
  getListener: 'listeners',
  getCluster: 'clusters',
  getRuleList: 'rulelists',
  getRule: 'rules',
  getRoute: 'routes',
  getEndPoint: 'endpoints',
  getSession: 'sessions',
}
const lookup = memoized(indexed, new WeakMap())
for (const [method, kind] of Object.entries(LOOKUPS))
  L7mp.prototype[method] = function (name) {
    log.silly(`L7mp.${method}:`, name)
    return lookup(this[kind])(name)
  }

// A fix that does not match this version of l7mp is skipped.
const applied = []
for (const file of ['./fix-clusters.cjs', './fix-datagrams.cjs', './fix-streams.cjs']) {
  for (const [name, fix] of Object.entries(loaded(file))) {
    try {
      fix(home)
      applied.push(name)
    } catch (error) {
      process.stderr.write(`capability disabled: ${name}: ${error.message}\n`)
    }
  }
}

// The applied fixes are advertised as capabilities: the rules of the rulelist that shows that the preload is loaded.
const { create: createRuleList } = RuleList
RuleList.create = given => {
  const made = createRuleList(given)
  if (given.name === HARDENED) made.rules = [...applied]
  return made
}

function loaded(file) {
  try {
    return require(file)
  } catch (error) {
    process.stderr.write(`capability disabled: ${error.message.split('\n')[0]}\n`)
    return {}
  }
}

function memoized(make, made) {
  return key => {
    if (!made.has(key)) made.set(key, make(key))
    return made.get(key)
  }
}

/**
 * Indexes a list by name. The list changes only by `push` and by removal with `splice`; the first object of a name is
 * found.
 */
function indexed(list) {
  // A name occurs twice if two calls for it overlapped.
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
