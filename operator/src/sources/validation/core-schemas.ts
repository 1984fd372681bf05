/**
 * The schemas of Kubernetes kinds, with the types and values of the fields that are used. Data. Other fields are not
 * listed and may have any value.
 */
import type { Schema } from '@l7mesh/crds'

type SchemaFields = Readonly<Record<string, Schema>>

const object = (properties: SchemaFields, ...required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  required,
})
const list = (items: Schema): Schema => ({ type: 'array', items })
const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values })
const integer = (minimum: number, maximum?: number): Schema => ({
  type: 'integer',
  minimum,
  ...(maximum !== undefined && { maximum }),
})

const text: Schema = { type: 'string' }
const texts = list(text)
const bool: Schema = { type: 'boolean' }
/** An API server treats a null in such a map as an empty string. */
const textMap: Schema = { type: 'object', additionalProperties: { type: 'string', default: '' } }
const port = integer(1, 65535)
const protocol = oneOf('TCP', 'UDP', 'SCTP')
const family = oneOf('IPv4', 'IPv6')

const OBJECT_REFERENCE = object({ kind: text, name: text, namespace: text })

const CONTAINER = object(
  {
    name: text,
    image: text,
    command: texts,
    args: texts,
    env: list(object({ name: text, value: text }, 'name')),
    ports: list(
      object({ name: text, containerPort: port, hostPort: integer(0, 65535), protocol, hostIP: text }, 'containerPort'),
    ),
    volumeMounts: list(object({ name: text, mountPath: text }, 'name', 'mountPath')),
  },
  'name',
)

const POD_SPEC = object(
  {
    nodeName: text,
    nodeSelector: textMap,
    hostNetwork: bool,
    serviceAccountName: text,
    restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
    terminationGracePeriodSeconds: integer(0),
    readinessGates: list(object({ conditionType: text }, 'conditionType')),
    volumes: list(object({ name: text, emptyDir: object({}) }, 'name')),
    containers: list(CONTAINER),
    initContainers: list(CONTAINER),
  },
  'containers',
)

const CONTAINER_STATUS = object({
  name: text,
  ready: bool,
  restartCount: integer(0),
  state: object({ waiting: object({ reason: text }), terminated: object({ reason: text }) }),
})

const POD = object(
  {
    spec: POD_SPEC,
    status: object({
      phase: oneOf('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'),
      podIP: text,
      podIPs: list(object({ ip: text }, 'ip')),
      hostIP: text,
      hostIPs: list(object({ ip: text }, 'ip')),
      conditions: list(object({ type: text, status: text }, 'type', 'status')),
      containerStatuses: list(CONTAINER_STATUS),
      initContainerStatuses: list(CONTAINER_STATUS),
    }),
  },
  'spec',
)

const TEMPLATE = object({ metadata: object({ labels: textMap, annotations: textMap }), spec: POD_SPEC }, 'spec')

const SELECTOR = object({ matchLabels: textMap })

const workload = (more: SchemaFields = {}): Schema =>
  object(
    { spec: object({ replicas: integer(0), selector: SELECTOR, template: TEMPLATE, ...more }, 'template') },
    'spec',
  )

const SERVICE_PORT = object({ name: text, port, protocol, appProtocol: text, nodePort: integer(0, 65535) }, 'port')

const SERVICE = object(
  {
    spec: object({
      type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
      clusterIP: text,
      clusterIPs: texts,
      externalName: text,
      externalIPs: texts,
      selector: textMap,
      ports: list(SERVICE_PORT),
      sessionAffinity: oneOf('ClientIP', 'None'),
      sessionAffinityConfig: object({ clientIP: object({ timeoutSeconds: integer(1, 86400) }) }),
      publishNotReadyAddresses: bool,
      internalTrafficPolicy: oneOf('Cluster', 'Local'),
      externalTrafficPolicy: oneOf('Cluster', 'Local'),
      ipFamilies: list(family),
      ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
      trafficDistribution: oneOf('PreferClose', 'PreferSameZone', 'PreferSameNode'),
    }),
  },
  'spec',
)

const ENDPOINT_SLICE = object(
  {
    addressType: oneOf('IPv4', 'IPv6', 'FQDN'),
    endpoints: list(
      object(
        {
          addresses: texts,
          conditions: object({ ready: bool, serving: bool, terminating: bool }),
          hostname: text,
          nodeName: text,
          zone: text,
          targetRef: OBJECT_REFERENCE,
        },
        'addresses',
      ),
    ),
    ports: list(object({ name: text, port, protocol, appProtocol: text })),
  },
  'addressType',
)

const ENDPOINT_ADDRESSES = list(object({ ip: text, hostname: text, nodeName: text, targetRef: OBJECT_REFERENCE }, 'ip'))

const ENDPOINTS = object({
  subsets: list(
    object({
      addresses: ENDPOINT_ADDRESSES,
      notReadyAddresses: ENDPOINT_ADDRESSES,
      ports: list(object({ name: text, port, protocol, appProtocol: text }, 'port')),
    }),
  ),
})

/** By `GROUP/KIND`. */
export const CORE_SCHEMAS = {
  '/Pod': POD,
  '/Service': SERVICE,
  '/Endpoints': ENDPOINTS,
  '/Node': object({}),
  'discovery.k8s.io/EndpointSlice': ENDPOINT_SLICE,
  'apps/Deployment': workload({
    strategy: object({ type: oneOf('RollingUpdate', 'Recreate'), rollingUpdate: object({}) }),
  }),
  'apps/ReplicaSet': workload(),
  'apps/StatefulSet': workload(),
  'apps/DaemonSet': workload(),
} as const satisfies Readonly<Record<string, Schema>>

export type CoreKind = keyof typeof CORE_SCHEMAS

export function isCoreKind(groupKind: string): groupKind is CoreKind {
  return Object.hasOwn(CORE_SCHEMAS, groupKind)
}
