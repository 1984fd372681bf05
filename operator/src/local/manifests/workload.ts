/**
 * What the pod runner knows of a manifest: the kinds that make pods, cut down to what a process of this machine needs.
 * `manifests.ts` reads them, `desired-pods.ts` turns them into the pods that should run.
 */
import type { ContainerPort, Service } from '../../kinds/core-types.ts'
import type { ProxySetup } from './proxy-setup.ts'

/** One parsed document of a folder of manifests. */
export type RunnerManifest = {
  /** The file and line, for messages: `mesh/dns.yaml:12`. */
  readonly where: string
  /** The folder that the file lies in: what images stand for is looked up from here. */
  readonly folder: string
  readonly document: unknown
}

export const WORKLOAD_KINDS = ['Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'] as const
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]

/** How many pods a rollout may have above, and be short of, the number wanted: a count, or a percentage of it. */
export type Strategy =
  | { readonly type: 'Recreate' }
  | { readonly type: 'RollingUpdate'; readonly maxSurge: number | string; readonly maxUnavailable: number | string }

/** Something that wants pods. */
export type Workload = {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
  readonly where: string
  readonly folder: string
  /** How many pods: 1 for a Pod; a DaemonSet has one on each node whatever stands here. */
  readonly replicas: number
  readonly strategy: Strategy
  /** Of a StatefulSet: the headless Service below whose name its pods have theirs. */
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
  /** The pod's name below that of the headless Service `subdomain`. */
  readonly hostname?: string
  readonly subdomain?: string
  readonly nodeName?: string
  readonly nodeSelector: Readonly<Record<string, string>>
  readonly restartPolicy: RestartPolicy
  /** How long a container has from SIGTERM to SIGKILL. */
  readonly graceSeconds: number
  readonly readinessGates: readonly { readonly conditionType: string }[]
  readonly containers: readonly ContainerSpec[]
  /** Not of a folder's manifests, as what stands below `readiness` in a container: an API server's pods may have them. */
  readonly initContainers?: readonly ContainerSpec[]
}

export const allContainers = ({ initContainers = [], containers }: PodSpec): readonly ContainerSpec[] => [
  ...initContainers,
  ...containers,
]

/**
 * What stands below `readiness` is not read from the manifests of a folder: it is for pods whose specs come from an API
 * server.
 */

export type ContainerSpec = {
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly EnvVar[]
  readonly ports: readonly ContainerPort[]
  /** Where its emptyDir volumes lie. */
  readonly mounts: readonly Mount[]
  /** Of a proxy: the static configuration that its manifest gives it, with the options beside it. */
  readonly setup?: ProxySetup
  readonly readiness?: ContainerProbe
  /** The container is started anew when it fails. */
  readonly liveness?: ContainerProbe
  /** The other probes begin once it has passed. */
  readonly startup?: ContainerProbe
  /** What is done before its process is asked to end. */
  readonly preStop?: PreStop
  /** Where it starts, if not in the folder that its image stands for. */
  readonly folder?: string
  /** A proxy that its manifest sets up: its own command, environment and probes count. */
  readonly asWritten?: boolean
  readonly security?: Security
}

/** What a container may not do; without it, all that this process may. */
export type Security = {
  readonly user?: number
  readonly group?: number
  /** All that it can ever have, as setpriv(1) writes them (`net_bind_service`). */
  readonly capabilities?: readonly string[]
  /** No program that it runs may get more than it has. */
  readonly noNewPrivileges?: boolean
  /** Only its volumes can be written. */
  readonly readOnlyRoot?: boolean
}

export type EnvVar =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly fieldPath: string }

/** A volume at a path in the container. */
export type Mount = {
  readonly volume: string
  readonly path: string
  /** The folder that is the volume and that others fill. Absent for an emptyDir, which is made with the pod. */
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

/** Whether it is a proxy that is started in our own way, whatever its command says. */
export const isProxy = ({ name, asWritten }: ContainerSpec) => name === PROXY_CONTAINER && asWritten !== true

export const workloadKey = ({ kind, namespace, name }: Pick<Workload, 'kind' | 'namespace' | 'name'>) =>
  `${kind}/${namespace}/${name}`

/** A Service, cut down to what its endpoints need. */
export type LocalService = Service & { readonly spec: { readonly publishNotReadyAddresses?: boolean } }
