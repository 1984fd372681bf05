/**
 * The kinds of objects that a mesh is made of, one row each. Every other table of kinds comes from this one: the fields of
 * a snapshot and their types, what is watched and read from an API server, what is admitted from a folder, whose status is
 * written, what `l7mesh collect` puts into its archive. Data.
 *
 * How to add a kind of l7mesh:
 *
 * 1. Its CRD: `crds/crds/KIND.yaml`. `npm run generate` makes its type, its validator, its reference and the chart's copy.
 * 2. Its row here: it is then watched or read, validated, kept in the snapshot, and has a status.
 * 3. A folder in `translate/` that makes fragments of its objects: they are then on proxies.
 * 4. Its rights in `helm/l7mp-operator/files/rbac.yaml`: a test compares them with the rows.
 *
 * How to add a kind of Kubernetes: its schema in `sources/validation/core-schemas.ts`, the type of what is kept in
 * `core-types.ts`, the transform in `transform.ts`, its row here, and its rights as above.
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

/** A kind of l7mesh. It is namespaced and has a status; its objects are validated against the CRD of the kind. */
export type ResourceRow = Names & {
  readonly origin: 'l7mesh'
  readonly kind: AnyResource['kind']
  /** Whether proxies keep what they hold of an object while all its known versions are refused. */
  readonly retained: boolean
}

/** A kind of Kubernetes. It is namespaced and only read; `CORE_SCHEMAS` has its schema by `GROUP/KIND`. */
export type KubernetesRow = Names & {
  readonly origin: 'kubernetes'
  /** Reduces an object of an API server to the fields that are read. What it leaves out does not count as a change. */
  readonly transform: (object: RawObject) => { readonly metadata: ObjectMeta }
}

const MESH = { origin: 'l7mesh', group: 'l7mp.io', version: 'v1' } as const
const CORE = { origin: 'kubernetes', group: '', version: 'v1' } as const
const DISCOVERY = { origin: 'kubernetes', group: 'discovery.k8s.io', version: 'v1' } as const

/** By the field of the snapshot that holds the objects. People see the kinds in this order. */
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

/** What a field of the snapshot holds. */
export type ObjectOf<F extends SnapshotField> = F extends ResourceField
  ? ResourceOf<Rows[F]['kind']>
  : F extends KubernetesField
    ? ReturnType<Rows[F]['transform']>
    : never

const ROWS = new Map(RESOURCE_FIELDS.map(field => [KINDS[field].kind, KINDS[field]]))

export function rowOf(kind: ResourceKind): Rows[ResourceField] {
  // Each kind of the type is the kind of a row.
  return ROWS.get(kind) as Rows[ResourceField]
}

/** `GROUP/KIND` of the objects of a row. */
export function groupKindOf<R extends KindRow>({ group, kind }: R): GroupKind<R> {
  // A template keeps no literal types where they are generic.
  return `${group}/${kind}` as GroupKind<R>
}
type GroupKind<R extends KindRow> = R extends KindRow ? `${R['group']}/${R['kind']}` : never

/** `GROUP/VERSION` of the objects of a row, as in `apiVersion`. */
export function apiVersionOf({ group, version }: Pick<Names, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

/** A value for each field of the snapshot. */
export function byField<T extends { readonly [F in SnapshotField]: unknown }>(
  make: <F extends SnapshotField>(field: F) => T[F],
): T {
  // An entry for each field, with what the caller makes for it.
  return Object.fromEntries(SNAPSHOT_FIELDS.map(field => [field, make(field)])) as unknown as T
}
