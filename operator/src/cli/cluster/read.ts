/**
 * What a cluster holds that a mesh is made of, read once: the same seven kinds that an operator watches, cut down and
 * checked in the same way. A kind that is missing or may not be read is said, and counts as empty.
 */
import { createValidator, type Route, type Rule, type Target, type VirtualService } from '@l7mesh/crds'
import { type Collection, nameOf, type RawObject } from '../../kube/collection.ts'
import type { KubeClient } from '../../kube/connect.ts'
import { absenceOf } from '../../kube/discovery.ts'
import { KubeError } from '../../kube/errors.ts'
import { list } from '../../kube/list.ts'
import { parseWithoutManagedFields } from '../../kube/parse.ts'
import type { ReflectorState } from '../../kube/reflector.ts'
import type { Rejections } from '../../report/status.ts'
import { collectionProblems } from '../../sources/kubernetes/problems.ts'
import { coreHolder, type HeldCore, oddProblems, soundOnes } from '../../sources/kubernetes/validated-core.ts'
import { type HeldResource, holder } from '../../sources/kubernetes/validated-resource.ts'
import type { ByName, Resource, ResourceKey, ResourceKind, Snapshot, SourceProblem } from '../../sources/snapshot.ts'
import { cutEndpointSlice, cutPod, cutService } from '../../sources/transform.ts'

/** All objects of the seven kinds, as they came. */
export type Objects = { readonly [field in keyof Snapshot]: readonly RawObject[] }

export type Reading = {
  readonly objects: Objects
  /** Kinds that could not be read. */
  readonly unread: readonly SourceProblem[]
  /** The one namespace that could be read, where not all may be. */
  readonly onlyNamespace: string | undefined
}

type Kind = Pick<Collection, 'group' | 'version' | 'plural'>

