import { describe, expect, it } from 'vitest'
import { readManifests } from '../../../src/local/manifests/manifests.ts'
import { manifest, pod, SLEEPER, workload } from '../support/documents.ts'

const read = (...documents: readonly unknown[]) => readManifests(documents.map(document => manifest(document)))
const container = (changed: object) => pod('p', { containers: [{ name: 'app', command: ['true'], ...changed }] })

describe('readManifests', () => {
  it('reads the kinds that create pods, Services and Nodes, and ignores the others', () => {
    const found = read(
      pod('one', SLEEPER),
      ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].map(kind => workload(kind, 'many', {})),
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 53 }] } },
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { zone: 'a' } } },
      { apiVersion: 'l7mp.io/v1', kind: 'VirtualService', metadata: { name: 'v' }, spec: {} },
      { apiVersion: 'example.com/v1', kind: 'Pod', metadata: { name: 'not-ours' } },
      'not an object',
      null,
    )
    expect(found.problems).toEqual([])
    expect(found.workloads.map(({ kind, namespace, name }) => [kind, namespace, name])).toEqual([
      ['Pod', 'default', 'one'],
      ['Deployment', 'default', 'many'],
      ['ReplicaSet', 'default', 'many'],
      ['StatefulSet', 'default', 'many'],
      ['DaemonSet', 'default', 'many'],
    ])
    expect(found.services.map(({ metadata }) => metadata)).toEqual([{ name: 's', namespace: 'default' }])
    expect(found.nodes).toEqual([{ name: 'n', labels: { zone: 'a' } }])
  })

  it('applies the defaults of Kubernetes', () => {
    const [deployment] = read(workload('Deployment', 'web', {})).workloads
    expect(deployment).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', maxSurge: '25%', maxUnavailable: '25%' },
      template: { spec: { hostNetwork: false, restartPolicy: 'Always', graceSeconds: 5 } },
    })
  })

  it.each([
    ['no name', pod('', SLEEPER), 'metadata.name is missing'],
    ['a name that leads elsewhere', pod('../../etc', SLEEPER), 'metadata.name must be lower case letters'],
    ['a namespace of dots', pod('p', SLEEPER, { namespace: '..' }), 'metadata.namespace must be lower case letters'],
    ['a container with a slash', container({ name: 'a/b' }), 'spec.containers[0].name must be lower case letters'],
    [
      'two containers of one name',
      pod('p', { containers: [...SLEEPER.containers, ...SLEEPER.containers] }),
      'spec.containers must have unique names',
    ],
    ['no container', pod('p', {}), 'spec.containers must name at least one container'],
    ['no command', container({ command: [] }), 'spec.containers[0].command is missing: images are not run'],
    ['a number as an argument', container({ args: [53] }), 'spec.containers[0].args must be a list of strings'],
    ['a number as a value', container({ env: [{ name: 'A', value: 1 }] }), 'spec.containers[0].env[0].value must be'],
    [
      'a variable from a Secret',
      container({ env: [{ name: 'A', valueFrom: { secretKeyRef: {} } }] }),
      'spec.containers[0].env[0].valueFrom must be a fieldRef',
    ],
    [
      'an unknown field',
      container({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.hat' } } }] }),
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath is not one of',
    ],
    ['variables from a ConfigMap', container({ envFrom: [{}] }), 'spec.containers[0].envFrom is not supported'],
    ['an init container', pod('p', { ...SLEEPER, initContainers: [{}] }), 'spec.initContainers are not supported'],
    ['an unknown restart policy', pod('p', { ...SLEEPER, restartPolicy: 'Maybe' }), 'spec.restartPolicy must be'],
    ['a probe of no kind', container({ readinessProbe: {} }), 'spec.containers[0].readinessProbe must have one of'],
    ['a probe without a port', container({ readinessProbe: { tcpSocket: {} } }), 'tcpSocket.port is missing'],
    [
      'a mount of no volume',
      container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      'spec.containers[0].volumeMounts[0].name is not a volume of this pod: v',
    ],
    [
      'a volume that is no emptyDir',
      pod('p', {
        volumes: [{ name: 'v', secret: {} }],
        containers: [{ name: 'app', command: ['true'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      }),
      'spec.containers[0].volumeMounts[0].name refers to a volume that is not an emptyDir',
    ],
    ['replicas in words', workload('Deployment', 'd', { spec: { replicas: 'two' } }), 'spec.replicas must be a whole'],
    ['labels that are numbers', pod('p', SLEEPER, { labels: { a: 1 } }), 'metadata.labels.a must be a string'],
    ['containers that are no list', pod('p', { containers: {} }), 'spec.containers must be a list'],
  ])('reports a mistake: %s', (_, document, message) => {
    const { workloads, problems, rejected } = read(document)
    expect(workloads).toEqual([])
    expect(problems[0]).toMatchObject({ where: 'mesh.yaml:1', message: expect.stringContaining(message) })
    expect(problems[0]?.help).not.toBe('')
    expect(rejected.size).toBe(1)
  })

  it('reads only the ports and emptyDir volumes of a proxy', () => {
    const found = read(
      pod('p', {
        volumes: [
          { name: 'config', configMap: {} },
          { name: 'sockets', emptyDir: {} },
        ],
        containers: [
          {
            name: 'l7mp',
            env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: {} } }],
            volumeMounts: [
              { name: 'config', mountPath: '/app/config' },
              { name: 'sockets', mountPath: '/tmp/sockets/' },
            ],
          },
        ],
      }),
    )
    expect(found.problems).toEqual([])
    expect(found.workloads[0]?.template.spec.containers[0]).toMatchObject({
      command: [],
      env: [],
      mounts: [{ volume: 'sockets', path: '/tmp/sockets' }],
    })
  })

  it('uses the first of two documents of the same name and names its location', () => {
    const { workloads, problems } = read(pod('p', SLEEPER, { labels: { first: 'yes' } }), pod('p', SLEEPER))
    expect(workloads.map(({ template }) => template.labels)).toEqual([{ first: 'yes' }])
    expect(problems.map(({ message }) => message)).toEqual(['Pod/default/p is defined twice'])
  })

  it.each(['relative', '/', '/tmp/../etc', '/tmp/.', '/tmp//x', '/tmp/a\n+folder /etc', '/tmp/a:b'])(
    'refuses the mount path %j',
    mountPath => {
      const spec = {
        volumes: [{ name: 'v', emptyDir: {} }],
        containers: [{ name: 'l7mp', volumeMounts: [{ name: 'v', mountPath }] }],
      }
      expect(read(pod('p', spec)).problems.map(({ message }) => message)).toEqual([
        'spec.containers[0].volumeMounts[0].mountPath must be an absolute path without . and ..',
      ])
    },
  )

  it('ignores a Pod with a status, because it runs elsewhere', () => {
    const reported = { ...pod('p', {}), status: { podIP: '10.0.0.1' } }
    expect(read(reported)).toMatchObject({ workloads: [], problems: [] })
    expect(read({ ...pod('p', SLEEPER), status: {} }).workloads).toHaveLength(1)
  })

  it('reports that a Job is not supported', () => {
    const { problems } = read({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec: {} })
    expect(problems.map(({ message }) => message)).toEqual(['Job is not supported on this machine'])
  })

  it('uses valid documents despite an invalid one', () => {
    const { workloads, problems } = read(pod('bad', {}), pod('good', SLEEPER))
    expect(workloads.map(({ name }) => name)).toEqual(['good'])
    expect(problems).toHaveLength(1)
  })
})
