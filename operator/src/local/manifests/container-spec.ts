/**
 * Parses a pod spec. A feature that a local process cannot have (a Secret, an init container, a volume that is not an
 * emptyDir) is reported as a mistake, instead of starting the pod without it. Fields without effect here (resources,
 * security contexts, tolerations, liveness probes) are ignored.
 *
 * Of the container `l7mp`, the ports, the emptyDir volumes and the static configuration that its command names
 * (`proxy-setup.ts`) are used; the runner itself defines its command.
 */
import type { Fields } from './fields.ts'
import { type ConfigMaps, readProxySetup } from './proxy-setup.ts'
import {
  type ContainerProbe,
  type ContainerSpec,
  type EnvVar,
  type Mount,
  type PodSpec,
  PROXY_CONTAINER,
  type ProbeCheck,
  type RestartPolicy,
} from './workload.ts'

/** The Kubernetes default is 30 s; on a local machine, somebody waits after Ctrl-C. */
const DEFAULT_GRACE_SECONDS = 5

export function readPodSpec(spec: Fields, configMaps: ConfigMaps): PodSpec {
  const volumes = new Map(spec.objects('volumes', volume => [volume.objectName('name'), volume] as const))
  if (spec.objects('initContainers', () => undefined).length > 0) {
    spec.mistake('initContainers', 'are not supported on this machine: do their work in the command of the container')
  }
  const nodeName = spec.optionalText('nodeName')
  const hostname = spec.optionalText('hostname')
  const subdomain = spec.optionalText('subdomain')
  const containers = spec.objects('containers', container => readContainer(container, volumes, configMaps))
  if (containers.length === 0) spec.mistake('containers', 'must name at least one container')
  if (new Set(containers.map(({ name }) => name)).size < containers.length) {
    spec.mistake('containers', 'must have unique names')
  }
  return {
    hostNetwork: spec.flag('hostNetwork', false),
    ...(nodeName !== undefined && { nodeName }),
    ...(hostname !== undefined && { hostname }),
    ...(subdomain !== undefined && { subdomain }),
    nodeSelector: spec.textByName('nodeSelector'),
    restartPolicy: readRestartPolicy(spec),
    graceSeconds: spec.whole('terminationGracePeriodSeconds', DEFAULT_GRACE_SECONDS),
    readinessGates: spec.objects('readinessGates', gate => ({ conditionType: gate.text('conditionType') })),
    containers,
  }
}

function readRestartPolicy(spec: Fields): RestartPolicy {
  const policy = spec.optionalText('restartPolicy') ?? 'Always'
  if (policy === 'Always' || policy === 'OnFailure' || policy === 'Never') return policy
  spec.mistake('restartPolicy', 'must be Always, OnFailure or Never')
  return 'Always'
}

type VolumesByName = ReadonlyMap<string, Fields>

function readContainer(container: Fields, volumes: VolumesByName, configMaps: ConfigMaps): ContainerSpec {
  const name = container.objectName('name')
  const proxy = name === PROXY_CONTAINER
  const command = container.texts('command')
  if (!proxy && command.length === 0) {
    container.mistake('command', 'is missing: images are not run on this machine, so the command is required')
  }
  if (!proxy && container.has('envFrom')) {
    container.mistake('envFrom', 'is not supported on this machine: set the variables in env')
  }
  const setup = proxy ? readProxySetup(container, volumes, configMaps) : undefined
  return {
    name,
    image: container.optionalText('image') ?? '',
    command: proxy ? [] : command,
    args: proxy ? [] : container.texts('args'),
    env: proxy ? [] : container.objects('env', readEnvVar),
    ports: container.objects('ports', readPort),
    mounts: container.objects('volumeMounts', mount => readMount(mount, volumes, proxy)).flat(),
    ...(setup && { setup }),
    ...(!proxy && container.has('readinessProbe') && { readiness: readProbe(container.object('readinessProbe')) }),
  }
}

