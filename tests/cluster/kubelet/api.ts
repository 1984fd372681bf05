/** The objects that the kubelet reads, reduced to the fields that it uses. The API server has validated them. */
import type { V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node'
import type { PodCondition } from '../../../operator/src/kinds/core-types.ts'

/** In JSON, times are strings. */
export type Meta = Pick<V1ObjectMeta, 'labels' | 'annotations' | 'deletionGracePeriodSeconds'> & {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
}

export type ApiPod = {
  readonly metadata: Meta
  readonly spec: V1PodSpec
  readonly status?: { readonly phase?: string; readonly conditions?: readonly PodCondition[] }
}

export type ConfigMap = {
  readonly metadata: Meta
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
}

/** Values are in base64. */
export type Secret = { readonly metadata: Meta; readonly data?: Readonly<Record<string, string>> }

export const keyOf = ({ metadata }: { readonly metadata: Meta }) => `${metadata.namespace}/${metadata.name}`
