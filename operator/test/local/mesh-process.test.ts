import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkNetns, NETNS_ERROR_CODES } from '../../src/local/network/netns.ts'
import { isReady, type ReportedPod } from '../../src/local/pod/pod-status.ts'
import { pod, workload } from './support/documents.ts'
import { eventually, isAlive } from './support/eventually.ts'

const PROGRAM = fileURLToPath(new URL('./support/mesh.ts', import.meta.url))
const ENVIRONMENT = { PATH: process.env.PATH ?? '' }

/** Runs the documents in a process of its own; with `nodes`, in network namespaces. */
async function startMeshProcess(documents: readonly object[], nodes?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-test-'))
  const file = join(folder, 'manifests.json')
  await writeFile(file, JSON.stringify(documents))
  const args = [PROGRAM, folder, file, ...(nodes === undefined ? [] : [String(nodes)])]
  const child = spawn(process.execPath, args, { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
  let pods: readonly ReportedPod[] = []
  let log = ''
  let pid = 0
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', line => lines.push(line))
  createInterface({ input: child.stdout }).on('line', text => {
    const said = JSON.parse(text)
    if (said.pods) pods = said.pods
    if (said.log) log = said.log
    if (said.pid) pid = said.pid
    if (said.line) lines.push(said.line.line)
  })
  onTestFinished(async () => {
    await end(child, 'SIGTERM')
    await rm(folder, { recursive: true })
  })
  return {
    child,
    end: (signal: NodeJS.Signals) => end(child, signal),
    runFolder: () => dirname(dirname(log)),
    pods: () => pods,
    pid: () => pid,
    line: (start: string) => eventually(`${start} in ${lines}`, () => lines.find(line => line.startsWith(start))),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

const shell = (code: string, more: object = {}) => ({ name: 'app', command: ['sh', '-c', code], ...more })
const node = (code: string, more: object = {}) => ({ name: 'app', command: ['node', '-e', code], ...more })
const stubborn = () =>
  pod('p', { containers: [shell('trap "" TERM; sleep 1000 & echo pid $! $$$$; while :; do wait; done')] })
const pidsOf = (line: string) => line.split(' ').slice(1).map(Number)

describe('the process of the pod runner', () => {
  it('leaves nothing behind when it is killed', async () => {
    const mesh = await startMeshProcess([stubborn(), pod('proxy', { containers: [{ name: 'l7mp' }] })])
    const pids = pidsOf(await mesh.line('pid'))
    await eventually('all are ready', () => mesh.pods().length === 2 && mesh.pods().every(isReady))
    const runFolder = mesh.runFolder()
    expect([pids.every(isAlive), existsSync(runFolder)]).toEqual([true, true])
    await mesh.end('SIGKILL')
    await eventually('nothing is left', () => !pids.some(isAlive) && !existsSync(runFolder))
  })
})

describe('checkNetns', () => {
  it('reports the missing requirement', () => {
    const nothing = checkNetns({ PATH: '/nowhere' })
    const code = process.platform === 'linux' ? 'missing-tool' : 'not-linux'
    expect(nothing).toMatchObject({ supported: false, error: { code, name: 'NetnsError' } })
  })
})

const support = checkNetns(ENVIRONMENT)
if (!support.supported) {
  it(`has no network namespaces on this machine: ${support.error.message}`, () => {
    expect(Object.keys(NETNS_ERROR_CODES)).toContain(support.error.code)
    expect(support.error.help).not.toBe('')
  })
} else {
  describe('with network namespaces', () => {
    it('isolates each node and pod, so that several proxies can use the same ports', async () => {
      const links = () => execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' })
      const before = links()
      const serve = 'require("http").createServer((q, s) => s.end(q.socket.remoteAddress)).listen(80)'
      const web = workload('Deployment', 'web', {
        spec: { replicas: 2 },
        pod: { containers: [node(serve, { readinessProbe: { tcpSocket: { port: 80 } } })] },
      })
      const ingress = workload('DaemonSet', 'ingress', { pod: { hostNetwork: true, containers: [{ name: 'l7mp' }] } })
      // Asks the pods of the two nodes, and the proxies of both nodes, from a pod of its own.
      const urls = ['10.244.1.1', '10.244.2.1', '10.244.0.2:1234/api/v1/admin', '10.244.0.3:1234/api/v1/admin']
      const ask = `const ask = () => Promise.all(${JSON.stringify(urls)}.map(url => fetch("http://" + url)))
        .then(async ([a, b, c, d]) => console.log("seen", process.env.POD_IP, await a.text(), await b.text(), c.status, d.status))
        .catch(() => setTimeout(ask, 50)); ask(); setInterval(() => {}, 1000)`
      const mesh = await startMeshProcess([web, ingress, pod('client', { containers: [node(ask)] })], 2)
      expect(await mesh.line('seen')).toMatch(/^seen (10\.244\.1\.2) (::ffff:)?\1 (::ffff:)?\1 200 200$/)
      await eventually('all are ready', () => mesh.pods().length === 5 && mesh.pods().every(isReady))
      const places = mesh
        .pods()
        .map(({ metadata, spec, status }) => [metadata.name.split('-')[0], spec.nodeName, status.podIP, status.hostIP])
      expect(places.toSorted()).toEqual([
        ['client', 'node-1', '10.244.1.2', '10.244.0.2'],
        ['ingress', 'node-1', '10.244.0.2', '10.244.0.2'],
        ['ingress', 'node-2', '10.244.0.3', '10.244.0.3'],
        ['web', 'node-1', '10.244.1.1', '10.244.0.2'],
        ['web', 'node-2', '10.244.2.1', '10.244.0.3'],
      ])
      expect(links()).toBe(before)
      expect(mesh.pid()).toBe(mesh.child.pid)
      await mesh.end('SIGTERM')
      expect(mesh.child.exitCode).toBe(0)
    })

    it('keeps the files that a process needs when a volume hides them: a proxy, a program in a folder, a file of the volume', async () => {
      const nested = [
        { name: 'deep', mountPath: '/tmp/deep' },
        { name: 'tmp', mountPath: '/tmp' },
      ]
      const volumes = [
        { name: 'tmp', emptyDir: {} },
        { name: 'deep', emptyDir: { medium: 'Memory' } },
      ]
      const mesh = await startMeshProcess(
        [
          pod('proxy', { volumes, containers: [{ name: 'l7mp', volumeMounts: nested }] }),
          pod('app', {
            volumes,
            containers: [
              node(
                'console.log("in", process.cwd(), fs.existsSync(process.cwd() + "/manifests.json")); setInterval(() => {}, 1000)',
                {
                  volumeMounts: nested,
                },
              ),
              shell('echo x > /tmp/deep/file; echo saw $(ls /tmp/deep); sleep 1000', {
                name: 'sh',
                volumeMounts: nested,
              }),
            ],
          }),
        ],
        1,
      )
      expect(await mesh.line('in ')).toMatch(/^in \S+ true$/)
      expect(await mesh.line('saw ')).toBe('saw file')
      await eventually('all are ready', () => mesh.pods().length === 2 && mesh.pods().every(isReady))
      expect(existsSync('/tmp/deep/file')).toBe(false)
    })

    it('gives pods separate volumes at the same path', async () => {
      const path = join(tmpdir(), `l7mesh-mount-${process.pid}`)
      const mounted = (code: string, name: string) =>
        shell(code, { name, volumeMounts: [{ name: 'v', mountPath: path }] })
      const sharing = (name: string) =>
        pod(name, {
          volumes: [{ name: 'v', emptyDir: {} }],
          containers: [
            mounted(`echo ${name} >> ${path}/note; sleep 1000`, 'writer'),
            mounted(
              `until [ -e ${path}/note ]; do sleep 0.05; done; echo ${name} reads $(cat ${path}/note); sleep 1000`,
              'reader',
            ),
          ],
        })
      const mesh = await startMeshProcess([sharing('one'), sharing('two')], 1)
      expect(await mesh.line('one reads')).toBe('one reads one')
      expect(await mesh.line('two reads')).toBe('two reads two')
      expect(existsSync(join(path, 'note'))).toBe(false)
      await mesh.end('SIGTERM')
      expect(existsSync(path)).toBe(false)
    })

    it('leaves nothing behind when it is killed', async () => {
      const mesh = await startMeshProcess([stubborn()], 1)
      const pids = pidsOf(await mesh.line('pid'))
      const runFolder = await eventually('the run folder', () => existsSync(mesh.runFolder()) && mesh.runFolder())
      await mesh.end('SIGKILL')
      await eventually('nothing is left', () => !pids.some(isAlive) && !existsSync(runFolder))
    })
  })
}
