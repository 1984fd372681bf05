/** The names of Services under `up`: real proxies, real pods, packets. */
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readRunState } from '../../../src/cli/folder/run-state.ts'
import { runCli } from '../../../src/cli/program.ts'
import { canBind } from '../../../src/local/network/netns.ts'
import { folderWith } from '../support/folder.ts'
import { l7mesh, testIO } from '../support/process-io.ts'

const isLinux = process.platform === 'linux'
/** Whether this process may listen on the port of DNS. */
const hasLowPorts =
  isLinux &&
  (process.getuid?.() === 0 || Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) <= 53)

const INGRESS = `
apiVersion: v1
kind: Pod
metadata: { name: ingress, namespace: NS, labels: { app: l7mp-ingress } }
spec: { containers: [{ name: l7mp, image: 'l7mp/l7mp:0.5.7' }] }
`

/** Responds to each datagram with its name and the content. */
const UDP_SERVER = [
  'const socket = require("node:dgram").createSocket("udp4")',
  'socket.on("message", (text, from) => socket.send(process.env.HOSTNAME + " " + text, from.port, from.address))',
  'socket.bind(9100, process.env.POD_IP)',
].join('; ')

async function up(files: Readonly<Record<string, string>>) {
  const folder = await folderWith(files)
  const io = testIO({})
  const ended = runCli(['up', folder], io)
  onTestFinished(async () => {
    io.send('SIGTERM')
    expect(await ended).toBe(0)
  })
  await expect.poll(() => io.out(), { timeout: 30_000 }).toContain('all resources programmed')
  const address = async (pod: string) => {
    const found = (await readRunState(folder))?.pods.find(({ metadata }) => metadata.name === pod)
    return found?.status?.podIP ?? ''
  }
  return { folder, out: io.out, address }
}

/** The first datagrams of a UDP session may be lost: repeats them until a response arrives. */
async function askUdp(host: string, port: number): Promise<string> {
  const socket = createSocket('udp4')
  socket.connect(port, host)
  await once(socket, 'connect')
  socket.on('error', () => {})
  const timer = setInterval(() => socket.send('hello', () => {}), 100)
  onTestFinished(() => {
    clearInterval(timer)
    socket.close()
  })
  const [answer] = await once(socket, 'message')
  return String(answer)
}

const listener = (name: string, port: number, address: string) => `---
apiVersion: l7mp.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: l7mp-ingress } }
  listener:
    spec: { UDP: { port: ${port} } }
    rules: [{ action: { route: { destination: { spec: { UDP: { port: 9000 } }, endpoints: [{ spec: { address: ${address} } }] } } } }]
`

it.runIf(isLinux)('are found by proxies, in every form that a cluster knows', async () => {
  const forms = ['echo', 'echo.shop', 'echo.shop.svc', 'echo.shop.svc.cluster.local', 'alias', 'alias.shop.svc']
  const mesh = await up({
    'ingress.yaml': INGRESS.replace('NS', 'shop'),
    'echo.yaml': `
apiVersion: v1
kind: Service
metadata: { name: echo, namespace: shop }
spec: { selector: { app: echo }, ports: [{ port: 9000, targetPort: echo, protocol: UDP }] }
---
apiVersion: v1
kind: Service
metadata: { name: alias, namespace: shop }
spec: { type: ExternalName, externalName: echo.shop.svc.cluster.local }
---
apiVersion: v1
kind: Pod
metadata: { name: echo, namespace: shop, labels: { app: echo } }
spec:
  containers:
    - name: echo
      command: [node, -e, '${UDP_SERVER}']
      ports: [{ name: echo, containerPort: 9100, protocol: UDP }]
`,
    'vs.yaml': forms.map((form, i) => listener(`vs-${i}`, 5000 + i, form)).join(''),
  })
  const host = await mesh.address('ingress')
  expect(await Promise.all(forms.map((_, i) => askUdp(host, 5000 + i)))).toEqual(forms.map(() => 'echo hello'))
})

it.runIf(isLinux)('are found by proxies, of each pod of a StatefulSet', async () => {
  const mesh = await up({
    'ingress.yaml': INGRESS.replace('NS', 'shop'),
    'echo.yaml': `
apiVersion: v1
kind: Service
metadata: { name: echo, namespace: shop }
spec: { clusterIP: None, selector: { app: echo }, ports: [{ port: 9000, protocol: UDP }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: echo, namespace: shop }
spec:
  serviceName: echo
  replicas: 2
  selector: { matchLabels: { app: echo } }
  template:
    metadata: { labels: { app: echo } }
    spec: { containers: [{ name: echo, command: [node, -e, '${UDP_SERVER.replace('9100', '9000')}'] }] }
`,
    'vs.yaml': [0, 1].map(i => listener(`vs-${i}`, 5000 + i, `echo-${i}.echo.shop.svc`)).join(''),
  })
  const host = await mesh.address('ingress')
  expect(await Promise.all([askUdp(host, 5000), askUdp(host, 5001)])).toEqual(['echo-0 hello', 'echo-1 hello'])
})

