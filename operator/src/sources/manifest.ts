/**
 * A manifest: one Kubernetes object of any kind as written in a folder, and its identifying names. The parser returns
 * plain values, which become manifests and then a snapshot.
 */
import type { ObjectMeta, Validator } from '@l7mesh/crds'

/** Frozen. `metadata.namespace` is set (default: `default`); the rest is as written. */
export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta & { readonly namespace: string }
  readonly [field: string]: unknown
}

/**
 * Validates a resource like an API server: returns what it would store, or why it would reject it. Created by
 * `createValidator` of `@l7mesh/crds`.
 */
export type Validate = Validator['validate']

export const MESH_VERSION = 'l7mp.io/v1'

/** The part of an apiVersion before the slash; empty for Kubernetes' core kinds. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash === -1 ? '' : apiVersion.slice(0, slash)
}

/** `GROUP/KIND/NAMESPACE/NAME`. Versions of one object have the same key. */
export function objectKey({ apiVersion, kind, metadata }: Manifest): string {
  return `${groupOf(apiVersion)}/${kind}/${metadata.namespace}/${metadata.name}`
}
