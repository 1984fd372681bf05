/**
 * A process with hundreds of fake proxies, each with its own address. They respond over HTTP like the fake proxy of the
 * tests, but at a lower cost, so that this process does not affect the measurement. Controlled by ./fleet.ts.
 */
import { randomUUID } from 'node:crypto'
import type { Server } from 'node:net'
import { createCompare, createProbe, l7mpDriver, MARKER, ProxyClient } from '@l7mesh/proxy-client'
import { FakeProxy } from '@l7mesh/proxy-client/testing'
import { round } from '../../../operator/src/converge/round.ts'
import { createTranslator } from '../../../operator/src/translate/translate.ts'
import { type Answer, cheapServer } from './cheap-server.ts'
import type { ToHost, Traffic } from './fleet.ts'
import { snapshotOf } from './manifests.ts'

type Store = FakeProxy['store']
type Sight = Extract<ToHost, { readonly kind: 'watch' }>

const servers: Server[] = []
const traffic = { heartbeats: 0, audits: 0, others: 0, lastWrite: 0 }
let watch: { readonly sight: Sight; readonly left: Set<string> } | undefined

/** The addresses of those that were full from the start. */
const old = new Set<string>()

const HEARTBEAT = `/api/v1/rulelists/${encodeURIComponent(MARKER)}`
/** An audit reads the list of each kind, of listeners last. */
const LISTS = /^\/api\/v1\/(?:clusters|routes|rules|rulelists|listeners)(?:\?|$)/
/** Those that say nothing of the marker, which differs. */
const SHARED = /^\/api\/v1\/(?:clusters|routes|rules|listeners)(?:\?|$)/
const answers = new Map<string, Answer>()
const LAST_LIST = '/api/v1/listeners'

async function start({ addresses, port, services }: Extract<ToHost, { readonly kind: 'start' }>): Promise<void> {
  const template = services === 0 ? undefined : await filled(services, port)
  for (const address of addresses) {
    const proxy = new FakeProxy({ port })
    if (template) copyInto(proxy.store, template)
    if (template) old.add(address)
    await listen(proxy, address, port)
  }
}

/** What a proxy holds that this operator has filled. */
async function filled(services: number, port: number): Promise<Store> {
  const proxy = new FakeProxy({ port })
  const client = new ProxyClient({ origin: 'http://fake', transport: proxy.transport() })
  const { proxies } = createTranslator()(snapshotOf({ proxies: 1, services }, () => '127.0.0.1', port))
  const [desired] = proxies.values()
  if (!desired) throw new Error('there is no proxy to fill')
  const { done, stopped } = await round({
    driver: l7mpDriver({ calls: client, reads: client, client, probe: createProbe('127.0.0.1') }),
    desired: desired.config,
    live: undefined,
    refused: new Set(),
    compare: createCompare(),
    filling: 'bench',
    signal: new AbortController().signal,
  })
  if (!done) throw new Error('the fake proxy was not filled', { cause: stopped })
  await client.close()
  return proxy.store
}

/** Lists of names are changed in place, all else is replaced: what proxies have in common is there once. */
function copyInto(store: Store, template: Store): void {
  for (const [name, cluster] of template.clusters)
    store.clusters.set(name, { ...cluster, endpoints: [...cluster.endpoints] })
  for (const [name, list] of template.rulelists) store.rulelists.set(name, { ...list, rules: [...list.rules] })
  // Each was filled at another time.
  store.rulelists.set(MARKER, { name: MARKER, rules: [randomUUID()], inline: false })
  for (const [name, rule] of template.rules) store.rules.set(name, rule)
  for (const [name, route] of template.routes) store.routes.set(name, route)
  for (const [name, endpoint] of template.endpoints) store.endpoints.set(name, endpoint)
  for (const [name, listener] of template.listeners) store.listeners.set(name, listener)
}

async function listen(proxy: FakeProxy, address: string, port: number): Promise<void> {
  const isOld = old.has(address)
  let isAsFilled = isOld
  const answerOf = (method: string, url: string, text: string): Answer => {
    if (method !== 'GET') isAsFilled = false
    return isAsFilled && SHARED.test(url) ? shared(proxy, url) : proxy.handle(method, url, text)
  }
  const server = await cheapServer(address, port, (method, url, text) => {
    const answer = answerOf(method, url, text)
    count(method, url, isOld)
    if (method === 'GET' && watch) look(watch, address, url, answer)
    return answer
  })
  servers.push(server)
}

/** What all proxies answer that are as they were filled. */
function shared(proxy: FakeProxy, url: string): Answer {
  const known = answers.get(url)
  if (known) return known
  const { status, body } = proxy.handle('GET', url)
  const answer = { status, body: Buffer.from(body) }
  answers.set(url, answer)
  return answer
}

function count(method: string, url: string, isOld: boolean): void {
  if (method !== 'GET') traffic.lastWrite = performance.timeOrigin + performance.now()
  if (method !== 'GET' || !isOld) traffic.others += 1
  else if (url.startsWith(HEARTBEAT)) traffic.heartbeats += 1
  else if (LISTS.test(url)) traffic.audits += Number(url.startsWith(LAST_LIST))
  else traffic.others += 1
}

function look(
  { sight, left }: NonNullable<typeof watch>,
  address: string,
  url: string,
  { status, body }: Answer,
): void {
  const isSeen = url.includes(sight.url) && (status === 200) === sight.found && body.includes(sight.text)
  if (!isSeen || !left.delete(address) || left.size > 0) return
  watch = undefined
  send({ id: sight.id, result: performance.timeOrigin + performance.now() })
}

function send(message: { readonly id: number; readonly result: unknown }): void {
  process.send?.(message)
}

process.on('message', (message: ToHost) => {
  switch (message.kind) {
    case 'start':
      void start(message).then(() => send({ id: message.id, result: undefined }))
      return
    case 'watch':
      watch = { sight: message, left: new Set(message.addresses) }
      return
    case 'traffic':
      send({ id: message.id, result: { ...traffic } satisfies Traffic })
      return
  }
})
// The parent process has ended, or no longer needs them.
process.on('disconnect', () => process.exit())
