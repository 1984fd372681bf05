import { describe, expect, it } from 'vitest'
import { desiredPods } from '../../../src/local/manifests/desired-pods.ts'
import { chooseNodes } from '../../../src/local/manifests/nodes.ts'
import { pod, SLEEPER, workload, workloadsOf } from '../support/documents.ts'

const { nodes } = chooseNodes([], 3, true)
const namesAndNodes = (...documents: readonly object[]) =>
  desiredPods(workloadsOf(...documents), nodes).pods.map(({ key, node }) => [key.replace(/[0-9a-f]{10}/, 'HASH'), node])

describe('desiredPods', () => {
  it('names pods as their kind does, one per node for a DaemonSet, the others distributed over the nodes', () => {
    expect(
      namesAndNodes(
        workload('Deployment', 'web', { spec: { replicas: 2 } }),
        workload('DaemonSet', 'ingress', {}),
        workload('StatefulSet', 'db', { spec: { replicas: 2 } }),
        workload('ReplicaSet', 'set', {}),
        pod('lone', SLEEPER, { namespace: 'other' }),
      ),
    ).toEqual([
      ['default/web-HASH-0', 'node-1'],
      ['default/web-HASH-1', 'node-2'],
      ['default/ingress-node-1', 'node-1'],
      ['default/ingress-node-2', 'node-2'],
      ['default/ingress-node-3', 'node-3'],
      ['default/db-0', 'node-3'],
      ['default/db-1', 'node-1'],
      ['default/set-HASH-0', 'node-2'],
      ['other/lone', 'node-3'],
    ])
  })

  it('honors nodeName and nodeSelector', () => {
    const selector = { 'kubernetes.io/hostname': 'node-2' }
    expect(
      namesAndNodes(
        pod('a', { ...SLEEPER, nodeName: 'node-3' }),
        workload('DaemonSet', 'b', { pod: { ...SLEEPER, nodeSelector: selector } }),
      ),
    ).toEqual([
      ['default/a', 'node-3'],
      ['default/b-node-2', 'node-2'],
    ])
  })

  it('reports that no node matches', () => {
    const { pods, problems } = desiredPods(workloadsOf(pod('a', { ...SLEEPER, nodeName: 'node-9' })), nodes)
    expect(pods).toEqual([])
    expect(problems).toEqual([
      {
        where: 'mesh.yaml:1',
        message: 'no node matches the nodeName and nodeSelector of Pod/default/a',
        help: 'The nodes are node-1, node-2, node-3; with --netns, Node manifests define others.',
      },
    ])
  })

  it('reports two workloads with a pod of the same name', () => {
    const { pods, problems } = desiredPods(workloadsOf(workload('StatefulSet', 'db', {}), pod('db-0', SLEEPER)), nodes)
    expect(pods.map(({ workload }) => workload.kind)).toEqual(['StatefulSet'])
    expect(problems[0]?.message).toBe(
      'pod default/db-0 of Pod/default/db-0 has the same name as a pod of StatefulSet/default/db',
    )
  })

  it('sets the labels and owners that controllers set', () => {
    const { pods } = desiredPods(
      workloadsOf(
        workload('Deployment', 'web', {}),
        workload('StatefulSet', 'db', {}),
        workload('DaemonSet', 'ds', {}),
        pod('p', SLEEPER, { labels: { a: 'b' } }),
      ),
      nodes.slice(0, 1),
    )
    const [web, db, ds, lone] = pods
    expect(web?.labels).toEqual({ app: 'web', 'pod-template-hash': web?.hash })
    expect(web?.owner).toMatchObject({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${web?.hash}` })
    expect(db?.labels).toMatchObject({ 'statefulset.kubernetes.io/pod-name': 'db-0' })
    expect(db?.owner).toMatchObject({ kind: 'StatefulSet', name: 'db' })
    expect(ds?.labels).toEqual({ app: 'ds', 'controller-revision-hash': ds?.hash })
    expect(lone?.labels).toEqual({ a: 'b' })
    expect(lone?.owner).toBe(undefined)
  })

  it('changes the hash only with the template', () => {
    const hash = (document: object) => desiredPods(workloadsOf(document), nodes).pods[0]?.hash
    const before = hash(workload('Deployment', 'web', { spec: { replicas: 1 } }))
    expect(hash(workload('Deployment', 'web', { spec: { replicas: 3 } }))).toBe(before)
    expect(hash(workload('Deployment', 'web', { labels: { version: '2' } }))).not.toBe(before)
    expect(hash(workload('Deployment', 'web', { pod: { ...SLEEPER, hostNetwork: true } }))).not.toBe(before)
  })
})

describe('chooseNodes', () => {
  it('uses the nodes of the manifests, or else the requested number', () => {
    const defined = [{ name: 'alpha', labels: {} }]
    expect(chooseNodes(defined, 3, true).nodes).toEqual(defined)
    expect(chooseNodes([], 2, true).nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2'])
    expect(chooseNodes([], 0, false).nodes.map(({ name }) => name)).toEqual(['node-1'])
  })

  it('reports that several nodes require several networks', () => {
    const { nodes, problems } = chooseNodes([], 3, false)
    expect(nodes.map(({ name }) => name)).toEqual(['node-1'])
    expect(problems).toEqual([
      {
        where: '--nodes',
        message: 'there are 3 nodes but only one network: all pods run on node-1',
        help: 'Run with --netns (Linux), which gives each node a network namespace.',
      },
    ])
  })
})
