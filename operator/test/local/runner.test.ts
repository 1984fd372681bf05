import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../tests/support/real-proxy.ts'
import { isReady, type ReportedPod } from '../../src/local/pod/pod-status.ts'
import { manifest, pod, workload } from './support/documents.ts'
import { eventually, isAlive } from './support/eventually.ts'
import { startMesh } from './support/run.ts'

const ENVIRONMENT = { PATH: process.env.PATH ?? '' }

/** A container that runs a line of JavaScript, and lives on after it. */
const script = (code: string, more: object = {}) => ({
  name: 'app',
  command: ['node', '-e', `${code}; setInterval(() => {}, 1000)`],
  ...more,
})
const shell = (code: string, more: object = {}) => ({ name: 'app', command: ['sh', '-c', code], ...more })
const service = (name: string, targetPort: number | string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort }] },
})
const statusOf = (pod: ReportedPod) => pod.status.containerStatuses[0]
const readyCount = (pods: readonly ReportedPod[]) =>
  pods.filter(pod => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length

async function echoTcp(host: string, port: number, text: string): Promise<string> {
  const socket = connect({ host, port })
  socket.write(text)
  const [data] = await once(socket, 'data')
  socket.destroy()
  return String(data)
}

/** The first packet of a UDP session may be lost: it is sent until one comes back. */
async function echoUdp(host: string, port: number, text: string): Promise<string> {
  const socket = createSocket('udp4')
  let answer: string | undefined
  socket.on('message', message => {
    answer = String(message)
  })
  const found = await eventually('an echo', () => {
    socket.send(text, port, host)
    return answer
  })
  socket.close()
  return found
}

describe('a pod', () => {
  it('runs its command in the folder of its image, with its environment, at its own address', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    await mkdir(join(mesh.folder, 'web'))
    const code = 'console.log(JSON.stringify([process.cwd(), process.argv[1], process.env.WHO, process.version]))'
    const env = [
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'WHO', value: '$(IP) of default' },
    ]
    mesh.apply(pod('p', { containers: [script(code, { image: 'l7mesh.local/web:1', args: ['$(IP)'], env })] }))
    const { status, spec } = await mesh.pod('p')
    const { line } = await mesh.line('[')
    const address = status.podIP
    expect(JSON.parse(line)).toEqual([join(mesh.folder, 'web'), address, `${address} of default`, process.version])
    expect(address).toMatch(process.platform === 'linux' ? /^127\.\d+\.0\.1$/ : /^127\.0\.0\.1$/)
    expect(status).toMatchObject({ phase: 'Running', hostIP: '127.0.0.1' })
    expect(spec.nodeName).toBe('node-1')
  })

  it('is ready while its probe succeeds', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const file = join(mesh.folder, 'ready')
    const readinessProbe = { exec: { command: ['test', '-e', file] }, periodSeconds: 1, failureThreshold: 1 }
    mesh.apply(pod('p', { containers: [shell('sleep 1000', { readinessProbe })] }))
    const running = await mesh.pod('p', found => found.status.phase === 'Running')
    expect(isReady(running)).toBe(false)
    await writeFile(file, '')
    await mesh.pod('p', isReady)
    await rm(file)
    await mesh.pod('p', found => !isReady(found))
  })

  it('restarts with back-off when it exits, and reports it', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    mesh.apply(pod('p', { containers: [shell('echo life; exit 3')] }))
    const crashed = await mesh.pod('p', found => (statusOf(found)?.restartCount ?? 0) > 1)
    expect(statusOf(crashed)?.lastState.terminated).toMatchObject({ exitCode: 3, reason: 'Error' })
    const waiting = await mesh.pod('p', found => 'waiting' in (statusOf(found)?.state ?? {}))
    expect(statusOf(waiting)?.state).toMatchObject({
      waiting: { reason: 'CrashLoopBackOff', message: expect.stringMatching(/^exited with 3; restarts in/) },
    })
    const log = await readFile(mesh.runner.logFile('default/p', 'app'), 'utf8')
    expect(log).toMatch(/^life\nlife\n/)
    expect(mesh.history.flat().some(isReady)).toBe(false)
  })

  it('completes according to its restart policy', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    mesh.apply(
      pod('done', { restartPolicy: 'OnFailure', containers: [shell('exit 0')] }),
      pod('failed', { restartPolicy: 'Never', containers: [shell('exit 1')] }),
    )
    await mesh.pod('done', found => found.status.phase === 'Succeeded')
    await mesh.pod('failed', found => found.status.phase === 'Failed')
  })

  it('reports why it cannot start, and starts when that is fixed', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    mesh.apply(pod('p', { containers: [shell('sleep 1000', { image: 'l7mesh.local/later' })] }))
    const problem = await eventually('a problem', () => mesh.runner.problems()[0])
    expect(problem.message).toBe(
      `pod default/p cannot start: image l7mesh.local/later refers to the folder ${mesh.folder}/later, which does not exist`,
    )
    await mkdir(join(mesh.folder, 'later'))
    await mesh.pod('p')
    expect(mesh.runner.problems()).toEqual([])
  })

  it('names a command that does not exist', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    mesh.apply(pod('p', { containers: [{ name: 'app', command: ['no-such-program'] }] }))
    const waiting = await mesh.pod('p', found => 'waiting' in (statusOf(found)?.state ?? {}) && !isReady(found))
    await mesh.pod('p', found => JSON.stringify(found.status).includes('spawn no-such-program ENOENT'))
    expect(waiting.status.phase).toBe('Pending')
  })

  it('terminates within its grace period, and is then removed from the slices', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const code = 'process.on("SIGTERM", () => setTimeout(() => { console.log("bye"); process.exit() }, 100))'
    mesh.apply(
      workload('Deployment', 'web', { pod: { containers: [script(`console.log("up");${code}`)] } }),
      service('web', 80),
    )
    await mesh.pod('web')
    await mesh.line('up')
    const [slice] = mesh.runner.endpointSlices().values()
    expect(slice?.endpoints[0]?.conditions).toEqual({ ready: true, serving: true, terminating: false })
    mesh.apply(service('web', 80))
    const ending = await eventually('the pod ends', () =>
      [...mesh.runner.endpointSlices().values()][0]?.endpoints.find(({ conditions }) => conditions?.terminating),
    )
    expect(ending.conditions).toEqual({ ready: false, serving: true, terminating: true })
    await mesh.line('bye')
    await eventually('no slices', () => mesh.runner.endpointSlices().size === 0)
  })

  it('shares a socket between its containers at a path below the temporary folder', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const path = join(tmpdir(), `l7mesh-sockets-${process.pid}`)
    const mounted = { volumeMounts: [{ name: 'v', mountPath: path }] }
    const listen = script(`require("net").createServer(s => s.end("hello")).listen("${path}/s")`, mounted)
    const connect = script(`require("net").connect("${path}/s").on("data", d => console.log(String(d)))`, mounted)
    mesh.apply(pod('p', { volumes: [{ name: 'v', emptyDir: {} }], containers: [listen, { ...connect, name: 'b' }] }))
    await mesh.line('hello')
    await mesh.runner.stop()
    expect(existsSync(path)).toBe(false)
  })
})

