/**
 * One Kubernetes object as it stands in a folder, of whatever kind, and the names by which it is known there. Between
 * the parser, which gives plain values, and the assembly, which makes a snapshot of them.
 */
import type { ObjectMeta, Validator } from '@l7mesh/crds'

/** Frozen. `metadata.namespace` is filled in (`default`), the rest is as written. */
export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta & { readonly namespace: string }
  readonly [field: string]: unknown
}

/**
 * The verdict of an API server on a resource: what it would store, or why it would refuse it; `createValidator` of
 * `@l7mesh/crds` makes one.
 */
export type Validate = Validator['validate']

export const MESH_VERSION = 'l7mp.io/v1'

/** The part of an apiVersion before the slash; empty for Kubernetes' core kinds. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash === -1 ? '' : apiVersion.slice(0, slash)
}

/** `GROUP/KIND/NAMESPACE/NAME`: two versions of one object are the same object. */
export function objectKey({ apiVersion, kind, metadata }: Manifest): string {
  return `${groupOf(apiVersion)}/${kind}/${metadata.namespace}/${metadata.name}`
}
