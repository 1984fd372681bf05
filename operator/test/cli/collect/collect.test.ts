/** `l7mesh collect`: what is in the archive and, above all, what is not. */
import { readFile, stat } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { unpackTar } from 'modern-tar'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { startCluster, type TestCluster } from '../support/cluster-server.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { l7mesh, type TestIOOptions } from '../support/process-io.ts'

let proxy: FakeServer
let cluster: TestCluster
let folder: string

beforeEach(async () => {
  proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  cluster = await startCluster()
  folder = await folderWith({})
})

type Archive = { readonly files: ReadonlyMap<string, string>; readonly everything: string }

async function collect(options: TestIOOptions = {}, ...argv: readonly string[]) {
  const file = `${folder}/out.tar.gz`
  const ended = await l7mesh(['collect', '--kubeconfig', cluster.kubeconfig, '-o', file, ...argv], options)
  return { ...ended, ...(await open(file)) }
}

/** The files of the archive, by their paths in its folder. */
async function open(file: string): Promise<Archive> {
  const tar = gunzipSync(await readFile(file))
  const entries = await unpackTar(tar)
  const files = entries.map(({ header, data }) => [
    header.name.slice(header.name.indexOf('/') + 1),
    new TextDecoder().decode(data),
  ])
  return { files: new Map(files as [string, string][]), everything: tar.toString('latin1') }
}

const operatorPod = `
kind: Pod
metadata:
  name: operator-1
  namespace: l7mp
  labels: { app.kubernetes.io/name: l7mp-operator }
spec:
  containers:
    - name: operator
      args: [run, --source=kubernetes]
status: { phase: Running, containerStatuses: [{ name: operator, restartCount: 2 }] }
`

const EVENTS = '/apis/events.k8s.io/v1/events'

/** Serves requests that the fake API server does not support. */
function complete(): void {
  const about = (regarding: object, note: string) => ({
    metadata: { name: `event-${note}`, namespace: 'mesh', resourceVersion: '1' },
    regarding,
    note,
  })
  const items = [
    about({ apiVersion: 'l7mp.io/v1', kind: 'VirtualService', namespace: 'mesh', name: 'echo' }, 'port taken'),
    about({ kind: 'Pod', namespace: 'mesh', name: 'ingress' }, 'refilled'),
    about({ kind: 'Pod', namespace: 'shop', name: 'cart' }, 'none of ours'),
  ]
  cluster.answers.set(`GET ${EVENTS}`, { body: { metadata: { resourceVersion: '1' }, items } })
  cluster.answers.set('GET /version', { body: { gitVersion: 'v1.36.0' } })
  cluster.leases.set('l7mp/l7mesh', { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'operator-1_x' } })
  log('l7mp/operator-1', 'it works\n')
  log('mesh/ingress', 'session started\n')
}

function log(pod: string, body: string): void {
  const [namespace, name] = pod.split('/')
  cluster.answers.set(`GET /api/v1/namespaces/${namespace}/pods/${name}/log`, { body })
}

