import { expect, it, onTestFinished } from 'vitest'
import { KubeError } from '../../../src/kube/kube-error.ts'
import { OwnerWriter } from '../../../src/report/kubernetes/owner-writer.ts'
import type { OwnerUpdate } from '../../../src/report/owners.ts'
import { VirtualTime } from '../../support/virtual-time.ts'
import { FakeServer } from './fake-server.ts'

const APPLIED = { '/l7mp.io/v1/Rule/dns/a': 3 }

const owned = (apiVersion: string, kind: string, applied: OwnerUpdate['applied'] = APPLIED): OwnerUpdate => ({
  owner: { apiVersion, kind, name: 'shop', uid: `uid of ${kind}` },
  namespace: 'dns',
  applied,
})

function world() {
  const time = new VirtualTime()
  const server = new FakeServer(time)
  server.pages.set('/apis/example.org/v1', {
    resources: [
      { name: 'shops', kind: 'Shop', namespaced: true },
      { name: 'shops/status', kind: 'Shop', namespaced: true },
      { name: 'planets', kind: 'Planet', namespaced: false },
    ],
  })
  const failures: unknown[] = []
  const owners = new OwnerWriter({
    client: server,
    clock: time.clock,
    rate: 10,
    fraction: () => 1,
    mayWrite: () => true,
    onFailure: error => failures.push(error),
  })
  const stopped = new AbortController()
  const ended = owners.run(stopped.signal)
  onTestFinished(async () => {
    stopped.abort()
    await time.pass(60_000)
    await ended
  })
  const writes = () => server.calls.filter(({ method }) => method === 'PATCH')
  return { time, server, owners, failures, writes }
}

it('adds a field to the status of an owner', async () => {
  const { time, owners, writes } = world()
  owners.want([owned('example.org/v1', 'Shop')])
  await time.pass(100)
  expect(writes()).toMatchObject([
    {
      path: '/apis/example.org/v1/namespaces/dns/shops/shop/status',
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid: 'uid of Shop' }, status: { children: { applied: APPLIED } } },
    },
  ])
})

it('finds owners without a status subresource and without a namespace', async () => {
  const { time, owners, writes } = world()
  owners.want([owned('example.org/v1', 'Planet')])
  await time.pass(100)
  expect(writes()).toMatchObject([{ path: '/apis/example.org/v1/planets/shop' }])
})

it('writes only changes, and discovers each kind once', async () => {
  const { time, server, owners, writes } = world()
  for (let round = 0; round < 3; round++) {
    owners.want([owned('example.org/v1', 'Shop')])
    await time.pass(100)
  }
  expect(server.calls).toHaveLength(2)
  owners.want([owned('example.org/v1', 'Shop', { '/l7mp.io/v1/Rule/dns/a': 4 })])
  await time.pass(100)
  expect(writes()).toHaveLength(2)
  expect(server.calls).toHaveLength(3)
})

it('continues with other owners if the kind of one is missing, and discovers it again later', async () => {
  const { time, server, owners, writes, failures } = world()
  owners.want([owned('gone.org/v1', 'Ghost'), owned('example.org/v1', 'Shop')])
  await time.pass(400)
  expect(writes()).toHaveLength(1)
  // A recent deletion is not a failure yet.
  expect(failures).toEqual([])
  owners.want([owned('gone.org/v1', 'Ghost')])
  await time.pass(5000)
  expect(failures).toEqual([expect.any(KubeError)])
  server.pages.set('/apis/gone.org/v1', { resources: [{ name: 'ghosts', kind: 'Ghost', namespaced: true }] })
  await time.pass(60_000)
  expect(writes()).toHaveLength(2)
})
