import { createValidator } from '@l7mesh/crds'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { FakeApiServer } from '../../../src/kube/testing/api-server.ts'
import type { NewObject, ServedKind } from '../../../src/kube/testing/object-store.ts'
import { type ClusterSource, clusterSource } from '../../../src/sources/kubernetes/cluster-source.ts'
import { connectTo, eventually, FAST, FAST_CLOCK, startServer } from '../../kube/support/reflect.ts'
import {
  ALL_KINDS,
  ENDPOINT_SLICE,
  MESH_KINDS,
  POD,
  ROUTE,
  RULE,
  SERVICE,
  TARGET,
  VIRTUAL_SERVICE,
} from '../../support/kinds.ts'

const { validate } = createValidator()

type Watched = { readonly source: ClusterSource; changes(): number }

async function follow(server: FakeApiServer, namespaces: readonly string[] = []): Promise<Watched> {
  const client = await connectTo(server)
  const source = clusterSource({ client, validate, namespaces, clock: FAST_CLOCK, random: () => 0.5, timing: FAST })
  const ending = new AbortController()
  let changes = 0
  const running = source.run(ending.signal, () => changes++)
  onTestFinished(async () => {
    ending.abort()
    await running
  })
  return { source, changes: () => changes }
}

/** Waits until everything is watched, so that later changes arrive as events. */
async function followSynced(server: FakeApiServer, namespaces: readonly string[] = []): Promise<Watched> {
  const watched = await follow(server, namespaces)
  await eventually(() => expect(server.watches).toBe(7 * Math.max(1, new Set(namespaces).size)))
  return watched
}

const named = (name: string, namespace = 'default') => ({ name, namespace })