const mesh = (plural: string): Kind => ({ group: 'l7mp.io', version: 'v1', plural })
export const KINDS: { readonly [field in keyof Snapshot]: Kind } = {
  virtualServices: mesh('virtualservices'),
  targets: mesh('targets'),
  rules: mesh('rules'),
  routes: mesh('routes'),
  pods: { group: '', version: 'v1', plural: 'pods' },
  services: { group: '', version: 'v1', plural: 'services' },
  endpointSlices: { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' },
}
export const FIELDS = Object.keys(KINDS) as readonly (keyof Snapshot)[]

/**
 * Reads all namespaces, for what stands in one may reach into any other; where that is not allowed, this one alone.
 * Rejects with a KubeError where the API server does not answer.
 */
export async function readCluster(client: KubeClient, namespace: string, signal: AbortSignal): Promise<Reading> {
  const read = await Promise.all(FIELDS.map(field => readKind(client, KINDS[field], namespace, signal)))
  const objects = forEachField((_, i) => read[i]?.items ?? [])
  const reports = read.flatMap(({ collection, state }) => (state ? [{ collection, state }] : []))
  return {
    objects,
    unread: collectionProblems(reports, client.server),
    onlyNamespace: read.some(({ collection }) => collection.namespace !== undefined) ? namespace : undefined,
  }
}

type ReadKind = {
  readonly collection: Collection
  readonly items: readonly RawObject[]
  /** Why there are none; undefined where it was read. */
  readonly state: ReflectorState | undefined
}

async function readKind(client: KubeClient, kind: Kind, namespace: string, signal: AbortSignal): Promise<ReadKind> {
  const all = await readCollection(client, { ...kind, namespace: undefined }, signal)
  if (all.state?.tag !== 'failing') return all
  const one = await readCollection(client, { ...kind, namespace }, signal)
  return one.state ? all : one
}

async function readCollection(client: KubeClient, collection: Collection, signal: AbortSignal): Promise<ReadKind> {
  try {
    const { items } = await listed(client, collection, signal)
    return { collection, items, state: undefined }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    const state = await stateOf(error, client, collection, signal)
    return { collection, items: [], state }
  }
}

/** How collections are listed that are read once. */
export const ONCE = { pageSize: 500, timeoutMs: 30_000, parse: parseWithoutManagedFields }

/** What is listed in pages may be forgotten in between. */
async function listed(client: KubeClient, collection: Collection, signal: AbortSignal) {
  const options = { ...ONCE, signal }
  try {
    return await list(client, collection, options)
  } catch (error) {
    if (error instanceof KubeError && error.code === 'gone') return list(client, collection, options)
    throw error
  }
}

/** Of one kind alone. What is wrong with the whole server is thrown again. */
async function stateOf(
  error: KubeError,
  client: KubeClient,
  collection: Collection,
  signal: AbortSignal,
): Promise<ReflectorState> {
  if (error.code === 'forbidden') return { tag: 'failing', error }
  if (error.code !== 'not-found') throw error
  const absence = await absenceOf(client, collection, { signal, timeoutMs: ONCE.timeoutMs })
  if (!absence) throw error
  return { tag: 'missing', absence, lost: false }
}

/** As an operator that looks at these namespaces alone; undefined: at all. */
export function within(objects: Objects, namespaces: readonly string[] | undefined): Objects {
  if (namespaces === undefined || namespaces.length === 0) return objects
  const isSeen = ({ metadata }: RawObject) => namespaces.includes(metadata.namespace ?? '')
  return forEachField(field => objects[field].filter(isSeen))
}

function forEachField<T>(make: (field: keyof Snapshot, index: number) => T): { readonly [field in keyof Snapshot]: T } {
  const made = FIELDS.map((field, index) => [field, make(field, index)] as const)
  return Object.fromEntries(made) as Record<keyof Snapshot, T>
}

export type Understood = {
  readonly snapshot: Snapshot
  readonly rejected: Rejections
  /** Objects of other kinds that cannot be read. */
  readonly warnings: readonly SourceProblem[]
  /** Everything about each resource, by key. */
  readonly resources: ReadonlyMap<ResourceKey, HeldResource<Resource>>
}

export function understand(objects: Objects): Understood {
  const virtualServices = held<VirtualService>('VirtualService', objects.virtualServices)
  const targets = held<Target>('Target', objects.targets)
  const rules = held<Rule>('Rule', objects.rules)
  const routes = held<Route>('Route', objects.routes)
  const resources = new Map<ResourceKey, HeldResource<Resource>>([
    ...keyed('VirtualService', virtualServices),
    ...keyed('Target', targets),
    ...keyed('Rule', rules),
    ...keyed('Route', routes),
  ])
  const pods = heldCore(objects.pods, coreHolder('/Pod', cutPod))
  const services = heldCore(objects.services, coreHolder('/Service', cutService))
  const endpointSlices = heldCore(
    objects.endpointSlices,
    coreHolder('discovery.k8s.io/EndpointSlice', cutEndpointSlice),
  )
  const flawed = [...resources].filter(([, { findings }]) => findings.length > 0)
  return {
    snapshot: {
      virtualServices: inForce(virtualServices),
      targets: inForce(targets),
      rules: inForce(rules),
      routes: inForce(routes),
      pods: soundOnes(pods),
      services: soundOnes(services),
      endpointSlices: soundOnes(endpointSlices),
    },
    rejected: new Map(flawed.map(([key, { findings }]) => [key, findings])),
    warnings: [
      ...oddProblems('Pod', pods),
      ...oddProblems('Service', services),
      ...oddProblems('EndpointSlice', endpointSlices),
    ],
    resources,
  }
}

function held<T extends Resource>(kind: T['kind'], objects: readonly RawObject[]): ByName<HeldResource<T>> {
  const hold = holder<T>(kind, createValidator().validate)
  return byName(objects, object => hold(object, undefined))
}

function heldCore<T>(
  objects: readonly RawObject[],
  hold: (object: RawObject, before: HeldCore<T> | undefined) => HeldCore<T>,
): ByName<HeldCore<T>> {
  return byName(objects, object => hold(object, undefined))
}

function keyed<T extends Resource>(kind: ResourceKind, all: ByName<HeldResource<T>>) {
  return [...all].map(([name, one]) => [`${kind}/${name}` as ResourceKey, one] as const)
}

function inForce<T extends Resource>(all: ByName<HeldResource<T>>): ByName<T> {
  return new Map([...all].flatMap(([name, { inForce }]) => (inForce ? [[name, inForce] as const] : [])))
}

function byName<T>(objects: readonly RawObject[], read: (object: RawObject) => T): ByName<T> {
  return new Map(objects.map(object => [nameOf(object), read(object)]))
}