describe('a proxy', () => {
  it('is a real l7mp that survives its own errors and listens only on the address of its pod', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const controller = await freePort()
    const ports = [{ name: 'controller', containerPort: controller }]
    const proxies = pod('own', { containers: [{ name: 'l7mp', ports }] })
    mesh.apply(proxies, pod('host', { hostNetwork: true, containers: [{ name: 'l7mp', ports }] }))
    const addresses = new Set<string | undefined>()
    for (const name of ['own', 'host']) {
      const { status, spec } = await mesh.pod(name)
      expect(spec.containers[0]?.ports).toEqual([{ name: 'controller', containerPort: controller, protocol: 'TCP' }])
      const answer = await fetch(`http://${status.podIP}:${controller}/api/v1/rulelists`)
      expect(JSON.stringify(await answer.json())).toContain('/apis/l7mp.io/v1/hardened')
      addresses.add(status.podIP)
    }
    expect(addresses.size).toBe(2)
    await expect(fetch(`http://127.254.254.254:${controller}/api/v1/admin`)).rejects.toThrow('fetch failed')
  })

  it('has the objects of its ConfigMap and a REST API, and is replaced when the ConfigMap changes', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const config = (name: string) => `
      listeners:
        - name: controller-listener
          spec: { protocol: HTTP, port: 1234 }
          rules: [{ action: { route: { cluster: { spec: { protocol: L7mpController } } } } }]
        - name: ${name}
          spec: { protocol: UDP, port: 5000 }
          rules: [{ action: { route: { destination: { spec: { protocol: Echo } } } } }]`
    const configMap = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'gw' },
      data: { 'gw.yaml': config(name) },
    })
    const gateway = workload('DaemonSet', 'gw', {
      pod: {
        volumes: [{ name: 'config', configMap: { name: 'gw' } }],
        containers: [
          {
            name: 'l7mp',
            command: ['node'],
            args: ['l7mp-proxy.js', '-c', 'config/gw.yaml', '-s', '-l', 'info'],
            ports: [{ containerPort: 1234 }],
            volumeMounts: [{ name: 'config', mountPath: '/app/config' }],
          },
        ],
      },
    })
    mesh.apply(configMap('first'), gateway)
    const { status } = await mesh.pod('gw')
    expect(await echoUdp(status.podIP ?? '', 5000, 'hello')).toBe('hello')
    mesh.apply(configMap('second'), gateway)
    await eventually('the second', async () => {
      const { status } = await mesh.pod('gw')
      const answer = await fetch(`http://${status.podIP}:1234/api/v1/listeners/second`).catch(() => undefined)
      return answer?.status === 200
    })
  })

  it('shares the temporary folder of the machine with another pod if their volumes are mounted there', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const volumes = [{ name: 'tmp', emptyDir: {} }]
    const containers = [{ name: 'l7mp', volumeMounts: [{ name: 'tmp', mountPath: '/tmp/' }] }]
    mesh.apply(pod('one', { volumes, containers }), pod('two', { volumes, containers }))
    await mesh.pod('one')
    await mesh.pod('two')
    expect(mesh.runner.problems()).toEqual([])
  })

  it('listens only on the address of its pod, so that several proxies can use the same ports', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const [port, names] = [await freePort(), ['one', 'two']]
    mesh.apply(...names.map(name => pod(name, { containers: [{ name: 'l7mp' }] })))
    for (const name of names) {
      const { status, spec } = await mesh.pod(name)
      const address = status.podIP ?? ''
      const controller = spec.containers[0]?.ports?.[0]?.containerPort
      for (const protocol of ['UDP', 'TCP']) {
        const destination = { name: `${protocol}-echo`, spec: { protocol: 'Echo' } }
        const rules = [{ action: { route: { destination } } }]
        const answer = await fetch(`http://${address}:${controller}/api/v1/listeners`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ listener: { name: protocol, spec: { protocol, port }, rules } }),
        })
        expect([protocol, answer.status]).toEqual([protocol, 200])
      }
      expect(await echoUdp(address, port, `udp ${name}`)).toBe(`udp ${name}`)
      expect(await echoTcp(address, port, `tcp ${name}`)).toBe(`tcp ${name}`)
    }
  })

  it('gets another REST API port if its own is taken, and reports it', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const busy = createServer().listen(0, '127.0.0.1')
    await eventually('listening', () => busy.listening)
    const address = busy.address()
    const taken = typeof address === 'object' && address !== null ? address.port : 0
    const container = { name: 'l7mp', ports: [{ name: 'controller', containerPort: taken }] }
    mesh.apply(...['one', 'two'].map(name => pod(name, { hostNetwork: true, containers: [container] })))
    const ports = []
    for (const name of ['one', 'two']) {
      const { status, spec } = await mesh.pod(name)
      const port = spec.containers[0]?.ports?.find(port => port.name === 'controller')?.containerPort
      expect((await fetch(`http://${status.podIP}:${port}/api/v1/admin`)).status).toBe(200)
      ports.push(port)
    }
    busy.close()
    expect(new Set([taken, ...ports]).size).toBe(3)
  })
})

