/**
 * A fake cluster for tests of commands: the API server of the tests, with the additional requests of commands: single
 * objects, leases, logs, patches, and the pod proxy.
 */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { FakeApiServer, type FakeRequest } from '../../../src/kube/testing/api-server.ts'
import type { NewObject } from '../../../src/kube/testing/object-store.ts'
import { ALL_KINDS, POD } from '../../support/kinds.ts'

export type TestCluster = {
  readonly api: FakeApiServer
  /** The path of a kubeconfig whose context is in the namespace `mesh`. */
  readonly kubeconfig: string
  /** Every request so far. */
  readonly requests: readonly { readonly method: string; readonly path: string }[]
  /** Responses to single requests, by `METHOD PATH` without the query. */
  readonly answers: Map<string, Answer>
  /** Leases, by `NAMESPACE/NAME`. */
  readonly leases: Map<string, Stored>
  /** Responds with 403 if this returns true. */
  forbid: (request: { readonly method: string; readonly path: string }) => boolean
  /** Puts all documents of the texts there. */
  apply(...texts: readonly string[]): void
}

type Answer = { readonly status?: number; readonly body: string | object }
type Stored = { readonly metadata: object; readonly spec: object }

export async function startCluster(): Promise<TestCluster> {
  const api = await FakeApiServer.start(ALL_KINDS)
  const server = createServer((request, response) => void answer(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-cluster-'))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    await api.close()
    await rm(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, kubeconfigFor(url))
  const requests: { method: string; path: string }[] = []
  const cluster: TestCluster = {
    api,
    kubeconfig,
    requests,
    answers: new Map(),
    leases: new Map(),
    forbid: () => false,
    apply(...texts) {
      for (const document of texts.flatMap(one => parseAllDocuments(one))) put(api, document.toJS())
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', url)
    const asked = { method: request.method ?? 'GET', path: pathname }
    requests.push(asked)
    if (cluster.forbid(asked)) return send(response, refusal(403, 'Forbidden', `${pathname} is forbidden`))
    const known = cluster.answers.get(`${asked.method} ${asked.path}`)
    if (known) return send(response, known)
    const body = await text(request)
    const own =
      leaseAnswer(cluster, asked, body) ?? patchAnswer(api, asked, body) ?? (await podAnswer(api, asked, search))
    send(response, own ?? (await forwarded(`${api.url}${request.url}`)))
  }
  return cluster
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'token-of-the-user' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'me', namespace: 'mesh' } }],
    'current-context': 'test',
  })
}

function put(api: FakeApiServer, object: NewObject & { readonly kind: string }): void {
  const kind = ALL_KINDS.find(known => known.kind === object.kind)
  if (!kind) throw new Error(`no kind ${object.kind}`)
  api.store.put(kind, object)
}

function send(response: ServerResponse, { status = 200, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function refusal(code: number, reason: string, message: string): Answer {
  return { status: code, body: { kind: 'Status', code, reason, message } }
}

async function forwarded(url: string): Promise<Answer> {
  try {
    const found = await fetch(url)
    return { status: found.status, body: await found.text() }
  } catch {
    return refusal(503, 'ServiceUnavailable', 'error trying to reach service: connection refused')
  }
}

const LEASES = /^\/apis\/coordination.k8s.io\/v1\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/

function leaseAnswer(
  { leases }: TestCluster,
  { method, path }: Pick<FakeRequest, 'method' | 'path'>,
  text: string,
): Answer | undefined {
  const [matched, namespace, named] = LEASES.exec(path) ?? []
  if (!matched) return undefined
  if (method !== 'GET') return leaseWritten(leases, namespace, JSON.parse(text))
  const held = leases.get(`${namespace}/${named}`)
  return held ? { body: held } : refusal(404, 'NotFound', `leases "${named}" not found`)
}

/** Where it was read before, with the version of then. */
function leaseWritten(leases: TestCluster['leases'], namespace: string | undefined, sent: Stored): Answer {
  const { name, resourceVersion }: { name?: string; resourceVersion?: string } = sent.metadata
  const key = `${namespace}/${name}`
  const version: unknown = Reflect.get(leases.get(key)?.metadata ?? {}, 'resourceVersion')
  if (resourceVersion !== version) return refusal(409, 'Conflict', 'the lease has changed')
  const stored = { ...sent, metadata: { ...sent.metadata, resourceVersion: `${Number(version ?? 0) + 1}` } }
  leases.set(key, stored)
  return { body: stored }
}

/** Applies a JSON patch to the metadata of a pod; only `remove` and `test` are supported. */
function patchAnswer(
  { store }: FakeApiServer,
  { method, path }: Pick<FakeRequest, 'method' | 'path'>,
  text: string,
): Answer | undefined {
  const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/.exec(path) ?? []
  if (method !== 'PATCH' || namespace === undefined || name === undefined) return undefined
  const pod = store.get(POD, namespace, name)
  if (!pod) return refusal(404, 'NotFound', `pods "${name}" not found`)
  const finalizers = [...(pod.metadata.finalizers as readonly string[])]
  for (const { op, path: at, value } of JSON.parse(text)) {
    const index = Number(/^\/metadata\/finalizers\/(\d+)$/.exec(at)?.[1])
    if (op === 'test' && finalizers[index] !== value) return refusal(422, 'Invalid', 'the test failed')
    if (op === 'remove') finalizers.splice(index, 1)
  }
  return { body: store.put(POD, { ...pod, metadata: { ...pod.metadata, finalizers } }) }
}

async function podAnswer(
  { store }: FakeApiServer,
  { path }: Pick<FakeRequest, 'path'>,
  search: string,
): Promise<Answer | undefined> {
  const [, namespace = '', name = '', port, target] =
    /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/:]+):(\d+)\/proxy(\/.*)$/.exec(path) ?? []
  if (port === undefined) return undefined
  const pod = store.get(POD, namespace, name)
  const address = Reflect.get(Object(pod?.status), 'podIP')
  return forwarded(`http://${address}:${port}${target}${search}`)
}
