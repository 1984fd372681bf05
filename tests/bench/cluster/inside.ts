/** The process that runs the cluster, in its own namespaces, and measures. Sends figures to its parent. */
import { fileURLToPath } from 'node:url'
import { type Cluster, startCluster } from '../../cluster/cluster.ts'
import type { Figure } from '../figures.ts'
import { applied } from './applied.ts'
import { changed } from './changed.ts'
import { ClusterMesh } from './mesh.ts'
import { unselected } from './unselected.ts'

const SMALL = 10
const LARGE = 1000
const CRDS = fileURLToPath(new URL('../../../crds/crds', import.meta.url))

const say = (line: string) => void process.stderr.write(`${line}\n`)
const cluster = await startCluster({ nodes: 3, nodeGraceSeconds: 600, say })
try {
  for await (const figures of measure(cluster)) process.send?.(figures)
} finally {
  await cluster.stop()
}
process.disconnect?.()

async function* measure(cluster: Cluster): AsyncGenerator<readonly Figure[]> {
  await kubectl(cluster, ['apply', '--server-side', '-f', CRDS])
  await kubectl(cluster, ['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
  say(`filling a mesh of ${SMALL} and one of ${LARGE} VirtualServices`)
  const small = await ClusterMesh.start(cluster, 'small', SMALL)
  const large = await ClusterMesh.start(cluster, 'large', LARGE)
  try {
    yield await changed({ mesh: small, services: SMALL }, { mesh: large, services: LARGE })
    yield await applied(cluster, large, LARGE)
    yield await unselected(cluster)
  } finally {
    await small.stop()
    await large.stop()
  }
}

async function kubectl(cluster: Cluster, args: readonly string[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(args)
  if (code !== 0) throw new Error(stderr)
}
