/**
 * Tells the owners of resources that ask for it (`updateOwners`) what was applied, by a merge patch of their status: it
 * adds to what is there. Owners are of any kind, so the API server is asked where each kind is found.
 */
import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@l7mesh/crds'
import type { KubeClient } from '../../kube/kube-client.ts'
import { KubeError } from '../../kube/kube-error.ts'
import type { OwnerUpdate } from '../owners.ts'
import { Outbox, type OutboxOptions, type PendingWrite } from './outbox.ts'

export type OwnerWriterOptions = Pick<OutboxOptions, 'clock' | 'rate' | 'mayWrite' | 'fraction' | 'onFailure'> & {
  readonly client: KubeClient
}

/** Where objects of a kind are found. */
type OwnerEndpoint = { readonly plural: string; readonly isNamespaced: boolean; readonly hasStatus: boolean }

export class OwnerWriter {
  readonly #options: OwnerWriterOptions
  readonly #outbox: Outbox
  /** What each owner was told last, by its uid. */
  readonly #told = new Map<string, OwnerUpdate['applied']>()
  readonly #places = new Map<string, OwnerEndpoint>()

  constructor(options: OwnerWriterOptions) {
    this.#options = options
    this.#outbox = new Outbox({ ...options, burst: options.rate })
  }

  want(updates: readonly OwnerUpdate[]): void {
    const writes = updates
      .filter(({ owner, applied }) => !isDeepStrictEqual(this.#told.get(owner.uid), applied))
      .map((update): PendingWrite => ({ key: update.owner.uid, send: signal => this.#write(update, signal) }))
    const uids = new Set(updates.map(({ owner }) => owner.uid))
    for (const uid of this.#told.keys()) if (!uids.has(uid)) this.#told.delete(uid)
    this.#outbox.want(writes)
  }

  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#outbox.run(signal)
  }

  async #write({ owner, namespace, applied }: OwnerUpdate, signal: AbortSignal): Promise<void> {
    const { apiVersion, kind, name, uid } = owner
    const { plural, isNamespaced, hasStatus } = await this.#placeOf(apiVersion, kind, signal)
    const folder = isNamespaced ? `/namespaces/${namespace}` : ''
    const { client, mayWrite } = this.#options
    await client.request({
      method: 'PATCH',
      path: `${versionPath(apiVersion)}${folder}/${plural}/${encodeURIComponent(name)}${hasStatus ? '/status' : ''}`,
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid }, status: { children: { applied } } },
      signal,
      mayWrite,
    })
    this.#told.set(uid, applied)
  }

  async #placeOf(apiVersion: string, kind: string, signal: AbortSignal): Promise<OwnerEndpoint> {
    const key = `${apiVersion} ${kind}`
    const place = this.#places.get(key) ?? placeIn(await this.#kindsOf(apiVersion, signal), kind)
    if (!place) throw new KubeError('not-found', `the API server has no kind ${kind} in ${apiVersion}`)
    this.#places.set(key, place)
    return place
  }

  async #kindsOf(apiVersion: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const answer = await this.#options.client.request({ path: versionPath(apiVersion), signal })
    return isRecord(answer) && Array.isArray(answer.resources) ? answer.resources : []
  }
}

function versionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

function placeIn(resources: readonly unknown[], kind: string): OwnerEndpoint | undefined {
  const names = resources.filter(isRecord)
  const found = names.find(resource => resource.kind === kind && !String(resource.name).includes('/'))
  if (!found) return undefined
  const plural = String(found.name)
  const hasStatus = names.some(({ name }) => name === `${plural}/status`)
  return { plural, isNamespaced: found.namespaced === true, hasStatus }
}