describe('the archive', () => {
  it('has everything that helps to analyze a bug', async () => {
    cluster.apply(proxyPod(proxy.port), operatorPod, echo(9000))
    complete()
    const { code, out, files } = await collect()
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Wrote .*out.tar.gz: \d+ files, \d+ kB\.\n/),
    })
    expect([...files.keys()].sort()).toEqual([
      'crds/routes.l7mp.io.yaml',
      'crds/rules.l7mp.io.yaml',
      'crds/targets.l7mp.io.yaml',
      'crds/virtualservices.l7mp.io.yaml',
      'events.yaml',
      'leases/l7mp_l7mesh.yaml',
      'logs/l7mp_operator-1_operator.log',
      'logs/l7mp_operator-1_operator.previous.log',
      'logs/mesh_ingress_l7mp.log',
      'pods/l7mp_operator-1.yaml',
      'pods/mesh_ingress.yaml',
      'proxies/mesh_ingress/desired.yaml',
      'proxies/mesh_ingress/diff.txt',
      'proxies/mesh_ingress/live.yaml',
      'proxies/mesh_ingress/others.yaml',
      'resources/endpointslices.yaml',
      'resources/pods.yaml',
      'resources/routes.yaml',
      'resources/rules.yaml',
      'resources/services.yaml',
      'resources/targets.yaml',
      'resources/virtualservices.yaml',
      'status.txt',
      'status.yaml',
      'versions.yaml',
    ])
    expect(parse(files.get('versions.yaml') ?? '')).toMatchObject({ kubernetes: { gitVersion: 'v1.36.0' } })
    expect(files.get('proxies/mesh_ingress/diff.txt')).toContain('+ listener')
    expect(files.get('logs/mesh_ingress_l7mp.log')).toBe('session started\n')
    expect(files.get('status.txt')).toContain('l7mp/operator-1')
    expect(files.get('proxies/mesh_ingress/others.yaml')).toContain('controller-listener-RuleList-0-Rule-0-Route-0')
    expect(files.get('events.yaml')).toContain('port taken')
    expect(files.get('events.yaml')).toContain('refilled')
    expect(files.get('events.yaml')).not.toContain('none of ours')
    expect((await stat(`${folder}/out.tar.gz`)).mode & 0o777).toBe(0o600)
  })

  it('has resources that the other commands can read', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    complete()
    const { files } = await collect()
    const resources = [...files].filter(([path]) => path.startsWith('resources/'))
    const copy = await folderWith(Object.fromEntries(resources))
    const { code, out } = await l7mesh(['diff', `${copy}/resources`])
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('needs 5 calls') })
    expect(await l7mesh(['validate', `${copy}/resources`])).toMatchObject({ code: 0 })
  })

  it('has what could be read, and lists what could not', async () => {
    cluster.apply(proxyPod(proxy.port), operatorPod, echo(9000))
    complete()
    cluster.forbid = ({ path }) => path.endsWith('/log') || path === EVENTS || path.includes('/targets')
    const { code, out, files } = await collect()
    expect(code).toBe(1)
    expect(out).toContain('not read: events: ')
    expect(out).toContain('not read: the log mesh_ingress_l7mp: ')
    expect(out).toContain('not read: targets.l7mp.io: ')
    expect(files.get('unread.txt')).toContain('events: ')
    expect(files.get('resources/virtualservices.yaml')).toContain('name: echo')
  })

  it('does not overwrite a file', async () => {
    cluster.apply(proxyPod(proxy.port))
    await collect()
    await expect(
      l7mesh(['collect', '--kubeconfig', cluster.kubeconfig, '-o', `${folder}/out.tar.gz`]),
    ).resolves.toMatchObject({
      code: 2,
      err: expect.stringContaining('Give another file with -o.'),
    })
  })

  it('works for a folder', async () => {
    const mesh = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echo(9000) })
    const file = `${folder}/folder.tar.gz`
    expect(await l7mesh(['collect', mesh, '-o', file])).toMatchObject({ code: 0 })
    const { files } = await open(file)
    expect(files.get('resources/virtualservices.yaml')).toContain('name: echo')
    expect(files.get('proxies/mesh_ingress/diff.txt')).toContain('+ listener')
  })
})

/** One secret of each kind, in each possible location. None of them is real. */
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLW9mLWl0'
const HEX = 'b7d1c0ffee5ec2e7b7d1c0ffee5ec2e7b7d1c0ffee5ec2e7b7d1c0ffee5ec2e7'
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEowPLANTEDpem0\nPLANTEDpem1\n-----END RSA PRIVATE KEY-----'
const planted = (place: string) => `PLANTED-${place}`

const guarded = `
apiVersion: l7mp.io/v1
kind: VirtualService
metadata:
  name: guarded
  namespace: mesh
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"spec":"${planted('last-applied')}"}'
    example.com/api-key: ${planted('annotation')}
    example.com/note: 'login with Bearer ${planted('bearer-annotation')}'
spec:
  selector: { matchLabels: { app: ingress } }
  listener:
    spec: { HTTP: { port: 9000 } }
    rules:
      - match: { op: test, path: /HTTP/headers/authorization, value: 'Bearer ${planted('match')}' }
        action:
          rewrite: [{ path: /HTTP/headers/x-api-key, valueStr: '"${planted('rewrite')}"' }]
          route: { destination: { spec: { Echo: {} } } }
      - match: { op: test, path: /HTTP/headers/x-auth-token, value: ${planted('header')} }
        action: { route: { destination: { spec: { Echo: {} } } } }
status:
  conditions: [{ type: Accepted, status: 'False', reason: Invalid, message: 'https://me:${planted('url')}@example.com' }]
`

