/**
 * Resolves the references of a pod as the kubelet does: ConfigMaps, Secrets, fields of the pod and tokens become
 * variables and files. Reads copies of the objects; only tokens are requested from the API server.
 */
import type {
  V1ConfigMapProjection,
  V1Container,
  V1DownwardAPIVolumeFile,
  V1EnvVar,
  V1KeyToPath,
  V1Volume,
  V1VolumeProjection,
} from '@kubernetes/client-node'
import { fieldValue } from '../../../operator/src/local/manifests/container-environment.ts'
import type { EnvVar } from '../../../operator/src/local/manifests/workload.ts'
import type { ApiPod, ConfigMap, Secret } from './api.ts'

export type Objects = {
  readonly configMaps: ReadonlyMap<string, ConfigMap>
  readonly secrets: ReadonlyMap<string, Secret>
  /** A token of the pod's service account, bound to the pod. */
  token(pod: ApiPod, request: TokenRequest): Promise<string>
}

export type TokenRequest = { readonly audience?: string; readonly expirationSeconds: number }

/** A reference of the pod does not exist (yet). */
export class MissingReference extends Error {
  override readonly name = 'MissingReference'
}

/** Path within the volume → content. */
export type Files = ReadonlyMap<string, { readonly content: Buffer; readonly mode: number }>

type Source = { readonly name: string; readonly kind: 'configmap' | 'secret'; readonly optional: boolean }

/** The data of a ConfigMap or Secret; undefined if it is optional and does not exist. */
function valuesOf({ name, kind, optional }: Source, namespace: string, objects: Objects) {
  const key = `${namespace}/${name}`
  const found = kind === 'secret' ? secretValues(objects.secrets.get(key)) : mapValues(objects.configMaps.get(key))
  if (found === undefined && !optional) throw new MissingReference(`${kind} "${name}" not found`)
  return found
}

const secretValues = (secret: Secret | undefined) => secret && decoded(secret.data)
const mapValues = (map: ConfigMap | undefined) =>
  map &&
  new Map([
    ...Object.entries(map.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const),
    ...decoded(map.binaryData),
  ])
const decoded = (data: Readonly<Record<string, string>> = {}): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]))

/** The variables of a container; fields of the pod are inserted when it has a network. */
export function variablesOf({ env, envFrom }: V1Container, pod: ApiPod, objects: Objects): readonly EnvVar[] {
  const { namespace } = pod.metadata
  const whole = (envFrom ?? []).flatMap(({ prefix = '', configMapRef, secretRef }) => {
    const ref = configMapRef ?? secretRef
    const source = {
      name: ref?.name ?? '',
      kind: configMapRef ? 'configmap' : 'secret',
      optional: ref?.optional ?? false,
    } as const
    return [...(valuesOf(source, namespace, objects) ?? [])].map(([key, value]) =>
      literal(`${prefix}${key}`, `${value}`),
    )
  })
  return [...whole, ...(env ?? []).flatMap(variable => variableOf(variable, pod, objects))]
}

/** A value in which `$(NAME)` is not expanded. */
const literal = (name: string, value: string): EnvVar => ({ name, value: value.replaceAll('$', '$$$$') })

function variableOf({ name, value, valueFrom }: V1EnvVar, pod: ApiPod, objects: Objects): readonly EnvVar[] {
  if (valueFrom === undefined) return [{ name, value: value ?? '' }]
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  if (fieldRef?.fieldPath === 'spec.serviceAccountName')
    return [literal(name, pod.spec.serviceAccountName ?? 'default')]
  if (fieldRef) return [{ name, fieldPath: fieldRef.fieldPath }]
  const ref = configMapKeyRef ?? secretKeyRef
  // A resourceFieldRef: there are no limits here.
  if (ref === undefined) return [{ name, value: '0' }]
  const kind = configMapKeyRef ? 'configmap' : 'secret'
  const optional = ref.optional ?? false
  const found = valuesOf({ name: ref.name ?? '', kind, optional }, pod.metadata.namespace, objects)?.get(ref.key)
  if (found !== undefined) return [literal(name, `${found}`)]
  if (optional) return []
  throw new MissingReference(`couldn't find key ${ref.key} in ${kind} ${pod.metadata.namespace}/${ref.name}`)
}

