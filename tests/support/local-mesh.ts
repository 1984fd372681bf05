/** The mesh of an example for its check: a scratch copy of its folder, run by `l7mesh up`. */
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mesh, MeshPod } from '../../examples/mesh.ts'
import { runFolderApp } from '../../operator/src/app/folder-app.ts'
import { connect } from '../../operator/src/converge/connect.ts'
import { createPodRunner, type PodRunner } from '../../operator/src/local/runner.ts'
import type { AppReport } from '../../operator/src/report/report.ts'
import { createTranslator } from '../../operator/src/translate/translate.ts'
import { editFile, patient } from './example-mesh.ts'
import { killPod } from './pod-processes.ts'

export type LocalMesh = Mesh & {
  stop(): Promise<void>
  /** Current problems, for the message of a failed check. */
  told(): readonly string[]
}

/** `deadline`: the timeout of `waitFor`, in milliseconds. */
export async function startLocalMesh(example: string, deadline: number): Promise<LocalMesh> {
  // Addresses of pods derive from the real path of the folder.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'l7mesh-example-')))
  await cp(example, folder, { recursive: true, dereference: true })
  const stopping = new AbortController()
  let runner: PodRunner | undefined
  let report: AppReport | undefined
  const running = runFolderApp(
    {
      folder,
      translate: createTranslator({ selectorScope: 'all', allowControllerDestination: false, allowLogFiles: false }),
      connect,
      runPods: async onChange => {
        runner = await createPodRunner({ folder, netns: false, environment: environment(), onChange })
        return runner
      },
      onReport: news => {
        report = news
      },
    },
    stopping.signal,
  )
  return {
    pods: async labels => podsWith(runner, labels ?? {}),
    waitFor: patient(deadline),
    edit: (file, change) => editFile(join(folder, file), change),
    kill: killPod,
    told: () => told(report),
    stop: async () => {
      stopping.abort()
      await running
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function environment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function podsWith(runner: PodRunner | undefined, labels: Readonly<Record<string, string>>): readonly MeshPod[] {
  const pods = [...(runner?.pods() ?? [])].map(([key, { metadata, status }]) => ({
    key,
    labels: metadata.labels ?? {},
    address: status?.podIP ?? '',
    ready: status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false,
  }))
  const fits = (pod: MeshPod) => Object.entries(labels).every(([name, value]) => pod.labels[name] === value)
  return pods.filter(fits).sort((a, b) => (a.key < b.key ? -1 : 1))
}

function told(report: AppReport | undefined): readonly string[] {
  const problems = (report?.problems ?? []).map(({ where, message }) => `${where}: ${message}`)
  const proxies = [...(report?.proxies ?? [])].map(
    ([key, { phase, error }]) => `${key}: ${phase} ${error?.message ?? ''}`,
  )
  const conditions = [...(report?.statuses() ?? [])].flatMap(([key, { conditions: all }]) =>
    all
      .filter(({ status }) => status === 'False')
      .map(({ type, reason, message }) => `${key}: ${type} ${reason}: ${message}`),
  )
  return [...problems, ...proxies, ...conditions]
}
