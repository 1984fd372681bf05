/** Reads and writes a Lease (coordination.k8s.io/v1) of the API server for the elector. */
import { isRecord } from '@l7mesh/crds'
import type { KubeClient } from './kube-client.ts'
import { KubeError } from './kube-error.ts'
import type { Lease, LeaseDraft, LeaseStore } from './lease.ts'

export type LeaseStoreOptions = {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  readonly now: () => Date
}

export function leaseStore({ client, namespace, name, now }: LeaseStoreOptions): LeaseStore {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  return {
    async read(signal) {
      try {
        return parseLease(await client.request({ path: `${leases}/${name}`, signal }))
      } catch (error) {
        if (codeOf(error) === 'not-found') return undefined
        throw error
      }
    },
    async write(draft, version, signal) {
      const resourceVersion = version === undefined ? {} : { resourceVersion: version }
      const body = documentOf(draft, { ...draft.metadata, name, namespace, ...resourceVersion }, now())
      try {
        if (version === undefined)
          return parseLease(await client.request({ method: 'POST', path: leases, body, signal }))
        return parseLease(await client.request({ method: 'PUT', path: `${leases}/${name}`, body, signal }))
      } catch (error) {
        if (isOvertaken(error, version)) return 'conflict'
        throw error
      }
    },
  }
}

/** A Lease that existed and is not found was deleted; if none existed, it is the namespace that is not found. */
function isOvertaken(error: unknown, version: string | undefined): boolean {
  const code = codeOf(error)
  return code === 'conflict' || code === 'already-exists' || (code === 'not-found' && version !== undefined)
}

function codeOf(error: unknown): KubeError['code'] | undefined {
  return error instanceof KubeError ? error.code : undefined
}

/** The times are informational: leadership is decided by versions alone. */
function documentOf({ holder, duration, transitions, acquiredAt }: LeaseDraft, metadata: object, now: Date): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(duration / 1000),
      leaseTransitions: transitions,
      acquireTime: acquiredAt ?? microTime(now),
      renewTime: microTime(now),
    },
  }
}

function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z')
}

function parseLease(response: unknown): Lease {
  const { metadata, spec } = isRecord(response) ? response : {}
  if (!isRecord(metadata) || typeof metadata.resourceVersion !== 'string')
    throw new KubeError('server-fault', 'the API server returned an invalid Lease')
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime } = isRecord(spec) ? spec : {}
  return {
    version: metadata.resourceVersion,
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    duration: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    acquiredAt: typeof acquireTime === 'string' ? acquireTime : undefined,
    metadata,
  }
}
