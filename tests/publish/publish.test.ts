/** The packages as published to npm: packed, checked, installed into an empty folder, and used there. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const TSC = join(REPOSITORY, 'node_modules/typescript/bin/tsc')
/** Present in every TypeScript project for Node.js. */
const TYPES_OF_NODE = [
  '--module',
  'nodenext',
  '--typeRoots',
  join(REPOSITORY, 'node_modules/@types'),
  '--types',
  'node',
]
const L7MESH = join('node_modules', '.bin', 'l7mesh')
/** The minimum Node.js version. */
const OLDEST = join(REPOSITORY, 'tests/node_modules/node-oldest/bin/node')
const PACKAGES = ['crds', 'proxy-client', 'operator'] as const

let folder = ''
let tarballs: readonly string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'l7mesh-publish-'))
  const packed = join(folder, 'packed')
  for (const name of PACKAGES) await pnpm(join(REPOSITORY, name), 'pack', '--pack-destination', packed)
  tarballs = (await readdir(packed)).map(file => join(packed, file))
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the packages', () => {
  it.each(PACKAGES)('are valid npm packages: %s', async name => {
    const { name: id } = JSON.parse(await readFile(join(REPOSITORY, name, 'package.json'), 'utf8'))
    const file = tarballs.find(path => path.endsWith(`/${id.replace('@', '').replace('/', '-')}-0.1.0.tgz`)) ?? ''
    const { buffer, byteOffset, byteLength } = await readFile(file)
    const tarball = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
    const { messages, pkg } = await publint({ pack: { tarball }, level: 'warning' })
    expect(messages.map(message => formatMessage(message, pkg))).toEqual([])
    expect(JSON.stringify(pkg)).not.toMatch(/workspace:|catalog:/)
  })

  it('work after installation', async () => {
    const place = await emptyProject('libraries')
    await npm(place, 'install', '--no-audit', '--no-fund', ...tarballs)
    await writeFile(join(place, 'use.mjs'), USE)
    await writeFile(join(place, 'use.ts'), TYPED_USE)

    expect(await out(place, L7MESH, 'version')).toMatch(/^l7mesh 0\.1\.0 /)
    for (const node of [process.execPath, OLDEST])
      expect(JSON.parse(await out(place, node, 'use.mjs'))).toEqual({ live: 0, accepted: false })
    expect(await out(place, process.execPath, TSC, ...TYPES_OF_NODE, '--noEmit', '--strict', 'use.ts')).toBe('')
  }, 180_000)

  it('provide the command line without other packages', async () => {
    const place = await emptyProject('command-line')
    const own = tarballs.filter(path => !path.includes('l7mesh-crds') && !path.includes('l7mesh-proxy-client'))
    await npm(place, 'install', '--no-audit', '--no-fund', ...own)
    await mkdir(join(place, 'mesh'))
    await writeFile(join(place, 'mesh/echo.yaml'), ECHO)
    expect(await out(place, L7MESH, 'validate', 'mesh')).toContain('1 ')
  }, 180_000)
})

const USE = `
import { createValidator } from '@l7mesh/crds'
import { ProxyClient } from '@l7mesh/proxy-client'
import { FakeProxy } from '@l7mesh/proxy-client/testing'
const proxy = new ProxyClient({ origin: 'http://fake', transport: new FakeProxy().transport() })
const live = (await proxy.routes.list()).filter(({ name }) => !name.startsWith('controller'))
await proxy.close()
console.log(JSON.stringify({ live: live.length, accepted: createValidator().validate({ apiVersion: 'l7mp.io/v1', kind: 'Target' }).accepted }))
`

const TYPED_USE = `
import type { VirtualService } from '@l7mesh/crds'
import { type Cluster, ProxyClient } from '@l7mesh/proxy-client'
import { FakeProxy } from '@l7mesh/proxy-client/testing'
export const clusters: Promise<readonly Cluster[]> = new ProxyClient({ origin: 'x', transport: new FakeProxy().transport() }).clusters.list()
export const port = (service: VirtualService): number | undefined => service.spec.listener.spec.UDP?.port
// @ts-expect-error: the types are there, and say what is wrong.
export const wrong = new ProxyClient({ origin: 1 })
`

const ECHO = `
apiVersion: l7mp.io/v1
kind: VirtualService
metadata: { name: echo }
spec:
  selector: {}
  listener: { spec: { UDP: { port: 9000 } }, rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }] }
`

async function emptyProject(name: string): Promise<string> {
  const place = join(folder, name)
  await mkdir(place)
  await writeFile(join(place, 'package.json'), JSON.stringify({ name: 'empty', private: true }))
  return place
}

function pnpm(cwd: string, ...args: readonly string[]) {
  return run('npx', ['--yes', 'pnpm@12.21.0', ...args], { cwd })
}

/** Prefers cached packages. */
function npm(cwd: string, ...args: readonly string[]) {
  return run('npm', [...args, '--prefer-offline'], { cwd })
}

/** Runs a program on this Node.js, which may differ from the machine's. Resolves with its output. */
async function out(cwd: string, file: string, ...args: readonly string[]): Promise<string> {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const { stdout } = await run(file, [...args], { cwd, env: { ...process.env, PATH } })
  return stdout
}
