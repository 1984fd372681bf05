/**
 * The input of the pod runner: the kinds that create pods, reduced to what a local process needs. `manifests.ts` parses
 * them, `desired-pods.ts` expands them into desired pods.
 */
import type { ContainerPort, Service } from '../../kinds/core-types.ts'
import type { ProxySetup } from './proxy-setup.ts'

/** One parsed document of a folder of manifests. */
export type RunnerManifest = {
  /** The file and line, for messages: `mesh/dns.yaml:12`. */
  readonly where: string
  /** The folder of the file, by which images are resolved to folders. */
  readonly folder: string
  readonly document: unknown
}

export const WORKLOAD_KINDS = ['Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'] as const
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]

/** How many pods a rollout may have above and below the desired number: a count, or a percentage of it. */
export type Strategy =
  | { readonly type: 'Recreate' }
  | { readonly type: 'RollingUpdate'; readonly maxSurge: number | string; readonly maxUnavailable: number | string }

/** A workload: a resource that creates pods. */
export type Workload = {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
  readonly where: string
  readonly folder: string
  /** The number of pods: 1 for a Pod; ignored for a DaemonSet, which has one on each node. */
  readonly replicas: number
  readonly strategy: Strategy
  /** Of a StatefulSet: the headless Service that provides the DNS names of its pods. */
  readonly serviceName?: string
  readonly template: PodTemplate
}

export type PodTemplate = {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: PodSpec
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

export type PodSpec = {
  readonly hostNetwork: boolean
  /** The pod's DNS name within the headless Service `subdomain`. */
  readonly hostname?: string
  readonly subdomain?: string
  readonly nodeName?: string
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly restartPolicy: RestartPolicy
  /** The time between SIGTERM and SIGKILL. */
  readonly graceSeconds: number
  readonly readinessGates: readonly { readonly conditionType: string }[]
  readonly containers: readonly ContainerSpec[]
  /** Only set for pods of an API server, like the fields after `readiness` of a container. */
  readonly initContainers?: readonly ContainerSpec[]
}

export const allContainers = ({ initContainers = [], containers }: PodSpec): readonly ContainerSpec[] => [
  ...initContainers,
  ...containers,
]

/**
 * The fields after `readiness` are not parsed from manifests of a folder; they are for pods whose specs come from an
 * API server.
 */

export type ContainerSpec = {
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly EnvVar[]
  readonly ports: readonly ContainerPort[]
  /** The mounts of its emptyDir volumes. */
  readonly mounts: readonly Mount[]
  /** Of a proxy: the static configuration of its manifest, and the other command line options. */
  readonly setup?: ProxySetup
  readonly readiness?: ContainerProbe
  /** The container is restarted when it fails. */
  readonly liveness?: ContainerProbe
  /** The other probes start after it has succeeded. */
  readonly startup?: ContainerProbe
  /** The hook that runs before SIGTERM. */
  readonly preStop?: PreStop
  /** The working directory; defaults to the folder of the image. */
  readonly folder?: string
  /** The proxy is configured by its manifest: its own command, environment and probes are used. */
  readonly asWritten?: boolean
  readonly security?: Security
}

/** The security context of a container; without it, the container has all privileges of this process. */
export type Security = {
  readonly user?: number
  readonly group?: number
  /** The bounding set, in the notation of setpriv(1) (`net_bind_service`). */
  readonly capabilities?: readonly string[]
  /** Programs that it executes cannot gain privileges. */
  readonly noNewPrivileges?: boolean
  /** Only its volumes are writable. */
  readonly readOnlyRoot?: boolean
}

export type EnvVar =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly fieldPath: string }

/** A volume at a path in the container. */
export type Mount = {
  readonly volume: string
  readonly path: string
  /** An existing folder as the volume. Absent for an emptyDir, which is created with the pod. */
  readonly from?: string
  readonly readOnly?: boolean
}

export type ContainerProbe = {
  readonly check: ProbeCheck
  readonly initialDelaySeconds: number
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly failureThreshold: number
  readonly successThreshold: number
}
export type ProbeCheck =
  | { readonly type: 'exec'; readonly command: readonly string[] }
  | { readonly type: 'tcpSocket'; readonly host?: string; readonly port: number | string }
  | {
      readonly type: 'httpGet'
      readonly scheme: 'http' | 'https'
      readonly host?: string
      readonly port: number | string
      readonly path: string
      readonly headers: Readonly<Record<string, string>>
    }

export type PreStop = ProbeCheck | { readonly type: 'sleep'; readonly seconds: number }

export type Node = { readonly name: string; readonly labels: Readonly<Record<string, string>> }

/** The name of the container that is an l7mp proxy. */
export const PROXY_CONTAINER = 'l7mp'

/** Whether the container is a proxy that the runner starts with its own command, instead of the one of the manifest. */
export const isProxy = ({ name, asWritten }: ContainerSpec) => name === PROXY_CONTAINER && asWritten !== true

export const workloadKey = ({ kind, namespace, name }: Pick<Workload, 'kind' | 'namespace' | 'name'>) =>
  `${kind}/${namespace}/${name}`

/** A Service, reduced to what its endpoints depend on. */
export type LocalService = Service & { readonly spec: { readonly publishNotReadyAddresses?: boolean } }