function pod(name: string, more: object = {}): NewObject {
  return {
    metadata: {
      ...named(name),
      labels: { app: 'dns' },
      managedFields: [{ manager: 'kubelet' }],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', team: 'games' },
    },
    spec: {
      nodeName: 'node-1',
      hostNetwork: true,
      volumes: [{ name: 'data' }],
      nodeSelector: { disk: 'ssd' },
      containers: [{ name: 'l7mp', image: 'l7mp', env: [], ports: [{ containerPort: 1234, name: 'controller' }] }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      conditions: [
        { type: 'Ready', status: 'True', lastTransitionTime: 'then' },
        { type: 'PodScheduled', status: 'True' },
      ],
      ...more,
    },
  }
}

const target = (port: unknown) => ({ cluster: { spec: { UDP: { port } } } })

describe('snapshots', () => {
  test('there is none before every kind has been read once, whichever is last', async () => {
    for (const late of ALL_KINDS) {
      const server = await startServer()
      server.fault = ({ path }) => (path.endsWith(`/${late.plural}`) ? { type: 'status', status: 500 } : undefined)
      const { source } = await follow(server)
      await eventually(() => expect(source.waitingFor()).toHaveLength(1))
      expect(source.waitingFor()[0]).toContain(late.plural)
      expect(source.snapshot()).toBeUndefined()
      server.fault = () => undefined
      await eventually(() => expect(source.snapshot()).toBeDefined())
      expect(source.waitingFor()).toEqual([])
    }
  })

  test('they contain only the relevant fields of each kind', async () => {
    const server = await startServer()
    server.store.put(POD, pod('proxy'))
    server.store.put(SERVICE, {
      metadata: named('dns'),
      spec: { type: 'ClusterIP', clusterIP: '10.1.0.1', clusterIPs: ['10.1.0.1'], ports: [{ port: 53, nodePort: 1 }] },
      status: { loadBalancer: {} },
    })
    server.store.put(ENDPOINT_SLICE, {
      metadata: { ...named('dns-1'), labels: { 'kubernetes.io/service-name': 'dns' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'node-1', targetRef: { kind: 'Pod', name: 'proxy', uid: 'x' } }],
      ports: null,
    })
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53), status: { conditions: [] } })
    const { source } = await followSynced(server)
    expect(source.snapshot()).toEqual({
      virtualServices: new Map(),
      targets: new Map([
        [
          'default/dns',
          {
            apiVersion: 'l7mp.io/v1',
            kind: 'Target',
            metadata: { ...named('dns'), uid: 'uid-4', generation: 1 },
            spec: target(53),
          },
        ],
      ]),
      rules: new Map(),
      routes: new Map(),
      pods: new Map([
        [
          'default/proxy',
          {
            metadata: { ...named('proxy'), uid: 'uid-1', labels: { app: 'dns' }, annotations: { team: 'games' } },
            spec: {
              nodeName: 'node-1',
              hostNetwork: true,
              nodeSelector: { disk: 'ssd' },
              containers: [{ name: 'l7mp', ports: [{ name: 'controller', containerPort: 1234 }] }],
            },
            status: {
              phase: 'Running',
              podIP: '10.0.0.1',
              podIPs: [{ ip: '10.0.0.1' }],
              conditions: [{ type: 'Ready', status: 'True' }],
            },
          },
        ],
      ]),
      services: new Map([
        [
          'default/dns',
          {
            metadata: { ...named('dns'), uid: 'uid-2' },
            spec: { type: 'ClusterIP', clusterIP: '10.1.0.1', ports: [{ port: 53 }] },
          },
        ],
      ]),
      endpointSlices: new Map([
        [
          'default/dns-1',
          {
            metadata: { ...named('dns-1'), uid: 'uid-3', labels: { 'kubernetes.io/service-name': 'dns' } },
            addressType: 'IPv4',
            endpoints: [{ addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: 'proxy' } }],
            ports: [],
          },
        ],
      ]),
    })
  })

  test('unchanged maps, objects and snapshots keep their identity', async () => {
    const server = await startServer()
    server.store.put(POD, pod('a'))
    server.store.put(POD, pod('b'))
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53) })
    const { source, changes } = await followSynced(server)
    const before = source.snapshot()
    expect(source.snapshot()).toBe(before)
    // The first lists may still be reported one by one.
    server.store.put(POD, pod('c'))
    await eventually(() => expect(source.snapshot()?.pods.has('default/c')).toBe(true))
    const [previous, callsBefore] = [source.snapshot(), changes()]
    server.store.put(POD, pod('a', { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: 'now' }] }))
    server.store.put(POD, pod('b', { phase: 'Failed' }))
    await eventually(() => expect(source.snapshot()).not.toBe(previous))
    const after = source.snapshot()
    expect(changes()).toBe(callsBefore + 1)
    expect(after?.targets).toBe(before?.targets)
    expect(after?.pods.get('default/a')).toBe(before?.pods.get('default/a'))
    expect(before?.pods.get('default/b')?.status?.phase).toBe('Running')
    expect(after?.pods.get('default/b')?.status?.phase).toBe('Failed')
  })

  test('a thousand simultaneous pods cause few changes', async () => {
    const server = await startServer()
    const { source, changes } = await followSynced(server)
    const before = changes()
    for (let n = 0; n < 1000; n++) server.store.put(POD, pod(`pod-${n}`))
    await eventually(() => expect(source.snapshot()?.pods.size).toBe(1000))
    expect(changes() - before).toBeLessThan(100)
  })

  test('with namespaces, they contain only objects of these', async () => {
    const server = await startServer()
    for (const namespace of ['games', 'media', 'other'])
      server.store.put(TARGET, { metadata: named('dns', namespace), spec: target(53) })
    const { source } = await followSynced(server, ['games', 'media', 'games'])
    expect([...(source.snapshot()?.targets.keys() ?? [])]).toEqual(['games/dns', 'media/dns'])
    expect(server.requests.every(({ path }) => /^\/apis?\/.*namespaces\/(games|media)\//.test(path))).toBe(true)
    const before = source.snapshot()
    expect(source.snapshot()).toBe(before)
    server.store.delete(TARGET, 'media', 'dns')
    await eventually(() => expect([...(source.snapshot()?.targets.keys() ?? [])]).toEqual(['games/dns']))
    expect(source.snapshot()?.pods).toBe(before?.pods)
  })
})

