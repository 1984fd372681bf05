/** The rows of the kinds under the names that tests use, as the kinds of a fake API server. */
import { KINDS, RESOURCE_FIELDS, SNAPSHOT_FIELDS } from '../../src/kinds/kinds.ts'
import type { ServedKind } from '../../src/kube/testing/object-store.ts'

export const {
  virtualServices: VIRTUAL_SERVICE,
  targets: TARGET,
  rules: RULE,
  routes: ROUTE,
  pods: POD,
  services: SERVICE,
  endpointSlices: ENDPOINT_SLICE,
} = KINDS

export const MESH_KINDS: readonly ServedKind[] = RESOURCE_FIELDS.map(field => KINDS[field])
export const ALL_KINDS: readonly ServedKind[] = SNAPSHOT_FIELDS.map(field => KINDS[field])
