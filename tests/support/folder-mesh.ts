/**
 * A folder of manifests that is programmed on real proxies, as by `l7mesh run`, for tests that edit it. Files are never
 * half written, so deletions take effect without a delay.
 */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObjectMeta } from '@l7mesh/crds'
import { stringify } from 'yaml'
import { runFolderApp } from '../../operator/src/app/folder-app.ts'
import { connect } from '../../operator/src/converge/connect.ts'
import type { AppReport } from '../../operator/src/report/report.ts'
import { createTranslator } from '../../operator/src/translate/translate.ts'

export type Document = { readonly [field: string]: unknown }
export type Manifest = Document & { readonly kind: string; readonly metadata: ObjectMeta }

export class FolderMesh {
  readonly folder: string
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #report: AppReport | undefined
  #news = Promise.withResolvers<void>()

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Writes the files to a new folder and runs the operator on it. */
  static async start(files: Readonly<Record<string, readonly Document[]>>): Promise<FolderMesh> {
    const mesh = new FolderMesh(await mkdtemp(join(tmpdir(), 'l7mesh-folder-')))
    for (const [file, documents] of Object.entries(files)) await mesh.save(file, documents)
    const translate = createTranslator({
      selectorScope: 'all',
      allowControllerDestination: false,
      allowLogFiles: false,
    })
    mesh.#running = runFolderApp(
      { folder: mesh.folder, settleMs: 0, translate, connect, onReport: report => mesh.#hear(report) },
      mesh.#stopping.signal,
    )
    return mesh
  }

  get report(): AppReport | undefined {
    return this.#report
  }

  /** Saves a file as an editor does: writes a temporary file, then renames it. */
  async save(file: string, documents: readonly Document[]): Promise<void> {
    const beside = join(this.folder, `.${file}.new`)
    await writeFile(beside, documents.map(document => stringify(document)).join('---\n'))
    await rename(beside, join(this.folder, file))
  }

  /** Saves and waits until every proxy has converged to the new snapshot. */
  async edit(file: string, documents: readonly Document[]): Promise<void> {
    const before = this.#report?.snapshot
    await this.save(file, documents)
    await this.until(`${file} is programmed`, report => report.snapshot !== before && isConverged(report))
  }

  async converged(): Promise<void> {
    await this.until('the mesh has converged', isConverged)
  }

  /** Resolves with the first report that satisfies the condition. */
  async until(what: string, isTrue: (report: AppReport) => boolean, patience = 15_000): Promise<AppReport> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new Error(`not within ${patience} ms: ${what}\n${this.#told()}`)),
      patience,
    )
    try {
      for (;;) {
        if (this.#report && isTrue(this.#report)) return this.#report
        await Promise.race([this.#news.promise, late.promise])
      }
    } finally {
      clearTimeout(timer)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await rm(this.folder, { recursive: true, force: true })
  }

  #hear(report: AppReport): void {
    this.#report = report
    this.#news.resolve()
    this.#news = Promise.withResolvers<void>()
  }

  /** Diagnostics for a timeout. */
  #told(): string {
    const proxies = [...(this.#report?.proxies ?? [])].map(
      ([key, { phase, error, failures }]) => `${key} ${phase} ${error ?? ''} ${JSON.stringify([...failures])}`,
    )
    const conditions = [...(this.#report?.statuses() ?? [])].flatMap(([key, status]) =>
      status.conditions
        .filter(({ status: holds }) => holds !== 'True')
        .map(({ type, reason, message }) => `${key} ${type} ${reason} ${message}`),
    )
    const problems = (this.#report?.problems ?? []).map(({ where, message }) => `${where}: ${message}`)
    return [...proxies, ...conditions, ...problems].join('\n')
  }
}

function isConverged({ proxies }: AppReport): boolean {
  return proxies.size > 0 && [...proxies.values()].every(({ phase }) => phase === 'converged')
}

/** A ready pod that is an l7mp proxy. */
export function proxyPod(name: string, port: number, labels: Labels): Document {
  return pod(name, '127.0.0.1', labels, { name: 'l7mp', ports: [{ name: 'controller', containerPort: port }] })
}

/** A pod that is not a proxy. */
export function backendPod(name: string, podIP: string, labels: Labels, isReady = true): Manifest {
  return pod(name, podIP, labels, { name: 'backend' }, isReady)
}

type Labels = Readonly<Record<string, string>>

function pod(name: string, podIP: string, labels: Labels, container: Document, isReady = true): Manifest {
  const status = isReady ? 'True' : 'False'
  const conditions = ['Ready', 'ContainersReady'].map(type => ({ type, status }))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [container] },
    status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions },
  }
}