describe('resources', () => {
  test('an invalid one that an older CRD admitted is rejected, without affecting others', async () => {
    const server = await startServer()
    server.store.put(TARGET, { metadata: named('bad'), spec: target('fifty-three') })
    server.store.put(TARGET, { metadata: named('good'), spec: target(53) })
    const { source } = await followSynced(server)
    expect([...(source.snapshot()?.targets.keys() ?? [])]).toEqual(['default/good'])
    expect([...source.rejected().keys()]).toEqual(['Target/default/bad'])
    expect(source.rejected().get('Target/default/bad')?.[0]).toMatchObject({ path: 'spec.cluster.spec.UDP.port' })
    server.store.put(TARGET, { metadata: named('bad'), spec: target(54) })
    await eventually(() => expect(source.rejected().size).toBe(0))
    expect(source.snapshot()?.targets.size).toBe(2)
  })

  test('the last valid version of one is kept until it is deleted', async () => {
    const server = await startServer()
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53) })
    const { source } = await followSynced(server)
    const before = source.snapshot()
    server.store.put(TARGET, { metadata: named('dns'), spec: target(-1) })
    await eventually(() => expect(source.rejected().size).toBe(1))
    expect(source.snapshot()).toBe(before)
    server.store.delete(TARGET, 'default', 'dns')
    server.store.put(TARGET, { metadata: named('dns'), spec: target(-2) })
    await eventually(() => expect(source.snapshot()?.targets.size).toBe(0))
    expect(source.rejected().size).toBe(1)
  })

  test.each([
    ['a selector', { ...target(53), selector: { matchLabel: { app: 'dns' } } }, 'spec.selector.matchLabel'],
    ['a spec', { ...target(53), selectr: { matchLabels: { app: 'dns' } } }, 'spec.selectr'],
    ['a selector that is left empty', { ...target(53), selector: { matchLabels: null } }, 'spec.selector'],
  ])('a misspelled field in %s is rejected, and the previous version is kept', async (_, spec, path) => {
    const server = await startServer()
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53) })
    const { source } = await followSynced(server)
    server.store.put(TARGET, { metadata: named('dns'), spec })
    await eventually(() => expect(source.rejected().get('Target/default/dns')).toMatchObject([{ path }]))
    expect(source.snapshot()?.targets.get('default/dns')?.spec).toEqual(target(53))
    server.store.put(TARGET, { metadata: named('new'), spec })
    await eventually(() => expect(source.rejected().has('Target/default/new')).toBe(true))
    expect(source.snapshot()?.targets.has('default/new')).toBe(false)
  })

  test('a status is not a change of the resource, and can be read', async () => {
    const server = await startServer()

    server.store.put(TARGET, { metadata: named('dns'), spec: target(53) })
    const { source } = await followSynced(server)
    const before = source.snapshot()
    const live = source.live('Target/default/dns')
    expect(live).toEqual({ uid: 'uid-1', status: undefined })
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53), status: { proxies: 1 } })
    await eventually(() => expect(source.live('Target/default/dns')?.status).toEqual({ proxies: 1 }))
    expect(source.snapshot()).toBe(before)
    expect(source.live('Rule/default/dns')).toBeUndefined()
  })
})

describe('an object with an invalid shape', () => {
  const slice = (name: string, endpoints: unknown): NewObject => ({
    metadata: { ...named(name), labels: { 'kubernetes.io/service-name': 'dns' } },
    addressType: 'IPv4',
    endpoints,
    ports: null,
  })

  test('is ignored and reported, without affecting others', async () => {
    const server = await startServer()
    server.store.put(POD, pod('good'))
    server.store.put(POD, pod('bad', { conditions: { Ready: 'True' } }))
    server.store.put(SERVICE, { metadata: named('dns'), spec: { ports: 'none' } })
    server.store.put(ENDPOINT_SLICE, slice('good', null))
    server.store.put(ENDPOINT_SLICE, slice('bad', [null]))
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53) })
    const { source } = await followSynced(server)
    const { pods, services, endpointSlices, targets } = source.snapshot() ?? {}
    expect([pods, services, endpointSlices, targets].map(all => [...(all?.keys() ?? [])])).toEqual([
      ['default/good'],
      [],
      ['default/good'],
      ['default/dns'],
    ])
    expect(source.problems().map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'Pod/default/bad: status.conditions: the value is an object, not a list; it is ignored',
      'Service/default/dns: spec.ports: "none" is a string, not a list; it is ignored',
      'EndpointSlice/default/bad: endpoints[0]: the value is null; it is ignored',
    ])
  })

  test('keeps its last valid version until it is fixed or deleted', async () => {
    const server = await startServer()
    server.store.put(POD, pod('a'))
    const { source } = await followSynced(server)
    const before = source.snapshot()
    server.store.put(POD, pod('a', { podIPs: ['10.0.0.1'] }))
    await eventually(() => expect(source.problems()).toHaveLength(1))
    expect(source.snapshot()?.pods.get('default/a')).toBe(before?.pods.get('default/a'))
    server.store.put(POD, pod('a', { podIPs: null, conditions: null }))
    await eventually(() => expect(source.problems()).toEqual([]))
    expect(source.snapshot()?.pods.get('default/a')?.status).toMatchObject({ podIP: '10.0.0.1', conditions: [] })
    server.store.put(POD, pod('a', { podIPs: 7 }))
    await eventually(() => expect(source.problems()).toHaveLength(1))
    server.store.delete(POD, 'default', 'a')
    await eventually(() => expect(source.problems()).toEqual([]))
    expect(source.snapshot()?.pods.size).toBe(0)
  })

  test('does not include one with values of a newer version', async () => {
    const server = await startServer()
    server.store.put(SERVICE, {
      metadata: named('dns'),
      spec: { type: 'Mesh', ports: [{ port: 53, protocol: 'QUIC' }] },
    })
    const { source } = await followSynced(server)
    expect([source.snapshot()?.services.size, source.problems()]).toEqual([1, []])
  })

  test('is reported even without a name, without affecting others', async () => {
    const server = await startServer()
    server.store.put(POD, JSON.parse('{"metadata": {"namespace": "default"}, "spec": {}}'))
    server.store.put(POD, pod('a'))
    const { source } = await followSynced(server)
    expect([...(source.snapshot()?.pods.keys() ?? [])]).toEqual(['default/a'])
    expect(source.problems()).toMatchObject([
      { where: 'pods', message: expect.stringContaining('returned 1 without a name') },
    ])
  })

  test('includes one that is nested too deeply', async () => {
    const server = await startServer()
    const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
    const rule = { rulelist: 'a', selector: {}, rule: { action: { rewrite: [{ path: '/a', value: deep }] } } }
    server.store.put(RULE, { metadata: named('deep'), spec: rule })
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53) })
    const { source } = await followSynced(server)
    expect([...source.rejected().keys()]).toEqual(['Rule/default/deep'])
    expect(source.snapshot()?.targets.size).toBe(1)
  })
})

