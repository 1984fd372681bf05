/** The transitions of conditions of resources, as reported by a watch of the API server. */
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
  /** `KIND/NAME TYPE STATUS`, in order. */
  readonly all: string[] = []
  readonly #last = new Map<string, string>()
  readonly #ending = new AbortController()
  #ended: Promise<unknown> = Promise.resolve()

  /** Resolves when the watch is established. */
  static async watch(client: KubeClient, namespace: string): Promise<Transitions> {
    const transitions = new Transitions()
    const ends = await Promise.all(PLURALS.map(plural => transitions.#begin(client, namespace, plural)))
    transitions.#ended = Promise.all(ends.map(({ end }) => end))
    return transitions
  }

  /** Of one resource, and of earlier ones of the same name: `Accepted True` */
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
    // A new kind cannot be watched immediately.
    const { value: batches } = await until(`a watch of ${plural}`, () => client.stream(request).catch(unlessBusy))
    const read = async () => {
      for await (const lines of batches) for (const line of lines) this.#take(JSON.parse(line))
    }
    // Aborts when it is stopped.
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
