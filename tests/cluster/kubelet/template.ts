/** Converts a pod of the API server to the input of the pod runner. The API server has validated it. */
import type {
  V1Container,
  V1HTTPGetAction,
  V1LifecycleHandler,
  V1Probe,
  V1SecurityContext,
  V1Volume,
} from '@kubernetes/client-node'
import type { DesiredPod } from '../../../operator/src/local/manifests/desired-pods.ts'
import {
  type ContainerProbe,
  type ContainerSpec,
  type EnvVar,
  type Mount,
  PROXY_CONTAINER,
  type PreStop,
  type ProbeCheck,
  type RestartPolicy,
  type Security,
} from '../../../operator/src/local/manifests/workload.ts'
import { type ApiPod, keyOf } from './api.ts'
import { type Image, type Images, imageOf } from './images.ts'

/** The resolved references of a pod. */
export type Resolved = {
  readonly images: Images
  /** The variables of a container. */
  variables(container: V1Container): readonly EnvVar[]
  /** The folder of a volume with content; undefined for an emptyDir. */
  folder(volume: V1Volume): string | undefined
}

/** Throws with the reason if the pod cannot run here. */
export function wantedPod(pod: ApiPod, resolved: Resolved): DesiredPod {
  const { metadata, spec } = pod
  const { name, namespace, labels = {}, annotations = {} } = metadata
  const readinessGates = spec.readinessGates ?? []
  const template = {
    labels,
    annotations,
    spec: {
      hostNetwork: spec.hostNetwork ?? false,
      nodeSelector: {},
      restartPolicy: restartPolicyOf(spec.restartPolicy),
      graceSeconds: spec.terminationGracePeriodSeconds ?? 30,
      readinessGates,
      containers: spec.containers.map(container => containerOf(container, pod, resolved)),
      initContainers: (spec.initContainers ?? []).map(container => initContainerOf(container, pod, resolved)),
    },
  }
  const workload = {
    kind: 'Pod',
    namespace,
    name,
    where: `pod ${keyOf(pod)}`,
    folder: '/',
    replicas: 1,
    strategy: { type: 'Recreate' },
    template,
  } as const
  return { key: keyOf(pod), namespace, name, workload, hash: '', node: spec.nodeName ?? '', labels, template }
}

const restartPolicyOf = (policy: string | undefined): RestartPolicy =>
  policy === 'Never' || policy === 'OnFailure' ? policy : 'Always'

function containerOf(container: V1Container, pod: ApiPod, resolved: Resolved): ContainerSpec {
  const { name, image: reference = '', ports = [] } = container
  const image = imageOf(reference, resolved.images)
  const asWritten = name === PROXY_CONTAINER && isSetUp(container, pod)
  const { command = image.entrypoint, args = [], lifecycle } = container
  if (lifecycle?.postStart) throw new Error('a postStart hook is not supported here')
  if (command.length === 0 && name !== PROXY_CONTAINER) throw new Error(`no command: '${reference}' has none here`)
  return {
    name,
    image: reference,
    command,
    args,
    env: resolved.variables(container),
    ports: ports.map(({ name, containerPort, protocol = 'TCP' }) => ({
      ...(name && { name }),
      containerPort,
      protocol,
    })),
    mounts: mountsOf(container, pod, resolved),
    ...probesOf(container),
    ...(lifecycle?.preStop && { preStop: preStopOf(lifecycle.preStop) }),
    folder: container.workingDir ?? image.folder,
    asWritten,
    security: securityOf(container, pod, image),
  }
}

function initContainerOf(container: V1Container, pod: ApiPod, resolved: Resolved): ContainerSpec {
  if (container.restartPolicy)
    throw new Error('an init container with a restartPolicy (a sidecar) is not supported here')
  return containerOf(container, pod, resolved)
}

/**
 * Whether the manifest of a proxy configures it, with preload and configuration from a volume, as in the chart. A proxy
 * that only names the image gets the setup of `l7mesh up`.
 */