describe('apply', () => {
  const web = (version: string, replicas: number) =>
    workload('Deployment', 'web', {
      spec: { replicas },
      labels: { version },
      pod: { containers: [shell(`echo ${version}; exec sleep 1000`)] },
    })

  it('replaces changed pods without a gap in readiness, and keeps the others', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const other = pod('other', { containers: [shell('sleep 1000')] })
    mesh.apply(web('one', 2), other, service('web', 80))
    const untouched = await mesh.pod('other')
    await eventually('two are ready', () => readyCount([...mesh.runner.pods().values()]) === 3)
    const since = mesh.history.length
    mesh.apply(web('two', 2), other, service('web', 80))
    await eventually('only new pods', () => {
      const pods = [...mesh.runner.pods().values()].filter(pod => pod.metadata.labels?.app === 'web')
      return pods.length === 2 && pods.every(pod => isReady(pod) && pod.metadata.labels?.version === 'two')
    })
    const ready = mesh.history.slice(since).map(readyCount)
    expect(Math.min(...ready)).toBe(3)
    expect(mesh.runner.pods().get('default/other')).toBe(untouched)
  })

  it('starts and stops pods when the number of replicas changes', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const count = (wanted: number) => eventually(`${wanted} pods`, () => mesh.runner.pods().size === wanted)
    mesh.apply(web('one', 1))
    await count(1)
    mesh.apply(web('one', 3))
    await count(3)
    mesh.apply()
    await count(0)
  })

  it('keeps the pods of a manifest that does not parse any more', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    mesh.apply(web('one', 1))
    const before = await mesh.pod('web')
    const broken = { ...web('one', 1), spec: { ...web('one', 1).spec, replicas: 'many' } }
    mesh.apply(broken, pod('new', { containers: [shell('sleep 1000')] }))
    await mesh.pod('new')
    expect(mesh.runner.pods().get(`default/${before.metadata.name}`)).toBe(before)
    expect(mesh.runner.problems().map(({ message }) => message)).toEqual([
      'spec.replicas must be a whole number, 0 or more',
    ])
  })

  it('keeps the identity of reports when nothing has changed', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    const documents = [web('one', 1), service('web', 80)]
    mesh.apply(...documents)
    await mesh.pod('web')
    const [pods, slices, looks] = [mesh.runner.pods(), mesh.runner.endpointSlices(), mesh.history.length]
    mesh.apply(...documents)
    await eventually('another look', () => mesh.history.length > looks)
    expect(mesh.runner.pods()).toBe(pods)
    expect(mesh.runner.endpointSlices()).toBe(slices)
  })
})

describe('stop', () => {
  it('terminates all processes and removes all files', async () => {
    const mesh = await startMesh(ENVIRONMENT)
    mesh.apply(pod('p', { containers: [shell('sleep 1000 & echo pid $! $$$$; wait')] }))
    const { line } = await mesh.line('pid')
    const pids = line.split(' ').slice(1).map(Number)
    const runFolder = dirname(dirname(mesh.runner.logFile('x/y', 'z')))
    expect([pids.every(isAlive), existsSync(runFolder)]).toEqual([true, true])
    await mesh.runner.stop()
    expect([pids.some(isAlive), existsSync(runFolder)]).toEqual([false, false])
    mesh.runner.apply([manifest(pod('late', { containers: [shell('sleep 1000')] }))])
    expect(mesh.runner.pods().size).toBe(0)
  })
})
