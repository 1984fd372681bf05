/**
 * The border of the pod runner: parses documents into workloads, Services and Nodes. Other kinds are ignored. A
 * document with a mistake is reported as a problem and not used; its key is returned, so that the runner keeps the pods
 * that are running.
 */
import { isRecord } from '@l7mesh/crds'
import type { SourceProblem } from '../../sources/snapshot.ts'
import { readPodSpec } from './container-spec.ts'
import { type Fields, fieldsOf } from './fields.ts'
import type { ConfigMaps } from './proxy-setup.ts'
import {
  type LocalService,
  type Node,
  type PodTemplate,
  type RunnerManifest,
  type Strategy,
  WORKLOAD_KINDS,
  type Workload,
  type WorkloadKind,
  workloadKey,
} from './workload.ts'

export type ReadManifests = {
  readonly workloads: readonly Workload[]
  readonly services: readonly LocalService[]
  readonly nodes: readonly Node[]
  readonly problems: readonly SourceProblem[]
  /** Keys of the workloads whose documents have mistakes. */
  readonly rejected: ReadonlySet<string>
}

export function readManifests(manifests: readonly RunnerManifest[]): ReadManifests {
  const configMaps = configMapsOf(manifests)
  const documents = manifests.map(manifest => readDocument(manifest, configMaps))
  const problems = documents.flatMap(document => document.problems)
  const workloads = new Map<string, Workload>()
  const rejected = new Set<string>()
  for (const { workload, problems: mistakes } of documents) {
    if (workload === undefined) continue
    const key = workloadKey(workload)
    const earlier = workloads.get(key)
    if (earlier !== undefined) problems.push(definedTwice(workload, earlier))
    else if (mistakes.length > 0) rejected.add(key)
    else workloads.set(key, workload)
  }
  const valid = documents.filter(document => document.problems.length === 0)
  return {
    workloads: [...workloads.values()],
    services: valid.flatMap(({ service }) => service ?? []),
    nodes: valid.flatMap(({ node }) => node ?? []),
    problems,
    rejected,
  }
}

/** A document of one of the supported kinds; empty for other kinds. */
type ReadDocument = {
  readonly workload?: Workload
  readonly service?: LocalService
  readonly node?: Node
  readonly problems: readonly SourceProblem[]
}

/** The data of each ConfigMap, by `NAMESPACE/NAME`; the first definition is used. */
function configMapsOf(manifests: readonly RunnerManifest[]): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const found = manifests.flatMap(({ document }) => {
    if (!isRecord(document) || document.kind !== 'ConfigMap' || document.apiVersion !== 'v1') return []
    const fields = fieldsOf(document, '', () => {})
    const metadata = fields.object('metadata')
    const key = `${metadata.optionalText('namespace') ?? 'default'}/${metadata.optionalText('name') ?? ''}`
    return [[key, fields.textByName('data')] as const]
  })
  return new Map(found.toReversed())
}

type ConfigMapsByName = ReturnType<typeof configMapsOf>

function readDocument(manifest: RunnerManifest, configMaps: ConfigMapsByName): ReadDocument {
  const { document } = manifest
  if (!isRecord(document)) return { problems: [] }
  const problems: SourceProblem[] = []
  const fields = fieldsOf(document, '', (path, message) => problems.push(mistakeIn(manifest, path, message)))
  const is = (kind: string, apiVersion: string) => document.kind === kind && document.apiVersion === apiVersion
  const kind = WORKLOAD_KINDS.find(kind => is(kind, kind === 'Pod' ? 'v1' : 'apps/v1'))
  if (kind === 'Pod' && hasStatus(document)) return { problems }
  if (kind !== undefined) return { workload: readWorkload(kind, fields, manifest, configMaps), problems }
  if (is('Service', 'v1')) return { service: readService(fields), problems }
  if (is('Node', 'v1')) return { node: readNode(fields), problems }
  const unsupportedKind = UNSUPPORTED.find(kind => is(kind, kind === 'ReplicationController' ? 'v1' : 'batch/v1'))
  return { problems: unsupportedKind === undefined ? [] : [unsupported(manifest, unsupportedKind)] }
}