const leakyProxy = (port: number) =>
  `${proxyPod(port)}  containerStatuses: [{ name: l7mp, restartCount: 1, state: { waiting: { reason: Error, message: 'password=${planted('state')}' } } }]
`.replace(
    'spec:\n  containers:\n    - name: l7mp',
    `spec:
  containers:
    - name: other
      image: example.com/other@sha256:${HEX.replaceAll('b', 'c')}
      command: [sh, -c, 'login --password ${planted('command')}']
      args: ['--token=${planted('arg')}', --api-key, '${planted('next-arg')}', '${JWT}']
      env:
        - { name: HARMLESS, value: '${planted('env')}' }
        - { name: FROM, valueFrom: { secretKeyRef: { name: a-secret, key: token } } }
      livenessProbe: { httpGet: { port: 1, httpHeaders: [{ name: Authorization, value: ${planted('probe')} }] } }
    - name: l7mp`,
  )

const LOG = `listening
Authorization: Bearer ${planted('log-bearer')}
Cookie: ${planted('log-cookie')}
{"level":"info","token":"${planted('log-json')}","text":"{\\"password\\":\\"${planted('log-nested')}\\"}"}
GET http://user:${planted('log-url')}@host/?access_token=${planted('log-query')}&x=1
${JWT}
${HEX}
${PEM}
AKIAIOSFODNN7PLANTED ghp_PLANTEDplantedPLANTED0
c2VjcmV0QmFzZTY0VmFsdWVQTEFOVEVE0aZ=
the token of this shell: local-token-PLANTED
done
`

describe('secrets', () => {
  beforeEach(() => {
    cluster.apply(leakyProxy(proxy.port), operatorPod, guarded)
    complete()
    log('mesh/ingress', LOG)
    log('l7mp/operator-1', LOG)
    const regarding = { kind: 'Pod', namespace: 'mesh', name: 'ingress' }
    const metadata = { name: 'e', namespace: 'mesh', resourceVersion: '1' }
    const items = [{ metadata, regarding, note: `secret: ${planted('event')}` }]
    cluster.answers.set(`GET ${EVENTS}`, { body: { metadata: { resourceVersion: '1' }, items } })
  })

  const variables = { L7MESH_TOKEN: 'local-token-PLANTED' }

  it('are nowhere in the archive', async () => {
    const { out, everything, files } = await collect({ variables })
    expect([...everything.matchAll(/.{0,60}PLANTED.{0,20}/gi)].map(([text]) => text)).toEqual([])
    for (const secret of [JWT, HEX, 'token-of-the-user', 'c2VjcmV0QmFzZTY0']) expect(everything).not.toContain(secret)
    expect(out).not.toContain('PLANTED')
    // It is not that there is nothing at all.
    expect(files.get('logs/mesh_ingress_l7mp.log')).toMatch(/^listening\n[\s\S]*done\n$/)
    expect(files.get('pods/mesh_ingress.yaml')).toContain('name: HARMLESS')
    expect(files.get('pods/mesh_ingress.yaml')).toContain('sha256:')
    expect(files.get('resources/virtualservices.yaml')).toContain('/HTTP/headers/x-auth-token')
    expect(files.get('proxies/mesh_ingress/desired.yaml')).toContain('/HTTP/headers/x-api-key')
  })

  it('are not in the live configs of proxies', async () => {
    await fetch(`${proxy.origin}/api/v1/rules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        rule: {
          name: 'guard-of-the-controller',
          match: { op: 'test', path: '/HTTP/headers/authorization', value: `Bearer ${planted('controller')}` },
          action: { route: 'l7mp-controller' },
        },
      }),
    })
    const { everything, files } = await collect({ variables })
    expect(files.get('proxies/mesh_ingress/others.yaml')).toContain('guard-of-the-controller')
    expect(everything).not.toContain('PLANTED')
  })

  it('are not requested', async () => {
    await collect({ variables })
    expect(cluster.requests.filter(({ path }) => /secrets|configmaps/.test(path))).toEqual([])
    expect(cluster.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