it.runIf(isLinux)('are reported if they do not exist, and when they exist again', async () => {
  const service = (name: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: echo }, ports: [{ port: 9000, targetPort: 9100, protocol: UDP }] }
`
  const mesh = await up({
    'ingress.yaml': INGRESS.replace('NS', 'shop'),
    'vs.yaml': listener('vs', 5000, 'echo.shop.svc.cluster.local'),
    'service.yaml': service('echo'),
    'echo.yaml': `
apiVersion: v1
kind: Pod
metadata: { name: echo, namespace: shop, labels: { app: echo } }
spec: { containers: [{ name: echo, command: [node, -e, '${UDP_SERVER}'] }] }
`,
  })
  const status = () => l7mesh(['status', mesh.folder])
  expect(await askUdp(await mesh.address('ingress'), 5000)).toBe('echo hello')
  await expect.poll(status, { timeout: 20_000 }).toMatchObject({ code: 0 })
  await writeFile(join(mesh.folder, 'vs.yaml'), listener('vs', 5000, 'ecko.shop.svc.cluster.local'))
  await expect.poll(mesh.out, { timeout: 30_000 }).toContain('AddressNotResolved')
  expect(await status()).toMatchObject({ code: 1, out: expect.stringContaining('ecko.shop.svc.cluster.local') })
  await writeFile(join(mesh.folder, 'service.yaml'), service('ecko'))
  await expect.poll(status, { timeout: 30_000 }).toMatchObject({ code: 0 })
})

const README = `
apiVersion: l7mp.io/v1
kind: VirtualService
metadata:
  name: kube-dns-vsvc
spec:
  selector:
    matchLabels:
      app: l7mp-ingress
  listener:
    spec:
      UDP:
        port: 5053
    rules:
      - action:
          route:
            destination:
              spec:
                UDP:
                  port: 53
              endpoints:
                - spec: { address:  "kube-dns.kube-system.svc.cluster.local" }
`

function resolverAt(host: string): Resolver {
  const resolver = new Resolver({ timeout: 500, tries: 10 })
  resolver.setServers([`${host}:5053`])
  return resolver
}

it.runIf(hasLowPorts)("resolve to the cluster's own DNS, as in the first example of the original", async () => {
  const mesh = await up({ 'ingress.yaml': INGRESS.replace('NS', 'default'), 'vs.yaml': README })
  const resolver = resolverAt(await mesh.address('ingress'))
  const name = 'kube-dns.kube-system.svc.cluster.local'
  expect(await resolver.resolve4(name)).toEqual([expect.stringMatching(/^127\./)])
})

it.runIf(hasLowPorts)('resolve to a DNS server of the folder, at the port that its Service maps', async () => {
  const zone = 'web.test. 60 IN A 192.0.2.77\n'
  const mesh = await up({
    'ingress.yaml': INGRESS.replace('NS', 'default'),
    'vs.yaml': README,
    'dns/server.mjs': readFileSync(
      new URL('../../../../examples/kube-dns/dns-server/server.mjs', import.meta.url),
      'utf8',
    ),
    'dns/zone.txt': zone,
    'dns.yaml': `
apiVersion: v1
kind: Service
metadata: { name: kube-dns, namespace: kube-system }
spec: { selector: { k8s-app: kube-dns }, ports: [{ name: dns, port: 53, targetPort: 10053, protocol: UDP }] }
---
apiVersion: v1
kind: Pod
metadata: { name: dns, namespace: kube-system, labels: { k8s-app: kube-dns } }
spec:
  containers:
    - name: dns
      image: l7mesh.local/dns:1
      command: [node, server.mjs, zone.txt, '10053']
`,
  })
  const resolver = resolverAt(await mesh.address('ingress'))
  await expect.poll(() => resolver.resolve4('web.test').catch(() => []), { timeout: 20_000 }).toEqual(['192.0.2.77'])
})

it.runIf(hasLowPorts && canBind({ PATH: process.env.PATH ?? '' }))('are found by any program in a pod', async () => {
  const mesh = await up({
    'ingress.yaml': INGRESS.replace('NS', 'shop'),
    'vs.yaml': listener('vs', 5000, 'web'),
    'web.yaml': `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec:
  containers:
    - name: web
      command: [node, -e, 'require("http").createServer((_, answer) => answer.end("from web")).listen(8080, process.env.POD_IP)']
---
apiVersion: v1
kind: Pod
metadata: { name: client, namespace: shop }
spec:
  restartPolicy: OnFailure
  containers:
    - name: client
      command:
        - node
        - -e
        - 'Promise.all(["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local"].map(name => fetch("http://" + name).then(got => got.text()))).then(got => process.exit(got.every(text => text === "from web") ? 0 : 1))'
`,
  })
  await expect
    .poll(
      async () =>
        (await readRunState(mesh.folder))?.pods.find(({ metadata }) => metadata.name === 'client')?.status?.phase,
      {
        timeout: 30_000,
      },
    )
    .toBe('Succeeded')
})