/** The content of a volume of API objects; undefined for other volumes. */
export async function filesOf(volume: V1Volume, pod: ApiPod, objects: Objects): Promise<Files | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume
  if (projected) {
    const mode = projected.defaultMode ?? DEFAULT_MODE
    const parts = await Promise.all((projected.sources ?? []).map(source => projection(source, mode, pod, objects)))
    return new Map(parts.flatMap(part => [...part]))
  }
  const { namespace } = pod.metadata
  if (configMap) return picked({ ...configMap, kind: 'configmap' }, configMap.defaultMode, namespace, objects)
  if (secret)
    return picked({ ...secret, name: secret.secretName ?? '', kind: 'secret' }, secret.defaultMode, namespace, objects)
  if (downwardAPI) return fieldFiles(downwardAPI.items ?? [], downwardAPI.defaultMode, pod)
  return undefined
}

const DEFAULT_MODE = 0o644

async function projection(source: V1VolumeProjection, mode: number, pod: ApiPod, objects: Objects): Promise<Files> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source
  const { namespace } = pod.metadata
  if (configMap) return picked({ ...configMap, kind: 'configmap' }, mode, namespace, objects)
  if (secret) return picked({ ...secret, kind: 'secret' }, mode, namespace, objects)
  if (downwardAPI) return fieldFiles(downwardAPI.items ?? [], mode, pod)
  if (serviceAccountToken === undefined) throw new MissingReference('a projection that is not supported here')
  const { audience, expirationSeconds = 3600, path } = serviceAccountToken
  const token = await objects.token(pod, { expirationSeconds, ...(audience && { audience }) })
  return new Map([[path, { content: Buffer.from(token), mode }]])
}

type Picked = V1ConfigMapProjection & { readonly kind: Source['kind']; readonly items?: readonly V1KeyToPath[] }

function picked(
  { name = '', kind, optional = false, items }: Picked,
  mode = DEFAULT_MODE,
  namespace: string,
  objects: Objects,
): Files {
  const values = valuesOf({ name, kind, optional }, namespace, objects) ?? new Map<string, Buffer>()
  if (items === undefined) return new Map([...values].map(([key, content]) => [key, { content, mode }]))
  return new Map(
    items.flatMap(item => {
      const content = values.get(item.key)
      if (content !== undefined) return [[item.path, { content, mode: item.mode ?? mode }] as const]
      if (optional) return []
      throw new MissingReference(`${kind} "${name}" has no key ${item.key}`)
    }),
  )
}

function fieldFiles(items: readonly V1DownwardAPIVolumeFile[], mode = DEFAULT_MODE, pod: ApiPod): Files {
  return new Map(
    items.map(item => {
      const content = Buffer.from(item.fieldRef ? podField(item.fieldRef.fieldPath, pod) : '0')
      return [item.path, { content, mode: item.mode ?? mode }]
    }),
  )
}

/** All fields that a volume can contain are known before the pod has a network. */
function podField(path: string, { metadata }: ApiPod): string {
  const all = (map: Readonly<Record<string, string>> = {}) =>
    Object.entries(map)
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join('\n')
  if (path === 'metadata.labels') return all(metadata.labels)
  if (path === 'metadata.annotations') return all(metadata.annotations)
  const { name, namespace, uid, labels = {}, annotations = {} } = metadata
  return fieldValue(path, {
    name,
    namespace,
    uid,
    labels,
    annotations,
    nodeName: '',
    hostNetwork: false,
    podIP: '',
    hostIP: '',
  })
}