describe('a problem of the server', () => {
  test('is reported once, not per kind, if it is unavailable; all kinds are read again once it is available', async () => {
    const server = await startServer()
    const { source } = await followSynced(server)
    server.fault = () => ({ type: 'reset' })
    server.cutWatches()
    await eventually(() => expect(source.problems()).toHaveLength(1))
    expect(source.problems()[0]).toMatchObject({ where: server.url })
    expect(source.snapshot()).toBeDefined()
    server.fault = () => undefined
    await eventually(() => expect(source.problems()).toEqual([]))
  })

  test('is reported with verb, kind and namespace if a permission is missing', async () => {
    const server = await startServer()
    server.fault = ({ path }) =>
      path.endsWith('/pods') ? { type: 'status', status: 403, message: 'pods is forbidden: User "me"' } : undefined
    const { source } = await follow(server, ['games'])
    await eventually(() => expect(source.problems()).toHaveLength(1))
    expect(source.problems()).toEqual([
      {
        where: 'pods in namespace games',
        message: 'permission denied: GET /api/v1/namespaces/games/pods: pods is forbidden: User "me"',
        help: 'Grant the verbs list and watch on pods in a Role in namespace games.',
      },
    ])
  })

  test('a kind that is missing at the start blocks nothing, and is used once it exists', async () => {
    const server = await startServer()
    server.removeKind(RULE)
    server.store.put(TARGET, { metadata: named('dns'), spec: target(53) })
    const { source } = await follow(server)
    await eventually(() => expect(source.snapshot()?.targets.size).toBe(1))
    expect(source.problems()).toEqual([
      {
        where: 'rules.l7mp.io',
        message: 'the API server does not serve this kind; it counts as empty until it does',
        help: 'Install the CRDs of l7mesh.',
      },
    ])
    server.addKind(RULE)
    await eventually(() => expect(source.problems()).toEqual([]))
  })

  test('is reported if kinds are served only in another version', async () => {
    const server = await startServer()
    for (const kind of MESH_KINDS) {
      server.removeKind(kind)
      server.addKind({ ...kind, version: 'v1alpha1' })
    }
    const { source } = await follow(server)
    await eventually(() => expect(source.problems()).toHaveLength(4))
    expect(source.problems().map(({ message }) => message)).toContain(
      'the API server serves l7mp.io only in v1alpha1, but l7mesh needs v1',
    )
  })

  test('all objects are kept when the CRDs are deleted with them', async () => {
    const server = await startServer()
    const put = (kind: ServedKind, spec: object) => server.store.put(kind, { metadata: named('one'), spec })
    put(VIRTUAL_SERVICE, { selector: {}, listener: { spec: { UDP: { port: 5053 } }, rules: [] } })
    put(TARGET, target(53))
    put(ROUTE, { destinationRef: 'one' })
    const { source } = await followSynced(server)
    const before = source.snapshot()
    expect(before).toMatchObject({ virtualServices: { size: 1 }, targets: { size: 1 }, routes: { size: 1 } })
    for (const kind of MESH_KINDS) server.removeKind(kind)
    await eventually(() => expect(source.problems()).toHaveLength(4))
    await eventually(() => expect(source.problems()[0]?.message).toMatch(/no longer serves this kind/))
    expect(source.snapshot()).toBe(before)
  })
})

test('a stopped source releases all resources', async () => {
  const server = await startServer()
  const client = await connectTo(server)
  const ending = new AbortController()
  const source = clusterSource({ client, validate, namespaces: [] })
  const running = source.run(ending.signal, () => {})
  await vi.waitFor(() => expect(server.watches).toBe(7))
  ending.abort()
  await running
  await vi.waitFor(() => expect(server.watches).toBe(0))
})
