/** The nodes of the mesh: those of the manifests, or else the requested number. Pure. */
import type { SourceProblem } from '../../sources/snapshot.ts'
import type { Node } from './workload.ts'

export type ChosenNodes = { readonly nodes: readonly Node[]; readonly problems: readonly SourceProblem[] }

/** More than one node requires `isolated` networks; without them, all pods run on the first node. */
export function chooseNodes(defined: readonly Node[], count: number, isolated: boolean): ChosenNodes {
  const nodes = defined.length > 0 ? defined : Array.from({ length: Math.max(1, count) }, (_, index) => named(index))
  if (isolated || nodes.length === 1) return { nodes, problems: [] }
  const problem = {
    where: defined.length > 0 ? 'the Node manifests' : '--nodes',
    message: `there are ${nodes.length} nodes but only one network: all pods run on ${nodes[0]?.name}`,
    help: 'Run with --netns (Linux), which gives each node a network namespace.',
  }
  return { nodes: nodes.slice(0, 1), problems: [problem] }
}

const named = (index: number): Node => {
  const name = `node-${index + 1}`
  return { name, labels: { 'kubernetes.io/hostname': name } }
}
