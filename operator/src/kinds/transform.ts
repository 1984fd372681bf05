/**
 * Kubernetes' own objects as they come from an API server, cut down to what a mesh can ask of them. Pure. What is left
 * out does not count as a change: most updates of a Pod end here.
 *
 * Their fields have been checked before, and nulls taken out (validated-core.ts).
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

/** Written by `kubectl apply`: the whole object once more. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Without annotations, versions and managed fields: they change without anything that matters. */
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
 * A selector may ask for any field by its path. Kept are labels and annotations, every field of `spec` and `status` that
 * is a single value, the node selector, containers with their ports, and whether the pod is ready.
 */
export function transformPod(object: RawObject): Pod {
  const { metadata, spec, status = {} } = object as RawObject & RawPod
  const { nodeSelector } = spec
  return {
    metadata: { ...transformMetadata(object), ...annotationsOf(metadata) },
    spec: {
      ...singleValues(spec),
      ...(nodeSelector !== undefined && { nodeSelector }),
      containers: spec.containers.map(transformContainer),
    },
    status: {
      ...singleValues(status),
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

/** Fields that are neither objects nor lists. `observedGeneration` counts what happens to the rest. */
function singleValues(part: object): object {
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

/** The annotations of a Service that say which endpoints are preferred. */
function topologyOf({ annotations }: ObjectMeta): Pick<ObjectMeta, 'annotations'> {
  const kept = Object.entries(annotations ?? {}).filter(([name]) => name.startsWith(TOPOLOGY))
  return kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}
}

export function transformEndpointSlice(object: RawObject): EndpointSlice {
  const { addressType, endpoints, ports } = object as RawObject & RawEndpointSlice
  return {
    metadata: transformMetadata(object),
    addressType,
    // A slice without endpoints or ports has null there.
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
