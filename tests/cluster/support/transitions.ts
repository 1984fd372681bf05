/** What conditions of resources have changed, each time, as a watch of the API server tells it. */
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import { KubeError } from '../../../operator/src/kube/kube-error.ts'
import { until } from '../../support/until.ts'

type Condition = { readonly type: string; readonly status: string }
type Told = {
  readonly type: string
  readonly object: {
    readonly kind: string
    readonly metadata: { readonly name: string; readonly uid: string }
    readonly status?: { readonly conditions?: readonly Condition[] }
  }
}

const PLURALS = ['virtualservices', 'targets', 'rules', 'routes']

export class Transitions {
  /** `KIND/NAME TYPE STATUS`, in the order in which it was told. */
  readonly all: string[] = []
  readonly #last = new Map<string, string>()
  readonly #ending = new AbortController()
  #ended: Promise<unknown> = Promise.resolve()

  /** Resolves when it watches. */
  static async watch(client: KubeClient, namespace: string): Promise<Transitions> {
    const transitions = new Transitions()
    const ends = await Promise.all(PLURALS.map(plural => transitions.#begin(client, namespace, plural)))
    transitions.#ended = Promise.all(ends.map(({ end }) => end))
    return transitions
  }

  /** Of one resource, and of those that had its name before: `Accepted True` */
  of(kind: string, name: string): readonly string[] {
    const prefix = `${kind}/${name} `
    return this.all.filter(text => text.startsWith(prefix)).map(text => text.slice(prefix.length))
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#ended
  }

  async #begin(client: KubeClient, namespace: string, plural: string): Promise<{ readonly end: Promise<void> }> {
    const path = `/apis/l7mp.io/v1/namespaces/${namespace}/${plural}`
    const query = { watch: true, timeoutSeconds: 3600 }
    const request = { path, query, silenceMs: 3_600_000, signal: this.#ending.signal }
    // A kind that is new to the API server cannot be watched at once.
    const { value: batches } = await until(`a watch of ${plural}`, () => client.stream(request).catch(unlessBusy))
    const read = async () => {
      for await (const lines of batches) for (const line of lines) this.#take(JSON.parse(line))
    }
    // Breaks off when it is ended.
    return { end: read().catch(() => {}) }
  }

  #take({ type, object: { kind, metadata, status } }: Told): void {
    if (type === 'DELETED') return
    for (const condition of status?.conditions ?? []) {
      const key = `${metadata.uid} ${condition.type}`
      if (this.#last.get(key) === condition.status) continue
      this.#last.set(key, condition.status)
      this.all.push(`${kind}/${metadata.name} ${condition.type} ${condition.status}`)
    }
  }
}

function unlessBusy(error: unknown): undefined {
  if (!(error instanceof KubeError && error.code === 'too-many-requests')) throw error
}
