/**
 * The optimizations of the preload `harden.cjs` are transparent: with it and without it, calls have the same responses and
 * log lines. It advertises its fixes as capabilities, and skips those that do not match.
 */
import { copyFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CAPABILITIES, capabilitiesOf, ProxyClient, readAll } from '@l7mesh/proxy-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'

const LEVELS = ['warn', 'silly'] as const
type Level = (typeof LEVELS)[number]

const withLevel = (level: Level) => (args: readonly string[]) => args.map(arg => (arg === 'warn' ? level : arg))
const withoutPreload = (args: readonly string[]) => args.slice(args.indexOf('--require') + 2)

describe.each(LEVELS)('at the log level %s', level => {
  let plain: RealProxy
  let preloaded: RealProxy
  beforeEach(async () => {
    plain = await startRealProxy(args => withLevel(level)(withoutPreload(args)))
    preloaded = await startRealProxy(withLevel(level))
  })
  afterEach(async () => {
    await plain.stop()
    await preloaded.stop()
  })

  it('has the same responses and output', async () => {
    const port = await freePort()
    for (const { method, path, body } of callsWith(port)) {
      const [expected, answer] = await Promise.all([plain, preloaded].map(proxy => ask(proxy, method, path, body)))
      expect(answer, `${method} ${path}`).toEqual(expected)
    }
    await vi.waitFor(() => expect(said(preloaded)).toEqual(said(plain)), { timeout: 5000 })
    expect(said(preloaded).some(line => line.includes('already defined'))).toBe(true)
    expect(said(preloaded).some(line => line.includes('api.addCluster'))).toBe(level !== 'warn')
    expect(said(preloaded).some(line => line.includes('mp.getCluster:'))).toBe(level === 'silly')
  })
})

type RawCall = { readonly method: string; readonly path: string; readonly body: string | undefined }

const call = (method: string, path: string, body?: object): RawCall => ({
  method,
  path: `/api/v1/${path}`,
  body: body && JSON.stringify(body),
})

function callsWith(port: number): readonly RawCall[] {
  const cluster = { name: 'c', spec: { protocol: 'UDP', port }, endpoints: [] }
  const endpoint = { name: 'e', spec: { address: '127.0.0.1' } }
  const listener = { name: 'l', spec: { protocol: 'UDP', port }, rules: 'rl' }
  const inline = { name: 'tree', spec: { protocol: 'UDP', port }, rules: [{ action: { route: { destination: 'c' } } }] }
  const rule = { name: '50%/r', match: { op: 'test', path: '/IP/src_addr', value: '100%' }, action: { route: 'ro' } }
  const make = [
    call('POST', 'clusters', { cluster }),
    call('POST', 'clusters/c/endpoints', { endpoint }),
    call('POST', 'clusters/c/endpoints', { endpoint: { spec: { address: '127.0.0.2' } } }),
    call('POST', 'routes', { route: { name: 'ro', destination: 'c' } }),
    call('POST', 'rules', { rule }),
    call('POST', 'rulelists', { rulelist: { name: 'rl', rules: ['50%/r', 'gone'] } }),
    call('POST', 'rulelists/rl/rules/1', { rule: 'other' }),
    call('POST', 'listeners', { listener }),
    call('POST', 'listeners', { listener: inline }),
  ]
  const kinds = ['clusters', 'routes', 'rules', 'rulelists', 'listeners']
  const one = ['clusters/c', 'clusters/c/endpoints', 'routes/ro', 'rules/50%25%2Fr', 'rulelists/rl', 'listeners/l']
  const look = [...kinds, ...one].flatMap(path => ['', '?format=terse', '?recursive=true'].map(q => `${path}${q}`))
  const read = [...look, 'endpoints/e', 'rulelists/rl/rules/0'].map(path => call('GET', path))
  const gone = ['listeners/l', 'rulelists/rl/rules/1', 'rulelists/rl', 'rules/50%25%2Fr', 'routes/ro', 'endpoints/e']
  const take = [...gone, 'clusters/c'].map(path => call('DELETE', path))
  const refused = [call('GET', 'nothing'), call('PUT', 'clusters'), { ...call('POST', 'rules'), body: '{' }]
  // What is there already, what is there no longer, and what is there again.
  return [...make, ...read, ...make, ...take, ...read, ...take, ...make, ...read, ...refused]
}

/** The log lines of the preload. */
const ANNOUNCED = /(hardened",\s*"rules":\s*)\[[^\]]*\]/g

async function ask({ origin, port }: RealProxy, method: string, path: string, body: string | undefined) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(`${origin}${path}`, { method, headers, ...(body !== undefined && { body }) })
  const text = await response.text()
  return { status: response.status, text: text.replace(ANNOUNCED, '$1[]').replaceAll(`${port}`, 'PORT') }
}

/**
 * The lines of its log, which a moment's difference may bring in another order, without what is never the same: the names
 * of the capabilities are looked up as rules.
 */
function said(proxy: RealProxy): readonly string[] {
  const lines = proxy
    .output()
    .split('\n')
    .filter(line => !CAPABILITIES.some(name => line.endsWith(`getRule: ${name}`)))
  return lines.map(line => line.replace(/\d+/g, '0').replace(/l\d+mesh-proxy-\w+/, 'FOLDER')).toSorted()
}

describe('fixes that do not match the version', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'l7mesh-preload-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** The capabilities and output of a proxy that is started in this way. */
  async function started(altered: (args: readonly string[]) => readonly string[]) {
    const proxy = await startRealProxy(altered)
    const client = new ProxyClient({ origin: proxy.origin })
    try {
      return { capabilities: [...capabilitiesOf(await readAll(client))], output: proxy.output() }
    } finally {
      await client.close()
      await proxy.stop()
    }
  }

  it('are omitted and not listed, and the proxy starts', async () => {
    const other = join(folder, 'other-l7mp.cjs')
    const changes = [
      `const { dirname, join } = require('node:path')`,
      `const home = dirname(require('node:fs').realpathSync(process.argv[1]))`,
      `delete require(join(home, 'stream.js')).BroadcastStream.prototype.isEmpty`,
    ]
    await writeFile(other, changes.join('\n'))
    const { capabilities, output } = await started(args => ['--require', other, ...args])
    expect(capabilities).toEqual(CAPABILITIES.filter(name => name !== 'sync'))
    expect(output).toContain('capability disabled: sync: BroadcastStream has no method isEmpty')
  })

  it('are omitted if the other files are missing, and the proxy starts', async () => {
    const alone = join(folder, 'harden.cjs')
    const { capabilities, output } = await started(args => {
      copyFileSync(String(args[args.indexOf('--require') + 1]), alone)
      return ['--require', alone, ...withoutPreload(args)]
    })
    expect(capabilities).toEqual([])
    expect(output).toContain("capability disabled: Cannot find module './fix-clusters.cjs'")
  })
})
