/** The minimum Node.js version: dependencies support it, it works, and older versions are rejected with a message. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { gte, lt, minVersion, subset } from 'semver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../operator/scripts/build.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGES = ['operator', 'proxy-client', 'crds'] as const
const OLDEST = join(import.meta.dirname, '../node_modules/node-oldest/bin/node')

type Manifest = {
  readonly name: string
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const minimum = manifestIn(join(REPOSITORY, 'operator')).engines?.node ?? ''
const oldest = minVersion(minimum)?.version ?? ''

let folder = ''
let program = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'l7mesh-node-'))
  program = join(folder, 'l7mesh.mjs')
  await bundle(program)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(node: string, ...args: readonly string[]) {
  const child = spawn(node, [...args], { cwd: folder, env: {} })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out, err }
}

describe('the minimum version', () => {
  it.each(PACKAGES)('is the same in each package: %s', name => {
    expect(manifestIn(join(REPOSITORY, name)).engines?.node).toBe(minimum)
  })

  it('is tested, and documented', () => {
    expect(execFileSync(OLDEST, ['--version'], { encoding: 'utf8' }).trim()).toBe(`v${oldest}`)
    const [major, minor] = oldest.split('.')
    expect(readFileSync(join(REPOSITORY, 'README.md'), 'utf8')).toContain(`Node.js ${major}.${minor} or newer`)
    expect(readFileSync(join(REPOSITORY, 'CONTRIBUTING.md'), 'utf8')).toContain(`Node.js >= ${major}.${minor}\n`)
    const guard = readFileSync(join(REPOSITORY, 'proxy-client/src/node-version.ts'), 'utf8')
    expect(guard).toContain(`[${major}, ${minor}]`)
  })

  it.each(PACKAGES)('is supported by every dependency of %s', name => {
    const broken = [...shipped(join(REPOSITORY, name))].filter(([, { engines }]) => !admits(engines?.node ?? '*'))
    expect(broken.map(([path, { engines }]) => `${path}: ${engines?.node}`)).toEqual([])
  })
})

/** Some packages exclude unreleased versions; only existing ones are compared. */
const admits = (range: string) => subset(minimum, range) || subset(`>=${oldest} <23 || >=24`, range)

/**
 * The packages that are installed with a package or bundled into it, by folder. Test and script dependencies are
 * included.
 */
function shipped(root: string): ReadonlyMap<string, Manifest> {
  const found = new Map<string, Manifest>()
  const visit = (at: string, names: readonly string[]) => {
    for (const name of names) {
      const file = findPackageJSON(name, pathToFileURL(join(at, 'package.json')))
      if (file === undefined) continue
      const path = realpathSync(join(file, '..'))
      if (found.has(path)) continue
      const manifest = manifestIn(path)
      found.set(path, manifest)
      visit(path, Object.keys(manifest.dependencies ?? {}))
    }
  }
  const { dependencies, devDependencies } = manifestIn(root)
  visit(root, [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].filter(isShipped))
  return found
}

const ONLY_FOR_TESTS = ['vitest', 'fast-check', 'json-schema-to-typescript']
const isShipped = (name: string) => !name.startsWith('@types/') && !ONLY_FOR_TESTS.includes(name)

describe('on the minimum version, the program', () => {
  it('prints its version', async () => {
    expect(await run(OLDEST, program, 'version')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`v${oldest}`),
      err: '',
    })
  })

  it('validates and runs', async () => {
    const proxy = await startFakeProxy()
    try {
      const mesh = join(folder, 'mesh')
      await mkdir(mesh, { recursive: true })
      await writeFile(join(mesh, 'pod.yaml'), pod(proxy.port))
      await writeFile(join(mesh, 'echo.yaml'), ECHO)
      expect(await run(OLDEST, program, 'validate', mesh)).toMatchObject({ code: 0, err: '' })
      expect(await run(OLDEST, program, 'run', '--source', mesh, '--once')).toMatchObject({ code: 0 })
      expect(await run(OLDEST, program, 'diff', mesh)).toMatchObject({ code: 0, err: '' })
    } finally {
      await proxy.stop()
    }
  })
})

const ECHO = `
apiVersion: l7mp.io/v1
kind: VirtualService
metadata: { name: echo }
spec:
  selector: {}
  listener: { spec: { UDP: { port: 9000 } }, rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }] }
`

const pod = (port: number) => `
apiVersion: v1
kind: Pod
metadata: { name: ingress }
spec: { containers: [{ name: l7mp, ports: [{ name: controller, containerPort: ${port} }] }] }
status:
  phase: Running
  podIP: 127.0.0.1
  conditions: [{ type: ContainersReady, status: 'True' }, { type: Ready, status: 'True' }]
`

/** Makes this Node.js report another version. */
const pretending = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`

describe('on an older version, the program', () => {
  const [major = 0, minor = 0] = oldest.split('.').map(Number)

  it.each([`${major}.${minor - 1}.9`, `${major - 1}.99.0`, `${major - 4}.20.8`, '9.0.0'])(
    'exits with a message: %s',
    async version => {
      expect(await run(process.execPath, '--import', pretending(version), program, 'version')).toEqual({
        code: 2,
        out: '',
        err: `l7mesh needs Node.js ${major}.${minor} or newer; this is ${version}\n`,
      })
      const library = pathToFileURL(join(REPOSITORY, 'proxy-client/src/index.ts')).href
      const { code, err } = await run(
        process.execPath,
        '--import',
        pretending(version),
        '--eval',
        `await import('${library}')`,
      )
      expect(err).toContain(`@l7mesh/proxy-client needs Node.js ${major}.${minor} or newer; this is ${version}`)
      expect(code).toBe(1)
    },
  )

  it.each([oldest, `${major}.${minor + 1}.0`, `${major + 2}.0.0`, '100.0.0'])(
    'does not exit on a supported one: %s',
    async version => {
      expect((await run(process.execPath, '--import', pretending(version), program, 'version')).code).toBe(0)
    },
  )

  it('exits with a message on each that is installed', async () => {
    for (const { node, version } of await machineNodes()) {
      const { code, err } = await run(node, program, 'version')
      const message = `l7mesh needs Node.js ${major}.${minor} or newer; this is ${version}\n`
      expect({ code, err }).toEqual(gte(version, oldest) ? { code: 0, err: '' } : { code: 2, err: message })
    }
  })
})

/** The Node.js installations in the PATH, including that of the workspace. */
async function machineNodes() {
  const candidates = [process.execPath, ...(process.env.PATH ?? '').split(delimiter).map(path => join(path, 'node'))]
  const found = candidates.filter(path => existsSync(path)).map(path => realpathSync(path))
  const versions = [...new Set(found)].map(async node => {
    const version = await new Promise<string>(resolve =>
      execFile(node, ['--version'], (_, stdout) => resolve(stdout.trim().replace(/^v/, ''))),
    )
    return { node, version }
  })
  // Before 18, modules with top-level await are not supported.
  return (await Promise.all(versions)).filter(({ version }) => version !== '' && !lt(version, '18.0.0'))
}
