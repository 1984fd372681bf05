/** The Kubernetes objects of a mesh, reduced to the fields that are used. */
import type { ObjectMeta } from '@l7mesh/crds'

export type ContainerPort = { readonly name?: string; readonly containerPort: number; readonly protocol?: string }
export type Container = { readonly name: string; readonly ports?: readonly ContainerPort[] }
export type PodCondition = { readonly type: string; readonly status: string }
export type Pod = {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly nodeName?: string
    readonly hostNetwork?: boolean
    readonly containers: readonly Container[]
    readonly readinessGates?: readonly { readonly conditionType: string }[]
  }
  readonly status?: {
    readonly phase?: string
    readonly podIP?: string
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly conditions?: readonly PodCondition[]
  }
}

export type ServicePort = {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly protocol?: string
  readonly appProtocol?: string
}
export type Service = {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly externalName?: string
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly ServicePort[]
    /** In order of preference. */
    readonly ipFamilies?: readonly string[]
    readonly sessionAffinity?: string
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } }
    readonly internalTrafficPolicy?: string
    readonly trafficDistribution?: string
  }
}

/** Prefix of the annotations that make a Service prefer endpoints of certain zones. */
export const TOPOLOGY = 'service.kubernetes.io/topology-'

export type SliceEndpoint = {
  readonly addresses: readonly string[]
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
  readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly namespace?: string }
}
export type EndpointSlice = {
  readonly metadata: ObjectMeta
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly endpoints: readonly SliceEndpoint[]
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[]
}
