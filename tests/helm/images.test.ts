/** The images, built from their Dockerfiles and run like in a cluster. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { at, type Chart, type Fields, one, renderWithoutCrds } from './support/charts.ts'
import { readDockerfile } from './support/dockerfile.ts'
import { buildImage, type Container, type Image, startContainer } from './support/image.ts'

const IMAGES = { 'l7mp-operator': 'operator/Dockerfile', 'l7mp-ingress': 'helm/images/l7mp-proxy/Dockerfile' } as const
/** Whether a separate root file system with users can be created. */
const CAN_MOUNT = process.platform === 'linux' && process.getuid?.() === 0
const root = new URL('../../', import.meta.url)

type SecurityContext = {
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly capabilities?: { readonly add?: readonly string[] }
}

const folders: string[] = []
async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-image-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

const run = async (image: Image, container: Container) => ending(await startContainer(image, container))

async function ending(child: ChildProcessByStdio<null, Readable, Readable>) {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const code = await new Promise(resolve => child.once('close', resolve))
  return { code, output }
}

describe.each(Object.entries(IMAGES))('the image of %s', (_, dockerfile) => {
  it('is based on the Node.js version of the tests', async () => {
    const { catalog } = parse(await readFile(new URL('pnpm-workspace.yaml', root), 'utf8'))
    const stages = readDockerfile(await readFile(new URL(dockerfile, root), 'utf8'))
    for (const { base } of stages) expect(base).toBe(`node:${catalog.node}-slim`)
  })
})

describe.runIf(CAN_MOUNT)('the image of the operator', () => {
  let image: Image
  beforeAll(async () => {
    image = await buildImage(IMAGES['l7mp-operator'], await emptyFolder())
  }, 120_000)

  it('runs as the user of its pod, with a read-only file system', async () => {
    const [pod] = await podOf('l7mp-operator', 'Deployment')
    expect(pod).toMatchObject({ runAsUser: image.uid, runAsGroup: image.gid })
    const script = "console.log(process.getuid(), process.getgid()); require('fs').writeFileSync('/app/x', '')"
    const { code, output } = await run(image, { words: ['node', '-e', script] })
    expect(code).toBe(1)
    expect(output).toMatch(/^65532 65532\n/)
    expect(output).toContain('EROFS')
  })

  it('runs the command l7mesh', async () => {
    const { version } = JSON.parse(await readFile(new URL('operator/package.json', root), 'utf8'))
    const { code, output } = await run(image, { words: [...image.entrypoint, 'version'] })
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining(version) })
    expect(await run(image, { words: [...image.entrypoint, ...image.cmd] })).toMatchObject({ code: 0 })
  })

  it('accepts the options of the chart', async () => {
    const [, container] = await podOf('l7mp-operator', 'Deployment')
    const words = [...container.command, ...container.args.slice(0, 1), '--help']
    const { code, output } = await run(image, { words })
    expect(code).toBe(0)
    for (const arg of container.args.slice(1)) expect(output).toContain(arg.split('=')[0])
  })
})

describe.runIf(CAN_MOUNT)('the image of the proxies', () => {
  let image: Image
  beforeAll(async () => {
    image = await buildImage(IMAGES['l7mp-ingress'], await emptyFolder())
  }, 120_000)

  it('serves, and drains when its pod is deleted', async () => {
    const { code, output } = await runProxy(image, { l7mpProxy: { prometheus: true } })
    expect({ code, lines: output.split('\n') }).toEqual({
      code: 0,
      lines: [
        'api 200',
        'hardened 200',
        'metrics 200',
        'port 5000: 200',
        'port 53: 400',
        'echo hello',
        'ending: 1 session left',
        'still echoes hello',
        'ended 0',
        '',
      ],
    })
  })

  it('listens on privileged ports only if the values allow it', async () => {
    const { output } = await runProxy(image, { l7mpProxy: { lowPorts: true } })
    expect(output).toContain('metrics closed\nport 5000: 200\nport 53: 200\necho hello')
  })
})

/** The pod of the chart with these values, in a separate network namespace. */
async function runProxy(image: Image, values: Fields) {
  const manifests = await renderWithoutCrds('l7mp-ingress', values)
  const config = await emptyFolder()
  for (const [name, text] of Object.entries(at(one(manifests, 'ConfigMap'), 'data') ?? {})) {
    await writeFile(join(config, name), text)
  }
  const [security, { command, args }] = await podOf('l7mp-ingress', 'DaemonSet', values)
  // Like the kubelet, makes ConfigMap files readable for any user.
  await chmod(config, 0o755)
  const container: Container = {
    words: [...command, ...args],
    uid: security.runAsUser ?? image.uid,
    gid: security.runAsGroup ?? image.gid,
    ...(security.capabilities?.add && { capabilities: '+net_bind_service' }),
    binds: [{ from: config, to: '/etc/l7mesh' }],
  }
  const script = fileURLToPath(new URL('run-proxy.ts', import.meta.url))
  const words = [process.execPath, script, JSON.stringify(image), JSON.stringify(container)]
  const child = spawn(
    'unshare',
    ['--net', '--kill-child', '--', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...words],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  return ending(child)
}

/** The effective security context of the container, and its command. */
async function podOf(chart: Chart, kind: string, values: Fields = {}) {
  const spec = at(one(await renderWithoutCrds(chart, values), kind), 'spec.template.spec')
  const words = (path: string): string[] => {
    const found = at(spec, path)
    return Array.isArray(found) ? found.map(String) : []
  }
  const security: SecurityContext = Object.assign(
    {},
    at(spec, 'securityContext'),
    at(spec, 'containers.0.securityContext'),
  )
  return [security, { command: words('containers.0.command'), args: words('containers.0.args') }] as const
}
