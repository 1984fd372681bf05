/** From the change of a pod or slice at the API server to its read-back on the last of the proxies. */
import { type Figure, median, percentile } from '../figures.ts'
import { findsByService } from './manifests.ts'
import type { ClusterMesh } from './mesh.ts'

const MOVES = 200
/** The first are not counted: code is compiled as it is first used. */
const WARM_UP = 40

type Size = { readonly mesh: ClusterMesh; readonly services: number }

export async function changed(small: Size, large: Size): Promise<readonly Figure[]> {
  const times = { small: [] as number[], large: [] as number[], pods: [] as number[], slices: [] as number[] }
  // In turns, so that other load on the machine affects both.
  for (let n = 0; n < MOVES + WARM_UP; n++) {
    const a = await small.mesh.move(n % small.services, n + 1)
    const b = await large.mesh.move(n % large.services, n + 1)
    if (n < WARM_UP) continue
    times.small.push(a)
    times.large.push(b)
    times[findsByService(n) ? 'slices' : 'pods'].push(b)
  }
  const ratio = median(times.large) / median(times.small)
  const kinds = `medians: ${median(times.pods).toFixed(1)} ms for a pod, ${median(times.slices).toFixed(1)} ms for a slice`
  return [
    figure(small, times.small, ''),
    figure(large, times.large, kinds),
    {
      what: `the same, ${large.services} VirtualServices to ${small.services}, medians`,
      value: ratio,
      unit: 'x',
      most: 1.2,
      detail: '',
    },
  ]
}

function figure({ services }: Size, times: readonly number[], detail: string): Figure {
  return {
    what: `a pod or slice changed at the API server to read back on the last of 3 proxies, p95, ${services} VirtualServices`,
    value: percentile(times, 95),
    unit: 'ms',
    most: 50,
    detail: `median ${median(times).toFixed(1)} ms over ${times.length} changes ${detail}`,
  }
}
