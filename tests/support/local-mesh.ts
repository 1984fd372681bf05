/** An example's mesh as its check sees it: a scratch copy of its folder, run as `l7mesh up` runs it. */
import { cp, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mesh, MeshPod } from '../../examples/mesh.ts'
import type { AppReport } from '../../operator/src/app.ts'
import { connect } from '../../operator/src/converge/connect.ts'
import { runFolderApp } from '../../operator/src/folder-app.ts'
import { createPodRunner, type PodRunner } from '../../operator/src/local/runner.ts'
import { createTranslator } from '../../operator/src/translate/translate.ts'

export type LocalMesh = Mesh & {
  stop(): Promise<void>
  /** What is not as it should be, for a failed check to show. */
  told(): readonly string[]
}

/** `deadline`: how long `waitFor` tries, in milliseconds. */
export async function startLocalMesh(example: string, deadline: number): Promise<LocalMesh> {
  // Addresses of pods come from the name of the folder, so it must be its real one.
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
    waitFor: (what, attempt) => waitFor(what, attempt, deadline),
    edit: (file, change) => edit(join(folder, file), change),
    kill: key => kill(key),
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

async function waitFor<T>(what: string, attempt: () => Promise<T | undefined>, deadline: number): Promise<T> {
  const end = performance.now() + deadline
  let cause: unknown
  do {
    try {
      const value = await attempt()
      if (value !== undefined) return value
    } catch (error) {
      cause = error
    }
    await sleep(20)
  } while (performance.now() < end)
  throw new Error(`not within ${deadline} ms: ${what}`, { cause })
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`an edit of ${file} that edits nothing`)
  await writeFile(file, after)
}

/** The processes below this one that have the pod's name for a host name. */
async function kill(key: string): Promise<void> {
  const host = `HOSTNAME=${key.slice(key.indexOf('/') + 1)}`
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = (await Promise.all(ids.map(async id => ((await isOurs(id, host)) ? id : undefined)))).filter(
    id => id !== undefined,
  )
  if (found.length === 0) throw new Error(`no process of ${key} runs`)
  for (const id of found) process.kill(id, 'SIGKILL')
}

async function isOurs(id: number, host: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${id}/environ`, 'utf8')
    return environment.split('\0').includes(host) && (await isBelow(id)) && (await readlink(`/proc/${id}/exe`)) !== ''
  } catch {
    // It has ended, or is none of ours to look at.
    return false
  }
}

async function isBelow(id: number): Promise<boolean> {
  if (id === process.pid) return true
  if (id <= 1) return false
  const status = await readFile(`/proc/${id}/status`, 'utf8')
  return isBelow(Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0))
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