function readPort(port: Fields) {
  const name = port.optionalText('name')
  return {
    ...(name !== undefined && { name }),
    containerPort: port.whole('containerPort', 0, 1),
    protocol: port.optionalText('protocol') ?? 'TCP',
  }
}

const FIELD_PATHS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.hostNetwork',
  'spec.serviceAccountName',
  'status.podIP',
  'status.podIPs',
  'status.hostIP',
  'status.hostIPs',
]
const KEYED_FIELD_PATH = /^metadata\.(labels|annotations)\['[^']+'\]$/

function readEnvVar(env: Fields): EnvVar {
  const name = env.text('name')
  if (!env.has('valueFrom')) return { name, value: env.optionalText('value') ?? '' }
  const from = env.object('valueFrom')
  if (!from.has('fieldRef')) from.mistake('', 'must be a fieldRef on this machine: set the value itself')
  const fieldPath = from.object('fieldRef').text('fieldPath')
  if (fieldPath !== '' && !FIELD_PATHS.includes(fieldPath) && !KEYED_FIELD_PATH.test(fieldPath)) {
    from.mistake('fieldRef.fieldPath', `is not one of ${FIELD_PATHS.join(', ')}, metadata.labels['KEY']`)
  }
  return { name, fieldPath }
}

/** Folders are created and removed at these paths, so they must be unambiguous. */
const PLAIN_PATH = /^(\/(?!\.{1,2}(\/|$))[^/:\n]+)+$/

/** The mount if the volume is an emptyDir. Other volumes of a proxy are not needed. */
function readMount(mount: Fields, volumes: VolumesByName, proxy: boolean): readonly Mount[] {
  const volume = mount.text('name')
  const path = mount.text('mountPath')
  const emptyDir = volumes.get(volume)?.has('emptyDir')
  if (emptyDir === true) {
    const plain = path.replace(/(?<=.)\/+$/, '')
    if (!PLAIN_PATH.test(plain)) mount.mistake('mountPath', 'must be an absolute path without . and ..')
    return [{ volume, path: plain }]
  }
  if (emptyDir === undefined) mount.mistake('name', `is not a volume of this pod: ${volume}`)
  else if (!proxy)
    mount.mistake('name', `refers to a volume that is not an emptyDir; local processes support only emptyDir volumes`)
  return []
}

function readProbe(probe: Fields): ContainerProbe {
  return {
    check: readCheck(probe),
    initialDelaySeconds: probe.whole('initialDelaySeconds', 0),
    periodSeconds: probe.whole('periodSeconds', 10, 1),
    timeoutSeconds: probe.whole('timeoutSeconds', 1, 1),
    failureThreshold: probe.whole('failureThreshold', 3, 1),
    successThreshold: probe.whole('successThreshold', 1, 1),
  }
}

function readCheck(probe: Fields): ProbeCheck {
  if (probe.has('exec')) return { type: 'exec', command: probe.object('exec').texts('command') }
  if (probe.has('httpGet')) return readHttpGet(probe.object('httpGet'))
  if (!probe.has('tcpSocket')) probe.mistake('', 'must have one of exec, httpGet, tcpSocket')
  const socket = probe.object('tcpSocket')
  return { type: 'tcpSocket', ...readTarget(socket) }
}

function readHttpGet(get: Fields): ProbeCheck {
  const headers = get.objects('httpHeaders', header => [header.text('name'), header.text('value')] as const)
  return {
    type: 'httpGet',
    scheme: get.optionalText('scheme') === 'HTTPS' ? 'https' : 'http',
    path: get.optionalText('path') ?? '/',
    headers: Object.fromEntries(headers),
    ...readTarget(get),
  }
}

function readTarget(target: Fields): { readonly host?: string; readonly port: number | string } {
  const host = target.optionalText('host')
  const port = target.numberOrText('port')
  if (port === undefined) target.mistake('port', 'is missing')
  return { ...(host !== undefined && { host }), port: port ?? 0 }
}
