/** From the save of one edited file to its change read back on a real proxy, in a small folder and in a large one. */
import { FolderMesh, type Manifest, proxyPod } from '../support/folder-mesh.ts'
import { startRealProxy } from '../support/real-proxy.ts'
import { type Figure, median, percentile } from './figures.ts'
import { freeUdpPorts } from './services.ts'

const SMALL = 10
const LARGE = 1000
const EDITS = 200
/** The first edits are not counted: code is compiled as it is first used. */
const WARM_UP = 30
const PROXIES = { app: 'proxy' }

export async function edit(): Promise<readonly Figure[]> {
  const small = await meshOf(SMALL)
  const large = await meshOf(LARGE)
  try {
    const times = { small: [] as number[], large: [] as number[] }
    // In turns, so that other load on the machine affects both.
    for (let n = 0; n < EDITS + WARM_UP; n++) {
      const [a, b] = [await small.edit(n), await large.edit(n)]
      if (n >= WARM_UP) {
        times.small.push(a)
        times.large.push(b)
      }
    }
    return figures(times.small, times.large)
  } finally {
    await small.stop()
    await large.stop()
  }
}

function figures(small: readonly number[], large: readonly number[]): readonly Figure[] {
  const detail = (times: readonly number[]) => `median ${median(times).toFixed(1)} ms over ${times.length} edits`
  const of = (count: number, times: readonly number[]): Figure => ({
    what: `one edited file to read back, p95, ${count} VirtualServices`,
    value: percentile(times, 95),
    unit: 'ms',
    most: 50,
    detail: detail(times),
  })
  const ratio = median(large) / median(small)
  const what = `the same, ${LARGE} VirtualServices to ${SMALL}, medians`
  return [of(SMALL, small), of(LARGE, large), { what, value: ratio, unit: 'x', most: 1.2, detail: '' }]
}

async function meshOf(count: number) {
  const proxy = await startRealProxy()
  const ports = await freeUdpPorts(count)
  const file = (index: number) => `service-${index}.yaml`
  const files = ports.map((port, index) => [file(index), [service(index, port, 0)]] as const)
  const mesh = await FolderMesh.start({
    'pods.yaml': [proxyPod('proxy', proxy.port, PROXIES)],
    ...Object.fromEntries(files),
  })
  await mesh.until('the first filling', ({ proxies }) => proxies.get('default/proxy')?.phase === 'converged', 120_000)
  return {
    async edit(n: number): Promise<number> {
      const index = n % count
      const began = performance.now()
      await mesh.edit(file(index), [service(index, ports[index] ?? 0, n + 1)])
      return performance.now() - began
    },
    async stop(): Promise<void> {
      await mesh.stop()
      await proxy.stop()
    },
  }
}

/** A service whose rule differs with each edit. */
function service(index: number, port: number, edit: number): Manifest {
  const match = { op: 'test', path: '/IP/src_addr', value: `10.0.${edit >> 8}.${edit & 255}` }
  const destination = { spec: { UDP: { port: 53 } }, endpoints: [{ spec: { address: '10.1.0.1' } }] }
  const rules = [{ match, action: { route: { destination } } }]
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: `service-${index}` },
    spec: { selector: { matchLabels: PROXIES }, listener: { spec: { UDP: { port } }, rules } },
  }
}
