/**
 * Observes a folder of manifests: reads it once, adds the pods that a running `up` reports, and translates the result.
 * The first step of `diff`, `status` and `config`.
 */
import { stat } from 'node:fs/promises'
import { createValidator, isRecord } from '@l7mesh/crds'
import { retaining, unknownVersions } from '../../converge/unknown-versions.ts'
import type { Pod } from '../../kinds/core-types.ts'
import { byField, groupKindOf, KINDS, type SnapshotField } from '../../kinds/kinds.ts'
import { PROXY_CONTAINER } from '../../local/manifests/workload.ts'
import type { Rejections } from '../../report/status.ts'
import { type FolderSource, folderSource } from '../../sources/folder/folder-source.ts'
import { groupOf, type Manifest } from '../../sources/manifest.ts'
import { type Overlay, overlay } from '../../sources/overlay.ts'
import type { ByName, Snapshot, SourceProblem } from '../../sources/snapshot.ts'
import type { DesiredFleet } from '../../translate/desired.ts'
import { messageOf, UserError } from '../../user-error.ts'
import { type TranslationOptions, translator } from '../options/translation.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { enterNetwork } from './enter-network.ts'
import { type RunState, readRunState } from './run-state.ts'
import { simulatePods } from './simulated-pods.ts'

export type Observed = {
  readonly folder: string
  readonly snapshot: Snapshot
  readonly fleet: DesiredFleet
  readonly rejected: Rejections
  readonly problems: readonly SourceProblem[]
  readonly located: ReadonlyMap<string, string>
  /** The state of the `up` that runs the folder. */
  readonly run: RunState | undefined
}

/**
 * Throws a UserError if it is not a folder with manifests. With `simulate`, the proxies of the folder are included even
 * if it is not running.
 */
export async function observeFolder(
  folder: string,
  options: TranslationOptions,
  io: ProcessIO,
  also?: 'simulate',
): Promise<Observed> {
  await checkFolder(folder)
  const source = await readOnce(folder)
  const own = source.snapshot()
  if (!own) throw unreadable(folder, source.problems())
  const run = await readRunState(folder)
  if (run) enterNetwork(run, io)
  const manifests = run ? withKept(own, run.kept) : own
  const snapshot = overlay(manifests, run ? overlayOf(run) : also ? simulatedProxies(source) : NOTHING)
  return {
    folder,
    snapshot,
    fleet: retaining(
      translator({ ...run?.allows, ...options })(snapshot),
      unknownVersions(snapshot, source.rejected()),
    ),
    rejected: source.rejected(),
    problems: source.problems(),
    located: source.located(),
    run,
  }
}

export async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => {
    throw isRecord(error) && error.code === 'ENOENT'
      ? new UserError(`folder ${folder} does not exist`, {
          help: 'Give the folder that contains your manifests.',
          cause: error,
        })
      : new UserError(`cannot read ${folder}: ${messageOf(error)}`, {
          help: 'Make it readable, or give another folder.',
          cause: error,
        })
  })
  if (!found.isDirectory())
    throw new UserError(`${folder} is not a folder`, { help: 'Give the folder that contains the file.' })
}

export async function readOnce(folder: string): Promise<FolderSource> {
  const source = folderSource(folder, { validate: createValidator().validate })
  const read = new AbortController()
  await source.run(read.signal, () => read.abort())
  if (source.manifests().length === 0 && source.problems().length === 0) throw emptyFolder(folder)
  return source
}

export function emptyFolder(folder: string): UserError {
  return new UserError(`${folder} contains no manifests`, {
    help: 'Put Kubernetes manifests in it (*.yaml, *.yml or *.json), or give another folder.',
  })
}

function unreadable(folder: string, [problem]: readonly SourceProblem[]): UserError {
  return new UserError(`cannot read ${folder}: ${problem?.message ?? 'unknown'}`, {
    help: problem?.help ?? 'Give another folder.',
  })
}

/** Adds objects that cannot be read now, but were valid when the run read them last. */
function withKept(snapshot: Snapshot, kept: readonly Manifest[]): Snapshot {
  return byField<Snapshot>(<F extends SnapshotField>(field: F): Snapshot[F] => {
    const known: ByName<object> = snapshot[field]
    const groupKind = groupKindOf(KINDS[field])
    const lost = kept.filter(manifest => isOf(groupKind, manifest) && !known.has(nameOf(manifest)))
    if (field in NOTHING || lost.length === 0) return snapshot[field]
    // They were validated by their kind when the run read them.
    return new Map([...known, ...lost.map(one => [nameOf(one), one] as const)]) as unknown as Snapshot[F]
  })
}

function isOf(groupKind: string, { apiVersion, kind }: Manifest): boolean {
  return `${groupOf(apiVersion)}/${kind}` === groupKind
}

function nameOf({ metadata }: Manifest): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** The fields that come from the run itself. */
const NOTHING: Overlay = { pods: new Map(), endpointSlices: new Map() }

/** Only proxies: simulated addresses of other pods would be shown as endpoints. */
function simulatedProxies(source: FolderSource): Overlay {
  const { pods } = simulatePods(source.manifests(), source.located())
  const isProxy = ({ spec }: Pod) => spec.containers.some(({ name }) => name === PROXY_CONTAINER)
  return { ...NOTHING, pods: new Map([...pods].filter(([, pod]) => isProxy(pod))) }
}

function overlayOf({ pods, endpointSlices }: RunState): Overlay {
  const byName = <T extends { readonly metadata: { readonly name: string; readonly namespace?: string } }>(
    objects: readonly T[],
  ) => new Map(objects.map(object => [`${object.metadata.namespace ?? 'default'}/${object.metadata.name}`, object]))
  return { pods: byName(pods), endpointSlices: byName(endpointSlices) }
}
