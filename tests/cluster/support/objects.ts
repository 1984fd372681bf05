/** Helpers of cluster tests to apply, read and await objects. */
import { expect } from 'vitest'
import { until } from '../../support/until.ts'
import type { Cluster } from '../cluster.ts'

export type Document = { readonly [field: string]: unknown }

/** Applies documents with kubectl, and fails with its output. */
export async function apply(cluster: Cluster, ...items: readonly Document[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { input: list })
  expect(code, stderr).toBe(0)
}

export type Pod = {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly nodeName: string }
  readonly status: {
    readonly phase: string
    readonly podIP: string
    readonly conditions: readonly {
      readonly type: string
      readonly status: string
      readonly lastTransitionTime: string
    }[]
    readonly initContainerStatuses?: readonly { readonly restartCount: number }[]
    readonly containerStatuses?: readonly {
      readonly restartCount: number
      readonly ready: boolean
      readonly state: { readonly waiting?: { readonly reason: string; readonly message: string } }
      readonly lastState: { readonly terminated?: { readonly exitCode: number } }
    }[]
  }
}

/** The pods of a namespace that have the label `app`. */
export async function podsOf(cluster: Cluster, namespace: string, app: string): Promise<readonly Pod[]> {
  const query = { labelSelector: `app=${app}` }
  const list = (await cluster.client.request({ path: `/api/v1/namespaces/${namespace}/pods`, query })) as {
    items: Pod[]
  }
  return list.items
}

export const isReady = ({ status, metadata }: Pod) =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')

/** The given number of pods with the label `app`, when all of them are ready. */
export async function readyPods(
  cluster: Cluster,
  namespace: string,
  app: string,
  count: number,
): Promise<readonly Pod[]> {
  const { value } = await until(`${count} ready pods of ${namespace}/${app}`, async () => {
    const pods = await podsOf(cluster, namespace, app)
    return pods.length === count && pods.every(isReady) && pods
  })
  return pods(value)
}

const pods = (found: readonly Pod[]) => found.toSorted((a, b) => (a.spec.nodeName < b.spec.nodeName ? -1 : 1))

/**
 * A web server on port 8080 of the pod. It responds with the requested information: `/env/NAME`, `/file/PATH`, `/id`,
 * `/ready` (for the readiness probe); `/unready` and `/again` change its readiness; `/exit` terminates it.
 */
const SERVER = `
  const { createServer } = require('node:http')
  const { readFileSync, writeFileSync } = require('node:fs')
  let ready = true
  const answers = {
    env: ([name]) => process.env[name] ?? '',
    file: path => readFileSync('/' + path.join('/'), 'utf8'),
    write: path => String(writeFileSync('/' + path.join('/'), 'x')),
    id: () => readFileSync('/proc/self/status', 'utf8'),
    ready: () => { if (!ready) throw new Error('not ready'); return 'ready' },
    unready: () => String(ready = false),
    again: () => String(ready = true),
    exit: () => process.exit(3),
  }
  createServer((request, response) => {
    const [, what, ...rest] = request.url.split('/')
    try { response.end(answers[what](rest)) } catch (error) { response.writeHead(500).end(error.message) }
  }).listen(8080)
  process.on('SIGTERM', () => { console.log('asked to end'); setTimeout(() => process.exit(0), Number(process.env.LINGER ?? 0)) })
  console.log('listening')
`

/** A container that runs the server. */
export const server = (more: Document = {}): Document => ({
  name: 'server',
  image: 'example.com/server:1',
  command: ['node', '-e', SERVER],
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
  ...more,
})

export const namespace = (name: string): Document => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

/** A Deployment or DaemonSet, with its name as the label `app`. */
export function workload(kind: string, ns: string, name: string, spec: Document, more: Document = {}): Document {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: ns },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec },
      ...more,
    },
  }
}

export function pod(ns: string, name: string, spec: Document): Document {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: ns, labels: { app: name } }, spec }
}

/** Sends a request to the server of a pod. */
export async function ask({ status }: Pod, path: string): Promise<string> {
  const answer = await fetch(`http://${status.podIP}:8080/${path}`)
  return answer.text()
}
