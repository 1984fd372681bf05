/** Which nodes the mesh has: those of the manifests, else as many as were asked for. Pure. */
import type { SourceProblem } from '../../sources/snapshot.ts'
import type { Node } from './workload.ts'

export type ChosenNodes = { readonly nodes: readonly Node[]; readonly problems: readonly SourceProblem[] }

/** Several nodes need a network each (`isolated`); without, all pods run on the first. */
export function chooseNodes(defined: readonly Node[], count: number, isolated: boolean): ChosenNodes {
  const nodes = defined.length > 0 ? defined : Array.from({ length: Math.max(1, count) }, (_, index) => named(index))
  if (isolated || nodes.length === 1) return { nodes, problems: [] }
  const problem = {
    where: defined.length > 0 ? 'the Node manifests' : '--nodes',
    message: `there are ${nodes.length} nodes, but one network only: all pods run on ${nodes[0]?.name}`,
    help: 'Run with --netns (Linux), which gives each node a network namespace.',
  }
  return { nodes: nodes.slice(0, 1), problems: [problem] }
}

const named = (index: number): Node => {
  const name = `node-${index + 1}`
  return { name, labels: { 'kubernetes.io/hostname': name } }
}
