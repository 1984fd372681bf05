import { expect, it } from 'vitest'
import type { KubeClient, KubeRequest } from '../../src/kube/kube-client.ts'
import { KubeError, type KubeErrorCode } from '../../src/kube/kube-error.ts'
import type { LeaseDraft } from '../../src/kube/lease.ts'
import { leaseStore } from '../../src/kube/lease-store.ts'

const { signal } = new AbortController()
const DRAFT: LeaseDraft = {
  holder: 'pod-1_42',
  duration: 10_000,
  transitions: 1,
  acquiredAt: undefined,
  metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
}
const HELD = {
  metadata: { name: 'l7mesh', resourceVersion: '7', labels: { team: 'games' } },
  spec: {
    holderIdentity: 'pod-2_43',
    leaseDurationSeconds: 15,
    leaseTransitions: 3,
    acquireTime: '2026-01-01T00:00:00Z',
  },
}

/** A store whose API server returns this response, or fails with this error. */
function storeWith(response: unknown) {
  const calls: KubeRequest[] = []
  const request: KubeClient['request'] = async call => {
    calls.push(call)
    if (response instanceof Error) throw response
    return response
  }
  const now = () => new Date('2026-01-02T03:04:05.678Z')
  const store = leaseStore({ client: { request } as KubeClient, namespace: 'mesh', name: 'l7mesh', now })
  return { store, calls }
}

const failing = (code: KubeErrorCode) => storeWith(new KubeError(code, 'no'))

it('reads the holder and the duration', async () => {
  const { store, calls } = storeWith(HELD)
  expect(await store.read(signal)).toEqual({
    version: '7',
    holder: 'pod-2_43',
    duration: 15_000,
    transitions: 3,
    acquiredAt: '2026-01-01T00:00:00Z',
    metadata: HELD.metadata,
  })
  expect(calls).toMatchObject([{ path: '/apis/coordination.k8s.io/v1/namespaces/mesh/leases/l7mesh' }])
})

it('reads a Lease without a spec as released', async () => {
  const { store } = storeWith({ metadata: { resourceVersion: '1' } })
  expect(await store.read(signal)).toMatchObject({ holder: '', duration: 0, transitions: 0 })
})

it('updates the version that it read, and keeps the metadata of others', async () => {
  const { store, calls } = storeWith(HELD)
  await store.write(DRAFT, '6', signal)
  expect(calls).toMatchObject([
    {
      method: 'PUT',
      body: {
        metadata: { name: 'l7mesh', resourceVersion: '6', labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
        spec: {
          holderIdentity: 'pod-1_42',
          leaseDurationSeconds: 10,
          leaseTransitions: 1,
          acquireTime: '2026-01-02T03:04:05.678000Z',
          renewTime: '2026-01-02T03:04:05.678000Z',
        },
      },
    },
  ])
})

it('creates the Lease if none exists', async () => {
  const { store, calls } = storeWith(HELD)
  await store.write({ ...DRAFT, metadata: {} }, undefined, signal)
  expect(calls).toMatchObject([{ method: 'POST', path: '/apis/coordination.k8s.io/v1/namespaces/mesh/leases' }])
})

it.each<[KubeErrorCode, string | undefined]>([
  ['conflict', '6'],
  ['not-found', '6'],
  ['already-exists', undefined],
])('reports a lost race as a conflict: %s', async (code, version) => {
  expect(await failing(code).store.write(DRAFT, version, signal)).toBe('conflict')
})

it('returns undefined for a missing Lease, and rejects on other failures', async () => {
  expect(await failing('not-found').store.read(signal)).toBeUndefined()
  await expect(failing('timeout').store.read(signal)).rejects.toThrow('no')
  await expect(failing('timeout').store.write(DRAFT, '6', signal)).rejects.toThrow('no')
  await expect(failing('not-found').store.write(DRAFT, undefined, signal)).rejects.toThrow('no')
  await expect(storeWith('<html>').store.read(signal)).rejects.toThrow('invalid Lease')
})
