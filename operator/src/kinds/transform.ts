/**
 * Reduces Kubernetes objects of an API server to the fields that a mesh uses. Other fields do not count as a change, so
 * most updates of a Pod end here. Pure.
 *
 * Their fields have already been validated, and nulls removed (validated-core.ts).
 */
import type { ObjectMeta } from '@l7mesh/crds'
import type { RawObject } from '../raw-object.ts'
import {
  type Container,
  type EndpointSlice,
  type Pod,
  type Service,
  type SliceEndpoint,
  TOPOLOGY,
} from './core-types.ts'

/** Written by `kubectl apply`: a copy of the whole object. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Omits annotations, versions and managed fields, whose changes are irrelevant. */
export function transformMetadata({ metadata }: RawObject): ObjectMeta & { readonly namespace: string } {
  const { name, namespace = '', uid, creationTimestamp, deletionTimestamp, labels } = metadata as RawMetadata
  return {
    name,
    namespace,
    ...(uid !== undefined && { uid }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(labels !== undefined && { labels }),
  }
}

type RawMetadata = ObjectMeta & RawObject['metadata']

/**
 * A selector may match any field by its path. The result contains labels and annotations, every scalar field of `spec`
 * and `status`, the node selector, containers with their ports, and whether the pod is ready.
 */
export function transformPod(object: RawObject): Pod {
  const { metadata, spec, status = {} } = object as RawObject & RawPod
  const { nodeSelector } = spec
  return {
    metadata: { ...transformMetadata(object), ...annotationsOf(metadata) },
    spec: {
      ...scalarFields(spec),
      ...(nodeSelector !== undefined && { nodeSelector }),
      containers: spec.containers.map(transformContainer),
    },
    status: {
      ...scalarFields(status),
      ...(status.podIPs && { podIPs: status.podIPs.map(({ ip }) => ({ ip })) }),
      conditions: (status.conditions ?? []).filter(({ type }) => type === 'Ready').map(transformCondition),
    },
  }
}

type RawPod = Pod & { readonly spec: { readonly nodeSelector?: Readonly<Record<string, string>> } }

function annotationsOf({ annotations }: ObjectMeta): Pick<ObjectMeta, 'annotations'> {
  const { [LAST_APPLIED]: _, ...kept } = annotations ?? {}
  return Object.keys(kept).length > 0 ? { annotations: kept } : {}
}

function transformContainer({ name, ports }: Container): Container {
  if (!ports) return { name }
  return {
    name,
    ports: ports.map(({ name, containerPort, protocol }) => ({
      ...(name !== undefined && { name }),
      containerPort,
      ...(protocol !== undefined && { protocol }),
    })),
  }
}

function transformCondition({ type, status }: { readonly type: string; readonly status: string }) {
  return { type, status }
}

/** The scalar fields, except `observedGeneration`, which changes with every other field. */
function scalarFields(part: object): object {
  return Object.fromEntries(
    Object.entries(part).filter(([name, value]) => typeof value !== 'object' && name !== 'observedGeneration'),
  )
}

export function transformService(object: RawObject): Service {
  const { spec } = object as RawObject & Pick<Service, 'spec'>
  const { type, clusterIP, externalName, selector, ports } = spec
  const { ipFamilies, sessionAffinity, sessionAffinityConfig, internalTrafficPolicy, trafficDistribution } = spec
  return {
    metadata: { ...transformMetadata(object), ...topologyOf(object.metadata as RawMetadata) },
    spec: {
      ...(type !== undefined && { type }),
      ...(clusterIP !== undefined && { clusterIP }),
      ...(externalName !== undefined && { externalName }),
      ...(selector !== undefined && { selector }),
      ...(ipFamilies && { ipFamilies }),
      ...(sessionAffinity !== undefined && { sessionAffinity }),
      ...(sessionAffinityConfig && { sessionAffinityConfig }),
      ...(internalTrafficPolicy !== undefined && { internalTrafficPolicy }),
      ...(trafficDistribution !== undefined && { trafficDistribution }),
      ...(ports && {
        ports: ports.map(({ name, port, targetPort, protocol, appProtocol }) => ({
          ...(name !== undefined && { name }),
          port,
          ...(targetPort !== undefined && { targetPort }),
          ...(protocol !== undefined && { protocol }),
          ...(appProtocol !== undefined && { appProtocol }),
        })),
      }),
    },
  }
}

/** The annotations of a Service that configure which endpoints are preferred. */
function topologyOf({ annotations }: ObjectMeta): Pick<ObjectMeta, 'annotations'> {
  const kept = Object.entries(annotations ?? {}).filter(([name]) => name.startsWith(TOPOLOGY))
  return kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}
}

export function transformEndpointSlice(object: RawObject): EndpointSlice {
  const { addressType, endpoints, ports } = object as RawObject & RawEndpointSlice
  return {
    metadata: transformMetadata(object),
    addressType,
    // In a slice without endpoints or ports, these are null.
    endpoints: (endpoints ?? []).map(transformEndpoint),
    ports: (ports ?? []).map(({ name, port, protocol }) => ({
      ...(name !== undefined && { name }),
      ...(typeof port === 'number' && { port }),
      ...(protocol !== undefined && { protocol }),
    })),
  }
}

type RawEndpointSlice = Pick<EndpointSlice, 'addressType'> & {
  readonly endpoints?: EndpointSlice['endpoints'] | null
  readonly ports?: EndpointSlice['ports'] | null
}

function transformEndpoint({ addresses, conditions, targetRef }: SliceEndpoint): SliceEndpoint {
  const { kind, name, namespace } = targetRef ?? {}
  return {
    addresses,
    ...(conditions && { conditions }),
    ...(targetRef && {
      targetRef: {
        ...(kind !== undefined && { kind }),
        ...(name !== undefined && { name }),
        ...(namespace !== undefined && { namespace }),
      },
    }),
  }
}
