/**
 * Writes to the owners of resources with `updateOwners` which generations were applied, by a merge patch of their status.
 * Owners are of any kind, so the path of each kind is discovered from the API server.
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

/** The endpoint of a kind. */
type OwnerEndpoint = { readonly plural: string; readonly isNamespaced: boolean; readonly hasStatus: boolean }

export class OwnerWriter {
  readonly #options: OwnerWriterOptions
  readonly #outbox: Outbox
  /** What was last written to each owner, by its uid. */
  readonly #written = new Map<string, OwnerUpdate['applied']>()
  readonly #endpoints = new Map<string, OwnerEndpoint>()

  constructor(options: OwnerWriterOptions) {
    this.#options = options
    this.#outbox = new Outbox({ ...options, burst: options.rate })
  }

  want(updates: readonly OwnerUpdate[]): void {
    const writes = updates
      .filter(({ owner, applied }) => !isDeepStrictEqual(this.#written.get(owner.uid), applied))
      .map((update): PendingWrite => ({ key: update.owner.uid, send: signal => this.#write(update, signal) }))
    const uids = new Set(updates.map(({ owner }) => owner.uid))
    for (const uid of this.#written.keys()) if (!uids.has(uid)) this.#written.delete(uid)
    this.#outbox.want(writes)
  }

  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#outbox.run(signal)
  }

  async #write({ owner, namespace, applied }: OwnerUpdate, signal: AbortSignal): Promise<void> {
    const { apiVersion, kind, name, uid } = owner
    const { plural, isNamespaced, hasStatus } = await this.#endpointOf(apiVersion, kind, signal)
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
    this.#written.set(uid, applied)
  }

  async #endpointOf(apiVersion: string, kind: string, signal: AbortSignal): Promise<OwnerEndpoint> {
    const key = `${apiVersion} ${kind}`
    const endpoint = this.#endpoints.get(key) ?? endpointIn(await this.#kindsOf(apiVersion, signal), kind)
    if (!endpoint) throw new KubeError('not-found', `the API server has no kind ${kind} in ${apiVersion}`)
    this.#endpoints.set(key, endpoint)
    return endpoint
  }

  async #kindsOf(apiVersion: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const response = await this.#options.client.request({ path: versionPath(apiVersion), signal })
    return isRecord(response) && Array.isArray(response.resources) ? response.resources : []
  }
}

function versionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

function endpointIn(resources: readonly unknown[], kind: string): OwnerEndpoint | undefined {
  const names = resources.filter(isRecord)
  const found = names.find(resource => resource.kind === kind && !String(resource.name).includes('/'))
  if (!found) return undefined
  const plural = String(found.name)
  const hasStatus = names.some(({ name }) => name === `${plural}/status`)
  return { plural, isNamespaced: found.namespaced === true, hasStatus }
}
