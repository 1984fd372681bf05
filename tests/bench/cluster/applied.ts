/** From `kubectl apply` of VirtualServices to the first reply through a proxy, and to all of them being bound. */
import { createSocket } from 'node:dgram'
import type { Cluster } from '../../cluster/cluster.ts'
import { readyPods } from '../../cluster/support/objects.ts'
import { type Figure, median } from '../figures.ts'
import { echoService, FIRST_PORT, type Manifest } from './manifests.ts'
import { type ClusterMesh, holdsAll } from './mesh.ts'

const APPLIES = 15
const MANY = 200

/** `present`: how many VirtualServices there are already. */
export async function applied(cluster: Cluster, mesh: ClusterMesh, present: number): Promise<readonly Figure[]> {
  const [proxy] = await readyPods(cluster, mesh.namespace, 'proxy', 3)
  const host = proxy?.status.podIP ?? ''
  const totals: number[] = []
  const own: number[] = []
  for (let n = 0; n < APPLIES; n++) {
    const began = performance.now()
    const reply = firstReply(host, FIRST_PORT + present + n)
    await apply(cluster, [echoService(mesh.namespace, present + n)])
    own.push(performance.now() - began)
    totals.push((await reply) - began)
  }
  const all = present + APPLIES + MANY
  await apply(
    cluster,
    Array.from({ length: MANY }, (_, n) => echoService(mesh.namespace, present + APPLIES + n)),
  )
  const ended = performance.now()
  const bound = (await mesh.until(`${MANY} more`, report => holdsAll(report, all))) - ended
  const [total, alone] = [median(totals), median(own)]
  const detail = `kubectl itself ${alone.toFixed(0)} ms; medians of ${APPLIES}, ${present} others present`
  return [
    {
      what: 'kubectl apply of a VirtualService to the first reply through a proxy',
      value: total,
      unit: 'ms',
      most: undefined,
      detail,
    },
    { what: 'the same, to kubectl itself', value: total / alone, unit: 'x', most: 1.5, detail: '' },
    {
      what: `${MANY} in one apply, from the end of kubectl to all of them bound on 3 proxies`,
      value: bound,
      unit: 'ms',
      most: undefined,
      detail: '',
    },
    {
      what: 'the same, to one apply of kubectl itself',
      value: bound / alone,
      unit: 'x',
      // 0.3 s where kubectl takes 0.08 s: what a machine can do at all shows in both.
      most: 3.75,
      detail: '',
    },
  ]
}

async function apply(cluster: Cluster, items: readonly Manifest[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { input: list })
  if (code !== 0) throw new Error(stderr)
}

const ASK_EVERY_MS = 2
const PATIENCE_MS = 10_000

/** Sends requests until there is a response. Returns its time, by `performance.now()`. */
function firstReply(host: string, port: number): Promise<number> {
  const socket = createSocket('udp4')
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  socket.on('message', () => resolve(performance.now()))
  // Nothing listens yet.
  socket.on('error', () => {})
  const asking = setInterval(() => socket.send('hello', port, host), ASK_EVERY_MS)
  const late = setTimeout(() => reject(new Error(`no reply from ${host}:${port}`)), PATIENCE_MS)
  return promise.finally(() => {
    clearInterval(asking)
    clearTimeout(late)
    socket.close()
  })
}
