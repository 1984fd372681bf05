/**
 * Writes statuses to the API server by server-side apply: only the fields that l7mesh owns, and only if the live object
 * differs. The live object comes from the watch; a write is remembered until the watch delivers the object again. Transient
 * states are not written, so that conditions do not flap.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../clock.ts'
import { apiVersionOf, type ResourceKind, rowOf } from '../../kinds/kinds.ts'
import { collectionPath } from '../../kube/collection.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { LiveResource } from '../../sources/kubernetes/validated-resource.ts'
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { ConditionReason } from '../reasons.ts'
import type { ResourceStatus } from '../status.ts'
import { conditionsHeld, statusToApply } from './applied-status.ts'
import { Outbox, type OutboxOptions, type PendingWrite } from './outbox.ts'

export type ResourceStatusWriterOptions = Pick<OutboxOptions, 'mayWrite' | 'fraction' | 'onFailure'> & {
  readonly client: KubeClient
  readonly clock: Clock
  /** Writes per second, on average. */
  readonly rate: number
}

/** The owner of the fields that l7mesh applies, as `kubectl get --show-managed-fields` shows it. */
export const FIELD_MANAGER = 'l7mesh'

/** Reasons that are transient most of the time, and how long they must last to be written, in milliseconds. */
const PASSING: ReadonlySet<ConditionReason> = new Set(['Pending', 'ProxyUnreachable'])
const PATIENCE = 3000
/** Likewise if endpoints were ready before: during a rollout there may be none for a moment. */
const PASSING_AFTER_READY: ReadonlySet<ConditionReason> = new Set(['NoEndpoints', 'EndpointsUnreachable'])

/** The burst, in seconds of the rate: the statuses of a large `kubectl apply` are written at once. */
const BURST = 4

export class ResourceStatusWriter {
  readonly #options: ResourceStatusWriterOptions
  readonly #outbox: Outbox
  /** The status that was written, and the live object that it replaced. */
  readonly #written = new Map<ResourceKey, { readonly over: LiveResource; readonly status: ResourceStatus }>()
  /** The status that the live object holds already. */
  readonly #settled = new Map<ResourceKey, { readonly over: LiveResource; readonly status: ResourceStatus }>()
  /** Since when each resource, in its present version, is in a transient state. */
  readonly #passing = new Map<ResourceKey, { readonly generation: number; readonly since: number }>()
  /** Those whose endpoints may be ready again in a moment. */
  readonly #unsure = new Set<ResourceKey>()

  /** Those of the last call. */
  #wanted: ReadonlyMap<ResourceKey, ResourceStatus> | undefined

  constructor(options: ResourceStatusWriterOptions) {
    this.#options = options
    this.#outbox = new Outbox({ ...options, burst: BURST * options.rate })
  }

  /**
   * Takes the newest statuses, and the live objects. Returns when to be called again even if nothing changes, in
   * milliseconds from now.
   */
  want(
    statuses: ReadonlyMap<ResourceKey, ResourceStatus>,
    liveOf: (key: ResourceKey) => LiveResource | undefined,
  ): number {
    const writes: PendingWrite[] = []
    let again = Number.POSITIVE_INFINITY
    for (const [key, status] of statuses) {
      const live = liveOf(key)
      const isSettled = this.#isSettled(key, live, status)
      // Most have nothing to wait for, and nothing to write.
      if (isSettled && !this.#passing.has(key)) continue
      const left = this.#patience(key, status, live)
      if (isSettled || !live || this.#isWritten(key, live, status)) continue
      if (left > 0) again = Math.min(again, left)
      else if (!statusToApply(status, live.status, this.#date())) this.#settled.set(key, { over: live, status })
      else writes.push({ key, send: signal => this.#write(key, live, status, signal) })
    }
    this.#forgetAllBut(statuses)
    this.#outbox.want(writes)
    return again
  }

  /** Resources whose status is not to be reported as an event either, since it may be transient. */
  unsure(): ReadonlySet<ResourceKey> {
    return this.#unsure
  }

  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#outbox.run(signal)
  }

  #isSettled(key: ResourceKey, live: LiveResource | undefined, status: ResourceStatus): boolean {
    const settled = this.#settled.get(key)
    return settled !== undefined && settled.status === status && settled.over === live
  }

  #isWritten(key: ResourceKey, live: LiveResource, status: ResourceStatus): boolean {
    const written = this.#written.get(key)
    if (written?.over === live) return isDeepStrictEqual(written.status, status)
    this.#written.delete(key)
    return false
  }

  /** How long to wait for a transient state to end, in milliseconds. */
  #patience(
    key: ResourceKey,
    { conditions, observedGeneration: generation }: ResourceStatus,
    live: LiveResource | undefined,
  ): number {
    this.#unsure.delete(key)
    const isUnsure = conditions.some(({ reason }) => PASSING_AFTER_READY.has(reason)) && hadEndpoints(live)
    if (!isUnsure && !conditions.some(({ reason }) => PASSING.has(reason))) {
      this.#passing.delete(key)
      return 0
    }
    const now = this.#options.clock.now()
    const before = this.#passing.get(key)
    const { since } = before?.generation === generation ? before : { since: now }
    this.#passing.set(key, { generation, since })
    const left = Math.max(0, since + PATIENCE - now)
    if (isUnsure && left > 0) this.#unsure.add(key)
    return left
  }

  #forgetAllBut(statuses: ReadonlyMap<ResourceKey, ResourceStatus>): void {
    if (statuses === this.#wanted) return
    this.#wanted = statuses
    for (const known of [this.#written, this.#settled, this.#passing])
      for (const key of known.keys()) if (!statuses.has(key)) known.delete(key)
    for (const key of this.#unsure) if (!statuses.has(key)) this.#unsure.delete(key)
  }

  async #write(key: ResourceKey, live: LiveResource, wanted: ResourceStatus, signal: AbortSignal): Promise<void> {
    const [kind, namespace, name] = key.split('/') as [ResourceKind, string, string]
    const row = rowOf(kind)
    const { client, mayWrite } = this.#options
    const status = statusToApply(wanted, live.status, this.#date())
    this.#written.set(key, { over: live, status: wanted })
    try {
      await client.request({
        method: 'PATCH',
        path: `${collectionPath({ ...row, namespace })}/${name}/status`,
        query: { fieldManager: FIELD_MANAGER, force: true },
        contentType: 'application/apply-patch+yaml',
        // With the uid, another object of the same name is not mistaken for this one.
        body: { apiVersion: apiVersionOf(row), kind, metadata: { name, namespace, uid: live.uid }, status },
        signal,
        mayWrite,
      })
    } catch (error) {
      this.#written.delete(key)
      throw error
    }
  }

  #date(): Date {
    return new Date(this.#options.clock.now())
  }
}

function hadEndpoints(live: LiveResource | undefined): boolean {
  return conditionsHeld(live?.status).some(({ type, reason }) => type === 'EndpointsReady' && reason === type)
}