/** A Pod with a status already runs elsewhere. */
const hasStatus = ({ status }: Readonly<Record<string, unknown>>) => isRecord(status) && Object.keys(status).length > 0

/** Kinds that create pods in a cluster but are not supported here. */
const UNSUPPORTED = ['Job', 'CronJob', 'ReplicationController']

const unsupported = ({ where }: RunnerManifest, kind: string): SourceProblem => ({
  where,
  message: `${kind} is not supported on this machine`,
  help: 'Write its pod template as a Pod; with restartPolicy OnFailure it runs until it succeeds.',
})

const mistakeIn = ({ where }: RunnerManifest, path: string, message: string): SourceProblem => ({
  where,
  message: `${path} ${message}`,
  help: `Fix ${path} in this document. Its running pods keep running.`,
})

const definedTwice = (workload: Workload, earlier: Workload): SourceProblem => ({
  where: workload.where,
  message: `${workloadKey(workload)} is defined twice`,
  help: `The first one, in ${earlier.where}, is used. Rename or remove one of the two.`,
})

function readWorkload(
  kind: WorkloadKind,
  document: Fields,
  { where, folder }: RunnerManifest,
  configMaps: ConfigMapsByName,
): Workload {
  const metadata = document.object('metadata')
  const namespace = metadata.objectName('namespace', 'default')
  const spec = document.object('spec')
  const counted = kind !== 'Pod' && kind !== 'DaemonSet'
  const serviceName = kind === 'StatefulSet' ? spec.optionalText('serviceName') : undefined
  return {
    kind,
    namespace,
    name: metadata.objectName('name'),
    where,
    folder,
    replicas: counted ? spec.whole('replicas', 1) : 1,
    strategy: kind === 'Deployment' ? readStrategy(spec.object('strategy')) : ONE_BY_ONE,
    ...(serviceName !== undefined && { serviceName }),
    template: readTemplate(kind === 'Pod' ? document : spec.object('template'), name =>
      configMaps.get(`${namespace}/${name}`),
    ),
  }
}

/** The default of Kubernetes for maxSurge and maxUnavailable. */
const QUARTER = '25%'
/** The strategy of StatefulSets and DaemonSets: the old pod terminates before the new one of the same name starts. */
const ONE_BY_ONE: Strategy = { type: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 }

function readStrategy(strategy: Fields): Strategy {
  if (strategy.optionalText('type') === 'Recreate') return { type: 'Recreate' }
  const rolling = strategy.object('rollingUpdate')
  return {
    type: 'RollingUpdate',
    maxSurge: rolling.numberOrText('maxSurge') ?? QUARTER,
    maxUnavailable: rolling.numberOrText('maxUnavailable') ?? QUARTER,
  }
}

function readTemplate(template: Fields, configMaps: ConfigMaps): PodTemplate {
  const metadata = template.object('metadata')
  return {
    labels: metadata.textByName('labels'),
    annotations: metadata.textByName('annotations'),
    spec: readPodSpec(template.object('spec'), configMaps),
  }
}

function readService(document: Fields): LocalService {
  const metadata = document.object('metadata')
  const spec = document.object('spec')
  return {
    metadata: { name: metadata.objectName('name'), namespace: metadata.objectName('namespace', 'default') },
    spec: {
      type: spec.optionalText('type') ?? 'ClusterIP',
      ...(spec.has('selector') && { selector: spec.textByName('selector') }),
      publishNotReadyAddresses: spec.flag('publishNotReadyAddresses', false),
      ports: spec.objects('ports', port => {
        const name = port.optionalText('name')
        const targetPort = port.numberOrText('targetPort')
        return {
          ...(name !== undefined && { name }),
          port: port.whole('port', 0, 1),
          ...(targetPort !== undefined && { targetPort }),
          protocol: port.optionalText('protocol') ?? 'TCP',
        }
      }),
    },
  }
}

function readNode(document: Fields): Node {
  const metadata = document.object('metadata')
  return { name: metadata.objectName('name'), labels: metadata.textByName('labels') }
}
