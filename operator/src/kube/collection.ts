/**
 * Collections: the objects of one kind that an API server stores, their paths, and the minimal shape of any object.
 * Pure.
 */
import { isRecord } from '@l7mesh/crds'
import type { RawObject } from '../raw-object.ts'
import { KubeError } from './kube-error.ts'

/** All objects of one kind, in one namespace or in all. */
export type Collection = {
  /** Empty for Kubernetes' core kinds. */
  readonly group: string
  readonly version: string
  /** `virtualservices` */
  readonly plural: string
  /** undefined means all namespaces. */
  readonly namespace: string | undefined
}

/** Parses the text of a response: `JSON.parse`, or a parser that omits unused fields. */
export type Parse = (text: string) => unknown

/** The path of a version of a group: `/apis/l7mp.io/v1`. */
export function versionPath({ group, version }: Pick<Collection, 'group' | 'version'>): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}

export function collectionPath(collection: Collection): string {
  const { namespace, plural } = collection
  return `${versionPath(collection)}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`
}

/** As kubectl and error messages write it: `virtualservices.l7mp.io`. */
export function resourceName({ group, plural }: Pick<Collection, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`
}

/** For people: `virtualservices.l7mp.io in namespace games`. */
export function titleOf(collection: Collection): string {
  const { namespace } = collection
  return `${resourceName(collection)}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
}

/** `NAMESPACE/NAME` */
export function nameOf({ metadata: { namespace = '', name } }: RawObject): string {
  return `${namespace}/${name}`
}

export function parseObject(value: unknown): RawObject {
  if (isRawObject(value)) return value
  throw new KubeError('server-fault', 'the API server returned an object without a name or a resourceVersion')
}

export function isRawObject(value: unknown): value is RawObject {
  if (!isRecord(value) || !isRecord(value.metadata)) return false
  const { name, namespace, resourceVersion } = value.metadata
  const isNamed = typeof name === 'string' && (namespace === undefined || typeof namespace === 'string')
  return isNamed && typeof resourceVersion === 'string'
}
