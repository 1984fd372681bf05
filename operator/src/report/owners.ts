/**
 * Updates of the owners of resources: with `updateOwners`, the generation in which each resource was last applied is
 * written to `status.children.applied` of each of its owners. Pure.
 */
import type { OwnerReference } from '@l7mesh/crds'
import type { ResourceKey, Snapshot } from '../sources/snapshot.ts'
import { type ResourceStatus, resourcesOf } from './status.ts'

export type OwnerUpdate = {
  readonly owner: OwnerReference
  /** The namespace of the owner, which is that of the resource. */
  readonly namespace: string
  /** `/l7mp.io/v1/KIND/NAMESPACE/NAME` → generation. */
  readonly applied: Readonly<Record<string, number>>
}

/** One update for each owner of an applied resource, cluster-scoped owners included. */
export function ownerUpdates(
  snapshot: Snapshot,
  statuses: ReadonlyMap<ResourceKey, ResourceStatus>,
): readonly OwnerUpdate[] {
  const updates = new Map<string, OwnerUpdate>()
  for (const [key, { metadata, spec }] of resourcesOf(snapshot)) {
    const status = statuses.get(key)
    if (!('updateOwners' in spec) || !spec.updateOwners || !status || !isApplied(status)) continue
    for (const owner of metadata.ownerReferences ?? []) {
      const namespace = metadata.namespace ?? 'default'
      const id = `${owner.uid}/${owner.kind}/${namespace}/${owner.name}`
      const applied = { ...updates.get(id)?.applied, [`/l7mp.io/v1/${key}`]: status.observedGeneration }
      updates.set(id, { owner, namespace, applied })
    }
  }
  return [...updates.values()]
}

function isApplied({ conditions }: ResourceStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Programmed' && status === 'True')
}
