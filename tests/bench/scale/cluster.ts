/**
 * The fake API server of the tests, behind a proxy that also accepts the writes of an operator: statuses, which the watch
 * delivers, and events and leases, which are discarded.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request as open, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { FakeApiServer } from '../../../operator/src/kube/testing/api-server.ts'
import type { ServedKind } from '../../../operator/src/kube/testing/object-store.ts'
import { ALL_KINDS, ENDPOINT_SLICE, POD, SERVICE, VIRTUAL_SERVICE } from '../../../operator/test/support/kinds.ts'
import { endpointSlice, keyOf, proxyPod, service, virtualService } from './manifests.ts'

export class ScaleCluster {
  readonly #api: FakeApiServer
  readonly #door = createServer((request, response) => void this.#answer(request, response))
  /** When a status was last written, in milliseconds since the epoch. */
  lastWrite = 0

  private constructor(api: FakeApiServer) {
    this.#api = api
  }

  static async start(): Promise<ScaleCluster> {
    const cluster = new ScaleCluster(await FakeApiServer.start(ALL_KINDS))
    await once(cluster.#door.listen(0, '127.0.0.1'), 'listening')
    return cluster
  }

  kubeconfig(): string {
    const { port } = this.#door.address() as AddressInfo
    return JSON.stringify({
      clusters: [{ name: 'bench', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'me', user: { token: 'token' } }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'me' } }],
      'current-context': 'bench',
    })
  }

  putProxy(index: number, address: string, port: number): void {
    this.#api.store.put(POD, proxyPod(index, address, port))
  }

  removeProxy(index: number, address: string, port: number): void {
    this.#remove(POD, keyOf(proxyPod(index, address, port)))
  }

  putVirtualService(index: number, edit = 0): void {
    this.#api.store.put(VIRTUAL_SERVICE, virtualService(index, edit))
  }

  removeVirtualService(index: number): void {
    this.#remove(VIRTUAL_SERVICE, keyOf(virtualService(index)))
  }

  putService(index: number): void {
    this.#api.store.put(SERVICE, service(index))
  }

  putEndpoint(index: number, edit = 0): void {
    this.#api.store.put(ENDPOINT_SLICE, endpointSlice(index, edit))
  }

  /** Whether every VirtualService has a status. */
  isTold(): boolean {
    return this.#api.store.list(VIRTUAL_SERVICE, undefined).every(({ status }) => status !== undefined)
  }

  async close(): Promise<void> {
    this.#door.closeAllConnections()
    this.#door.close()
    await this.#api.close()
  }

  #remove(kind: ServedKind, key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    this.#api.store.delete(kind, namespace, name)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '' } = request
    if (method === 'GET') return forward(`${this.#api.url}${url}`, response)
    const body = JSON.parse(await text(request))
    const [, name] = /\/virtualservices\/([^/]+)\/status\?/.exec(url) ?? []
    if (name !== undefined) this.#tell(body.metadata.namespace, name, body.status)
    response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #tell(namespace: string, name: string, status: object): void {
    this.lastWrite = performance.timeOrigin + performance.now()
    const object = this.#api.store.get(VIRTUAL_SERVICE, namespace, name)
    if (object) this.#api.store.put(VIRTUAL_SERVICE, { ...object, status })
  }
}

/** Forwards a response while it is received, because that of a watch does not end. */
function forward(url: string, response: ServerResponse): void {
  const onward = open(url, answer => {
    response.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' }).flushHeaders()
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  onward.end()
}
