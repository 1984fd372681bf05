/**
 * The kinds of objects in a mesh, one row each. All other tables of kinds are derived from this one: the fields and
 * types of a snapshot, the kinds that are watched, admitted from a folder, given a status, and archived by `l7mesh
 * collect`. Data.
 *
 * How to add a kind of l7mesh:
 *
 * 1. Its CRD: `crds/crds/KIND.yaml`. `npm run generate` generates its type, its validator, its reference and the chart's copy.
 * 2. Its row here: it is then watched or read, validated, part of the snapshot, and has a status.
 * 3. A folder in `translate/` that makes fragments of its objects, and its row in `scripts/rooms.ts`: they are then programmed
 *    on proxies.
 * 4. Its permissions in `helm/l7mp-operator/files/rbac.yaml`: a test compares them with the rows.
 *
 * How to add a kind of Kubernetes: its schema in `sources/validation/core-schemas.ts`, the type of the reduced object
 * in `core-types.ts`, its transform in `transform.ts`, its row here, and its permissions as above.
 *
 * `operator/test/kinds/kinds.test.ts` adds a kind in a copy of the repository.
 */
import type { Resource as AnyResource, ObjectMeta } from '@l7mesh/crds'
import type { RawObject } from '../raw-object.ts'
import { transformEndpointSlice, transformPod, transformService } from './transform.ts'

type Names = {
  /** Empty for Kubernetes' core kinds. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** As in paths of the API server. */
  readonly plural: string
}

/** A kind of l7mesh. It is namespaced and has a status; its objects are validated against its CRD. */
export type ResourceRow = Names & {
  readonly origin: 'l7mesh'
  readonly kind: AnyResource['kind']
  /** Whether proxies keep the objects of a resource while all its known versions are rejected. */
  readonly retained: boolean
}

/** A kind of Kubernetes. It is namespaced and read-only; `CORE_SCHEMAS` contains its schema by `GROUP/KIND`. */
export type KubernetesRow = Names & {
  readonly origin: 'kubernetes'
  /** Reduces an object of an API server to the fields that are used. Other fields do not count as a change. */
  readonly transform: (object: RawObject) => { readonly metadata: ObjectMeta }
}

const MESH = { origin: 'l7mesh', group: 'l7mp.io', version: 'v1' } as const
const CORE = { origin: 'kubernetes', group: '', version: 'v1' } as const
const DISCOVERY = { origin: 'kubernetes', group: 'discovery.k8s.io', version: 'v1' } as const

/** By the field of the snapshot that contains the objects. Output lists the kinds in this order. */
export const KINDS = {
  virtualServices: { ...MESH, kind: 'VirtualService', plural: 'virtualservices', retained: true },
  targets: { ...MESH, kind: 'Target', plural: 'targets', retained: false },
  rules: { ...MESH, kind: 'Rule', plural: 'rules', retained: false },
  routes: { ...MESH, kind: 'Route', plural: 'routes', retained: false },
  pods: { ...CORE, kind: 'Pod', plural: 'pods', transform: transformPod },
  services: { ...CORE, kind: 'Service', plural: 'services', transform: transformService },
  endpointSlices: { ...DISCOVERY, kind: 'EndpointSlice', plural: 'endpointslices', transform: transformEndpointSlice },
} as const satisfies Readonly<Record<string, ResourceRow | KubernetesRow>>

type Rows = typeof KINDS
/** A row of the table. */
export type KindRow = Rows[SnapshotField]

/** A field of the snapshot. */
export type SnapshotField = keyof Rows
export type ResourceField = {
  [F in SnapshotField]: Rows[F] extends { readonly origin: 'l7mesh' } ? F : never
}[SnapshotField]
export type KubernetesField = Exclude<SnapshotField, ResourceField>

export const SNAPSHOT_FIELDS = Object.keys(KINDS) as readonly SnapshotField[]
export const RESOURCE_FIELDS = SNAPSHOT_FIELDS.filter(
  (field): field is ResourceField => KINDS[field].origin === 'l7mesh',
)
export const KUBERNETES_FIELDS = SNAPSHOT_FIELDS.filter(
  (field): field is KubernetesField => KINDS[field].origin === 'kubernetes',
)

export type ResourceKind = Rows[ResourceField]['kind']
type ByKind = { readonly [R in AnyResource as R['kind']]: R }
export type ResourceOf<K extends ResourceKind> = ByKind[K]

/** The type of the objects in a field of the snapshot. */
export type ObjectOf<F extends SnapshotField> = F extends ResourceField
  ? ResourceOf<Rows[F]['kind']>
  : F extends KubernetesField
    ? ReturnType<Rows[F]['transform']>
    : never

const ROWS = new Map(RESOURCE_FIELDS.map(field => [KINDS[field].kind, KINDS[field]]))

export function rowOf(kind: ResourceKind): Rows[ResourceField] {
  // The type contains exactly the kinds of the rows.
  return ROWS.get(kind) as Rows[ResourceField]
}

/** `GROUP/KIND` of a row. */
export function groupKindOf<R extends KindRow>({ group, kind }: R): GroupKind<R> {
  // Template literals lose generic literal types.
  return `${group}/${kind}` as GroupKind<R>
}
type GroupKind<R extends KindRow> = R extends KindRow ? `${R['group']}/${R['kind']}` : never

/** `GROUP/VERSION` of a row, as in `apiVersion`. */
export function apiVersionOf({ group, version }: Pick<Names, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

/** Creates a value for each field of the snapshot. */
export function byField<T extends { readonly [F in SnapshotField]: unknown }>(
  make: <F extends SnapshotField>(field: F) => T[F],
): T {
  // An entry for each field, created by the caller.
  return Object.fromEntries(SNAPSHOT_FIELDS.map(field => [field, make(field)])) as unknown as T
}
