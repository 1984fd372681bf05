/** Validates the resources of a cluster like manifests, but with the objects that really exist as referents. Pure. */

import type { ValidatedResource } from '../../sources/kubernetes/validated-resource.ts'
import type { Resource, ResourceKey } from '../../sources/snapshot.ts'
import type { ObservedCluster } from '../cluster/observe-cluster.ts'
import { FINDING_CODES } from './codes.ts'
import { type CodedFinding, codedFinding, problemFinding, type ValidationResult } from './validate-files.ts'

/** `namespace`: whose resources are validated; undefined: all. */
export function validateClusterResources(
  { resources, fleet }: ObservedCluster,
  namespace: string | undefined,
): ValidationResult {
  const selected = [...resources]
    .filter(([key]) => namespace === undefined || key.split('/')[1] === namespace)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const findings = selected.flatMap(([key, resource]) => {
    const { problems = [], notes = [] } = fleet.verdicts.get(key) ?? {}
    const where = titleOf(key)
    return [
      ...schemaFindings(resource, where),
      ...problems.map(problem => problemFinding(problem, where)),
      ...notes.map(message => codedFinding('L7M0208', where, { message })),
    ]
  })
  return { objects: selected.length, findings }
}

function schemaFindings({ findings }: ValidatedResource<Resource>, where: string): readonly CodedFinding[] {
  return findings.map(finding => codedFinding(FINDING_CODES[finding.kind], where, finding))
}

/** `VirtualService games/lobby` */
function titleOf(key: ResourceKey): string {
  return key.replace('/', ' ')
}
