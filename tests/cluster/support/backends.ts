/**
 * Servers behind the mesh, and sessions with them. Each responds over TCP and UDP with its own address, and keeps
 * responding during its grace period.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { udpClient } from '../../../examples/udp.ts'
import type { Document } from './objects.ts'

export const BACKEND_PORT = 7000

const PROGRAM = `
  const address = process.env.POD_IP
  require('node:net').createServer(socket => {
    socket.on('data', () => socket.write(address + '\\n')).on('error', () => {})
  }).listen(${BACKEND_PORT})
  const udp = require('node:dgram').createSocket('udp4')
  udp.on('message', (_, { port, address: client }) => udp.send(address, port, client)).bind(${BACKEND_PORT})
  let ready = true
  require('node:http').createServer(({ url }, response) => {
    if (url === '/unready') ready = false
    if (url === '/again') ready = true
    response.writeHead(ready || url !== '/ready' ? 200 : 503).end()
  }).listen(8080)
  process.on('SIGTERM', () => {})
`

/** One backend per node, up to the given number; with a long grace period by default. */
export function backends(replicas: number, graceSeconds = GRACE_SECONDS): Document {
  const labels = { app: 'backend' }
  const spread = {
    topologyKey: 'kubernetes.io/hostname',
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    // Terminating pods do not affect where new ones are scheduled.
    matchLabelKeys: ['pod-template-hash'],
  }
  const container = {
    name: 'backend',
    image: 'backend',
    command: ['node', '-e', PROGRAM],
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
  }
  const spec = {
    terminationGracePeriodSeconds: graceSeconds,
    topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: labels } }],
    containers: [container],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'backend', namespace: 'default' },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
}

export const GRACE_SECONDS = 60

/** A session that asks for the backend's address. */
export type Talk = AsyncDisposable & {
  /** The address of the backend that responds; undefined if none does in time. */
  who(): Promise<string | undefined>
}

export async function talk(protocol: 'TCP' | 'UDP', address: string, port: number): Promise<Talk> {
  return protocol === 'TCP' ? tcpTalk(address, port) : udpTalk(address, port)
}

const UDP_TRIES = 5

async function udpTalk(address: string, port: number): Promise<Talk> {
  const client = await udpClient({ address, port })
  // A datagram may be lost, or its response may be late.
  const who = async () => {
    for (let asked = 0; asked < UDP_TRIES; asked++) {
      const answer = await client.ask('who')
      if (answer !== undefined) return answer.toString()
    }
    return undefined
  }
  return { who, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() }
}

/** The timeout of a response over TCP, in milliseconds. */
const PATIENCE = 2000

async function tcpTalk(host: string, port: number): Promise<Talk> {
  const socket = connect({ host, port })
  socket.on('error', () => {})
  const lines = createInterface({ input: socket })
  lines.on('error', () => {})
  await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE) })
  return {
    async who() {
      const answer = once(lines, 'line', { signal: AbortSignal.timeout(PATIENCE) })
      socket.write('who\n')
      return answer.then(
        ([line]) => String(line),
        () => undefined,
      )
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
    },
  }
}
