/** The resources in the namespace of a mesh, and their edits during faults. */
import { type Document, workload } from './objects.ts'
import { ECHO } from './steady.ts'

const selecting = (app: string) => ({ selector: { matchLabels: { app } } })
const resource = (kind: string, namespace: string, name: string, spec: Document): Document => ({
  apiVersion: 'l7mp.io/v1',
  kind,
  metadata: { name, namespace },
  spec,
})

export function virtualService(namespace: string, name: string, listener: Document, target: string): Document {
  const rules = [{ action: { route: { destinationRef: target } } }]
  return resource('VirtualService', namespace, name, { ...selecting('proxy'), listener: { spec: listener, rules } })
}

export function target(namespace: string, name: string, spec: Document, app: string): Document {
  return resource('Target', namespace, name, {
    ...selecting('proxy'),
    cluster: { spec, endpoints: [selecting(app)] },
  })
}

/** The initial resources. The traffic of `Steady` goes to the pod `echo`, on 9001 (UDP) and 9002 (TCP). */
export function standing(namespace: string, withTcp: boolean): readonly Document[] {
  const echo = { name: 'echo', image: 'echo', command: ['node', '-e', ECHO] }
  return [
    workload('Deployment', namespace, 'echo', { ...GRACE, containers: [echo] }, { replicas: 1 }),
    extra(namespace, 2),
    target(namespace, 'echo-udp', { UDP: { port: 7000 } }, 'echo'),
    target(namespace, 'extra', { UDP: { port: 7000 } }, 'extra'),
    virtualService(namespace, 'udp', { UDP: { port: 9001 } }, 'echo-udp'),
    virtualService(namespace, 'astray', { UDP: { port: 9003 } }, 'missing'),
    ...(withTcp ? tcp(namespace) : []),
  ]
}

const tcp = (namespace: string): readonly Document[] => [
  target(namespace, 'echo-tcp', { TCP: { port: 7000 } }, 'echo'),
  virtualService(namespace, 'tcp', { TCP: { port: 9002 } }, 'echo-tcp'),
]

/** Pods that are only created and deleted. */
export function extra(namespace: string, replicas: number): Document {
  const idle = { name: 'idle', image: 'idle', command: ['sleep', 'infinity'] }
  return workload('Deployment', namespace, 'extra', { ...GRACE, containers: [idle] }, { replicas })
}

const GRACE = { terminationGracePeriodSeconds: 1 }

const proxyContainer = (port: number) => ({
  name: 'l7mp',
  image: 'l7mp',
  ports: [{ name: 'controller', containerPort: port }],
})

export function proxyWorkload(namespace: string, replicas: number): Document {
  return workload('Deployment', namespace, 'proxy', { ...GRACE, containers: [proxyContainer(1234)] }, { replicas })
}

/** A proxy that does not run on a node: it is reached at the address in its status. */
export function gatePod(namespace: string, name: string, port: number): Document {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: 'proxy' } },
    spec: { schedulerName: 'nobody', containers: [proxyContainer(port)] },
  }
}

export function readyAt(ip: string): Document {
  return { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] }
}

/** The `n`th edit: creates, deletes and changes a resource, and makes a reference resolvable every other time. */
export function edited(namespace: string, n: number): { put: readonly Document[]; remove: readonly Document[] } {
  const passing = (i: number) => virtualService(namespace, `passing-${i}`, { UDP: { port: 9100 + i } }, 'extra')
  const missing = target(namespace, 'missing', { UDP: { port: 7000 } }, 'extra')
  const isThere = n % 2 === 0
  return {
    put: [
      target(namespace, 'changing', { UDP: { port: 7100 + n } }, 'extra'),
      virtualService(namespace, 'changing', { UDP: { port: 9050 + (n % 2) } }, 'changing'),
      passing(n),
      extra(namespace, 2 + ((n + 1) % 2)),
      ...(isThere ? [missing] : []),
    ],
    remove: [...(n > 0 ? [passing(n - 1)] : []), ...(isThere ? [] : [missing])],
  }
}
