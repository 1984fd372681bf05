/** The verdict on the resources of a cluster: the same as on manifests, with what is really there to refer to. Pure. */

import type { ValidatedResource } from '../../sources/kubernetes/validated-resource.ts'
import type { Resource, ResourceKey } from '../../sources/snapshot.ts'
import type { ObservedCluster } from '../cluster/observe-cluster.ts'
import { FINDING_CODES } from './codes.ts'
import { type Complaint, complain, type Judgement, problemComplaint } from './verdict.ts'

/** `namespace`: whose resources are judged; undefined: all. */
export function judgeCluster({ resources, fleet }: ObservedCluster, namespace: string | undefined): Judgement {
  const judged = [...resources]
    .filter(([key]) => namespace === undefined || key.split('/')[1] === namespace)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const complaints = judged.flatMap(([key, resource]) => {
    const { problems = [], notes = [] } = fleet.verdicts.get(key) ?? {}
    const where = titleOf(key)
    return [
      ...foundIn(resource, where),
      ...problems.map(problem => problemComplaint(problem, where)),
      ...notes.map(message => complain('L7M0208', where, { message })),
    ]
  })
  return { objects: judged.length, complaints }
}

function foundIn({ findings }: ValidatedResource<Resource>, where: string): readonly Complaint[] {
  return findings.map(finding => complain(FINDING_CODES[finding.kind], where, finding))
}

/** `VirtualService games/lobby` */
function titleOf(key: ResourceKey): string {
  return key.replace('/', ' ')
}
