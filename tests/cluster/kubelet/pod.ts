/**
 * One pod of the API server on its node: resolves its references, runs its containers with the pod runner, writes its
 * status, and on deletion terminates it gracefully and confirms the deletion.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Volume } from '@kubernetes/client-node'
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import { KubeError } from '../../../operator/src/kube/kube-error.ts'
import type { DesiredPod } from '../../../operator/src/local/manifests/desired-pods.ts'
import type { EnvVar } from '../../../operator/src/local/manifests/workload.ts'
import type { PodPlace } from '../../../operator/src/local/network/network.ts'
import { type LivePod, type PodHost, startPod } from '../../../operator/src/local/pod/pod.ts'
import type { ReportedPod } from '../../../operator/src/local/pod/pod-status.ts'
import type { ApiPod } from './api.ts'
import type { Images } from './images.ts'
import { type PodStatus, statusOf } from './pod-status.ts'
import { filesOf, type Objects, variablesOf } from './references.ts'
import { statusWriter } from './status-writer.ts'
import { wantedPod } from './template.ts'
import { type VolumeFolder, volumeFolder } from './volume-folder.ts'

export type Station = {
  readonly client: KubeClient
  readonly host: PodHost
  readonly objects: Objects
  readonly images: Images
  /** The environment variables of every container: the address of the API server. */
  readonly apiVariables: readonly EnvVar[]
  /** Aborts when the node is lost or the cluster stops: then nothing is reported to the API server any more. */
  readonly silent: AbortSignal
}

export type NodePod = {
  readonly uid: string
  /** The object or one of its references may have changed. */
  look(pod: ApiPod): void
  /** Terminates it without reporting it. */
  drop(): void
  place(): PodPlace | undefined
  /** Resolves when it has terminated. */
  readonly gone: Promise<void>
}

const PAUSE_MS = 200

/** Starts when `earlier` has resolved. */
export function runPod(first: ApiPod, station: Station, earlier: Promise<void>): NodePod {
  const { client, host, silent } = station
  const startTime = host.now().toISOString()
  const ended = new AbortController()
  const volumes = new Map<string, VolumeFolder>()
  const folder = join(host.folder, 'projected', first.metadata.uid)
  const writer = statusWriter(client, first, silent)
  let pod = first
  let live: LivePod | undefined
  let trouble: string | undefined
  let before: PodStatus | undefined

  const tell = () => {
    const status = live?.report().status ?? unstarted(pod)
    const now = host.now().toISOString()
    const found = trouble ?? live?.problem()?.message
    before = statusOf(pod, status, { startTime, now, trouble: found, before })
    if (!silent.aborted) writer.write(before)
  }
  const fill = async () => {
    for (const volume of pod.spec.volumes ?? []) {
      const files = await filesOf(volume, pod, station.objects)
      if (files === undefined) continue
      const place = volumes.get(volume.name) ?? volumeFolder(join(folder, volume.name))
      volumes.set(volume.name, place)
      await place.write(files)
    }
  }
  const prepare = async (): Promise<DesiredPod> => {
    await fill()
    return wantedPod(pod, {
      images: station.images,
      variables: container => [...station.apiVariables, ...variablesOf(container, pod, station.objects)],
      folder: volume => volumes.get(volume.name)?.path ?? folderOf(volume),
    })
  }
  const run = async () => {
    await earlier
    const wanted = await untilDone(prepare, ended.signal, error => {
      trouble = error
      tell()
    })
    trouble = undefined
    if (wanted !== undefined && !ended.signal.aborted) {
      live = startPod(wanted, { ...host, newUid: () => pod.metadata.uid }, tell)
      tell()
      const refreshing = refresh(fill, ended.signal)
      await live.gone
      await refreshing
      tell()
    }
    await rm(folder, { recursive: true, force: true })
    if (!silent.aborted) await finish(pod, client, writer.flush(), silent)
  }
  const end = (grace?: number) => {
    live?.end(grace)
    ended.abort()
  }
  return {
    uid: first.metadata.uid,
    look(changed) {
      const hadStatus = pod.status
      pod = changed
      if (pod.metadata.deletionTimestamp !== undefined) end(pod.metadata.deletionGracePeriodSeconds)
      else if (hadStatus !== pod.status && pod.spec.readinessGates?.length) tell()
    },
    drop: () => end(0),
    place: () => live?.place(),
    gone: run(),
  }
}

/** Retries; undefined if the signal aborts first. */
async function untilDone<T>(attempt: () => Promise<T>, signal: AbortSignal, onError: (message: string) => void) {
  while (!signal.aborted) {
    try {
      return await attempt()
    } catch (error) {
      onError(error instanceof Error ? error.message : String(error))
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}

const REFRESH_MS = 1000

/** The kubelet takes a minute, which is too long for tests. */
async function refresh(fill: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(REFRESH_MS, undefined, { signal }).catch(() => {})
    // A reference has been deleted: the volume keeps its content.
    if (!signal.aborted) await fill().catch(() => {})
  }
}

/** The final status of a deleted pod. */
async function finish({ metadata }: ApiPod, client: KubeClient, flushed: Promise<void>, signal: AbortSignal) {
  await flushed
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
  const body = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } }
  while (!signal.aborted) {
    try {
      return void (await client.request({ method: 'DELETE', path, body, signal }))
    } catch (error) {
      if (error instanceof KubeError && (error.code === 'not-found' || error.code === 'conflict')) return
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }
}

function folderOf({ name, emptyDir, hostPath }: V1Volume): string | undefined {
  if (emptyDir) return undefined
  if (hostPath) return hostPath.path
  throw new Error(
    `volume ${name}: only emptyDir, configMap, secret, downwardAPI, projected and hostPath can be had here`,
  )
}

/** The status of a pod that is not running yet. */
function unstarted({ spec }: ApiPod): ReportedPod['status'] {
  return {
    phase: 'Pending',
    conditions: ['Initialized', 'ContainersReady', 'Ready'].map(type => ({ type, status: 'False' })),
    containerStatuses: spec.containers.map(({ name, image = '' }) => ({
      name,
      image,
      ready: false,
      started: false,
      restartCount: 0,
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState: {},
    })),
  }
}