function isSetUp({ volumeMounts = [] }: V1Container, { spec }: ApiPod): boolean {
  const filled = new Set(spec.volumes?.filter(({ configMap, secret }) => configMap ?? secret).map(({ name }) => name))
  return volumeMounts.some(({ name }) => filled.has(name))
}

function mountsOf({ volumeMounts = [] }: V1Container, { spec }: ApiPod, resolved: Resolved): readonly Mount[] {
  const volumes = new Map(spec.volumes?.map(volume => [volume.name, volume]))
  return volumeMounts.map(({ name, mountPath, readOnly = false, subPath }) => {
    const volume = volumes.get(name)
    if (volume === undefined || subPath !== undefined)
      throw new Error(`mount ${mountPath}: subPath is not supported here`)
    const from = resolved.folder(volume)
    return { volume: name, path: mountPath.replace(/(?<=.)\/+$/, ''), readOnly, ...(from !== undefined && { from }) }
  })
}

/** The container overrides the pod, and the manifest overrides the image. */
function securityOf({ securityContext: own = {} }: V1Container, { spec }: ApiPod, image: Image): Security {
  const { securityContext: common = {} } = spec
  const user = own.runAsUser ?? common.runAsUser ?? image.user
  const group = own.runAsGroup ?? common.runAsGroup
  mustBeAllowed(own, own.runAsNonRoot ?? common.runAsNonRoot ?? false, user ?? 0)
  return {
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    capabilities: capabilitiesOf(own),
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    readOnlyRoot: own.readOnlyRootFilesystem ?? false,
  }
}

/** The default capabilities of containerd. */
const USUAL =
  'chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap'

function capabilitiesOf({ capabilities: { add = [], drop = [] } = {} }: V1SecurityContext): readonly string[] {
  const small = (names: readonly string[]) => names.map(name => name.toLowerCase().replace(/^cap_/, ''))
  const dropped = small(drop)
  const usual = dropped.includes('all') ? [] : USUAL.split(' ').filter(name => !dropped.includes(name))
  return [...new Set([...usual, ...small(add)])]
}

function mustBeAllowed({ privileged }: V1SecurityContext, nonRoot: boolean, user: number): void {
  if (privileged) throw new Error('a privileged container is not supported here')
  if (nonRoot && user === 0) throw new Error('container has runAsNonRoot and image will run as root')
}

const probesOf = ({ readinessProbe, livenessProbe, startupProbe }: V1Container) => ({
  ...(readinessProbe && { readiness: probeOf(readinessProbe) }),
  ...(livenessProbe && { liveness: probeOf(livenessProbe) }),
  ...(startupProbe && { startup: probeOf(startupProbe) }),
})

function preStopOf({ sleep, ...check }: V1LifecycleHandler): PreStop {
  return sleep ? { type: 'sleep', seconds: sleep.seconds } : checkOf(check)
}

const probeOf = (probe: V1Probe): ContainerProbe => ({
  check: checkOf(probe),
  initialDelaySeconds: probe.initialDelaySeconds ?? 0,
  periodSeconds: probe.periodSeconds ?? 10,
  timeoutSeconds: probe.timeoutSeconds ?? 1,
  failureThreshold: probe.failureThreshold ?? 3,
  successThreshold: probe.successThreshold ?? 1,
})

function checkOf({ exec, httpGet, tcpSocket }: V1Probe): ProbeCheck {
  if (exec) return { type: 'exec', command: exec.command ?? [] }
  if (httpGet) return { type: 'httpGet', ...httpCheck(httpGet) }
  if (tcpSocket) return { type: 'tcpSocket', port: tcpSocket.port, ...(tcpSocket.host && { host: tcpSocket.host }) }
  throw new Error('a gRPC probe is not supported here')
}

const httpCheck = ({ scheme, host, port, path = '/', httpHeaders = [] }: V1HTTPGetAction) => ({
  scheme: scheme === 'HTTPS' ? ('https' as const) : ('http' as const),
  port,
  path,
  headers: Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
  ...(host && { host }),
})
