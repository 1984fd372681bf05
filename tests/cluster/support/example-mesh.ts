/** The mesh of an example for its check: a scratch copy of its folder, applied to a cluster by kubectl. */
import { extname, join } from 'node:path'
import type { Mesh, MeshPod } from '../../../examples/mesh.ts'
import { editFile, patient } from '../../support/example-mesh.ts'
import { killPod } from '../../support/pod-processes.ts'
import type { Cluster } from '../cluster.ts'
import { isReady, type Pod } from './objects.ts'
import type { Release } from './release.ts'

/** `folder`: a copy for edits; `deadline`: the timeout of `waitFor`, in milliseconds. */
export function exampleMesh(cluster: Cluster, { kubectl }: Release, folder: string, deadline: number): Mesh {
  return {
    pods: labels => podsWith(cluster, labels ?? {}),
    waitFor: patient(deadline),
    async edit(file, change) {
      await editFile(join(folder, file), change)
      if (extname(file) === '.yaml') await kubectl('apply', '-f', join(folder, file))
    },
    kill: killPod,
  }
}

async function podsWith({ client }: Cluster, labels: Readonly<Record<string, string>>): Promise<readonly MeshPod[]> {
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join()
  const { items } = (await client.request({ path: '/api/v1/pods', query: { labelSelector } })) as { items: Pod[] }
  const pods = items.map(pod => ({
    key: `${pod.metadata.namespace}/${pod.metadata.name}`,
    labels: pod.metadata.labels ?? {},
    address: pod.status.podIP ?? '',
    ready: isReady(pod),
  }))
  return pods.sort((a, b) => (a.key < b.key ? -1 : 1))
}
