/**
 * The part of an API server that statuses and events need: server-side apply of a status, and a watch that delivers every
 * change with a delay. Responses are delayed, and faults can be injected.
 */
import type { KubeClient, KubeRequest } from '../../../src/kube/kube-client.ts'
import { KubeError } from '../../../src/kube/kube-error.ts'
import type { LiveResource } from '../../../src/sources/kubernetes/validated-resource.ts'
import type { VirtualTime } from '../../support/virtual-time.ts'

type Condition = { readonly type: string; readonly status: string }
type Status = { readonly conditions?: readonly Condition[]; readonly [field: string]: unknown }
type Stored = { readonly uid: string; readonly status: Status }

export class FakeServer implements Pick<KubeClient, 'request'> {
  readonly server = ''
  readonly namespace = undefined
  readonly title = 'fake'
  /** All calls, including failed ones. */
  readonly calls: KubeRequest[] = []
  /** Fails the call with what it returns. */
  fault: (request: KubeRequest) => KubeError | undefined = () => undefined
  /** Responses to other reads, by path. */
  readonly pages = new Map<string, unknown>()
  /** Called when the watch delivers an event. */
  onWatch = () => {}
  /** In milliseconds. */
  latency = 5
  readonly #time: VirtualTime
  readonly #stored = new Map<string, Stored>()
  readonly #watched = new Map<string, LiveResource>()

  constructor(time: VirtualTime) {
    this.#time = time
  }

  put(key: string, stored: Stored): void {
    this.#stored.set(key, stored)
    this.#watched.set(key, stored)
  }

  remove(key: string): void {
    this.#stored.delete(key)
  }

  /** As delivered by the watch. */
  live = (key: string): LiveResource | undefined => this.#watched.get(key)

  status(key: string): Status {
    return this.#stored.get(key)?.status ?? {}
  }

  async request(request: KubeRequest): Promise<unknown> {
    this.calls.push(request)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#time.at(this.#time.now + this.latency, resolve)
    await promise
    const fault = this.fault(request)
    if (fault) throw fault
    if (request.method === undefined) return this.#page(request.path)
    return request.contentType === 'application/apply-patch+yaml' ? this.#apply(request) : {}
  }

  text = (): never => missing()
  stream = (): never => missing()
  close = (): never => missing()

  #page(path: string): unknown {
    const page = this.pages.get(path)
    if (page === undefined) throw new KubeError('not-found', `GET ${path}: not found`)
    return page
  }

  #apply({ path, body }: KubeRequest): unknown {
    const { kind, metadata, status } = body as { kind: string; metadata: { uid: string }; status: Status }
    const [, namespace, name] = /namespaces\/([^/]+)\/[^/]+\/([^/]+)\/status$/.exec(path) ?? []
    const key = `${kind}/${namespace}/${name}`
    const stored = this.#stored.get(key)
    if (!stored) throw new KubeError('not-found', `${key} not found`)
    if (stored.uid !== metadata.uid) throw new KubeError('conflict', 'the UID in the precondition is another one')
    const ours = new Set(status.conditions?.map(({ type }) => type))
    const others = stored.status.conditions?.filter(({ type }) => !ours.has(type)) ?? []
    const merged = { ...stored.status, ...status, conditions: [...(status.conditions ?? []), ...others] }
    const now = { uid: stored.uid, status: merged }
    this.#stored.set(key, now)
    this.#time.at(this.#time.now + this.latency, () => {
      this.#watched.set(key, now)
      this.onWatch()
    })
    return now
  }
}

function missing(): never {
  throw new Error('this server has nothing of the kind')
}
