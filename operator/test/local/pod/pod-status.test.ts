import { describe, expect, it } from 'vitest'
import { desiredPods } from '../../../src/local/manifests/desired-pods.ts'
import {
  type ContainerFacts,
  isReady,
  type PodFacts,
  reportPod,
  type Termination,
} from '../../../src/local/pod/pod-status.ts'
import { pod, workloadsOf } from '../support/documents.ts'

const AT = '2026-01-01T00:00:00.000Z'
const container = (name: string) => ({ name, image: `img/${name}`, command: ['true'], ports: [{ containerPort: 80 }] })

function wantedPod(spec: object = {}) {
  const document = pod('p', { containers: [container('a'), container('b')], ...spec }, { labels: { app: 'x' } })
  const [wanted] = desiredPods(workloadsOf(document), [{ name: 'node-1', labels: {} }]).pods
  if (wanted === undefined) throw new Error('no pod')
  return wanted
}

const waiting: ContainerFacts = { state: { waiting: { reason: 'ContainerCreating' } }, ready: false, restartCount: 0 }
const running: ContainerFacts = { state: { running: { startedAt: AT } }, ready: false, restartCount: 0 }
const ready: ContainerFacts = { ...running, ready: true }
const end = (exitCode: number): Termination => ({
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  startedAt: AT,
  finishedAt: AT,
})
const ended = (code: number): ContainerFacts => ({ state: { terminated: end(code) }, ready: false, restartCount: 0 })
const crashed: ContainerFacts = {
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'exited with 1; restarts in 0.2 s' } },
  lastTermination: end(1),
  ready: false,
  restartCount: 2,
}

const facts = (a: ContainerFacts, b: ContainerFacts, more: Partial<PodFacts> = {}): PodFacts => ({
  uid: 'u',
  createdAt: AT,
  node: 'node-1',
  addresses: { pod: '127.9.0.1', host: '127.0.0.1' },
  initContainers: new Map(),
  containers: new Map([
    ['a', a],
    ['b', b],
  ]),
  ports: new Map(),
  ...more,
})

describe('reportPod', () => {
  it('matches the report of a cluster', () => {
    expect(reportPod(wantedPod(), facts(ready, crashed))).toEqual({
      metadata: {
        name: 'p',
        namespace: 'default',
        uid: 'u',
        creationTimestamp: AT,
        labels: { app: 'x' },
        annotations: {},
      },
      spec: {
        nodeName: 'node-1',
        hostNetwork: false,
        containers: [
          { name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] },
          { name: 'b', ports: [{ containerPort: 80, protocol: 'TCP' }] },
        ],
      },
      status: {
        phase: 'Running',
        podIP: '127.9.0.1',
        podIPs: [{ ip: '127.9.0.1' }],
        hostIP: '127.0.0.1',
        conditions: [
          { type: 'PodScheduled', status: 'True' },
          { type: 'Initialized', status: 'True' },
          { type: 'ContainersReady', status: 'False' },
          { type: 'Ready', status: 'False' },
        ],
        containerStatuses: [
          {
            name: 'a',
            image: 'img/a',
            ready: true,
            started: true,
            restartCount: 0,
            state: { running: { startedAt: AT } },
            lastState: {},
          },
          {
            name: 'b',
            image: 'img/b',
            ready: false,
            started: false,
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'exited with 1; restarts in 0.2 s' } },
            lastState: { terminated: end(1) },
          },
        ],
      },
    })
  })

  it.each<[string, string, ContainerFacts, ContainerFacts, string]>([
    ['waits', 'Always', running, waiting, 'Pending'],
    ['runs', 'Always', running, running, 'Running'],
    ['crashes', 'Always', running, crashed, 'Running'],
    ['has ended, but will start again', 'Always', ended(0), ended(0), 'Running'],
    ['has one container left', 'Never', ended(0), running, 'Running'],
    ['is done', 'Never', ended(0), ended(0), 'Succeeded'],
    ['is done', 'OnFailure', ended(0), ended(0), 'Succeeded'],
    ['has failed', 'Never', ended(0), ended(3), 'Failed'],
  ])('phase of a pod that %s (%s)', (_, restartPolicy, a, b, phase) => {
    expect(reportPod(wantedPod({ restartPolicy }), facts(a, b)).status.phase).toBe(phase)
  })

  it('is ready when all containers are', () => {
    expect(isReady(reportPod(wantedPod(), facts(ready, running)))).toBe(false)
    expect(isReady(reportPod(wantedPod(), facts(ready, ready)))).toBe(true)
  })

  it('is not ready with a readiness gate, whose condition nothing sets', () => {
    const report = reportPod(wantedPod({ readinessGates: [{ conditionType: 'x/y' }] }), facts(ready, ready))
    expect(report.spec.readinessGates).toEqual([{ conditionType: 'x/y' }])
    expect(report.status.conditions.slice(2)).toEqual([
      { type: 'ContainersReady', status: 'True' },
      { type: 'Ready', status: 'False' },
    ])
  })

  it('keeps serving while it terminates', () => {
    const report = reportPod(wantedPod(), facts(ready, ready, { deletedAt: AT }))
    expect(report.metadata.deletionTimestamp).toBe(AT)
    expect(isReady(report)).toBe(true)
  })

  it('has the allocated ports', () => {
    const ports = new Map([['b', [{ name: 'controller', containerPort: 1235 }]]])
    expect(reportPod(wantedPod(), facts(ready, ready, { ports })).spec.containers[1]?.ports).toEqual(ports.get('b'))
  })
})
