/** Runs pods inside a test, and ends them with it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { isReady, type ReportedPod } from '../../../src/local/pod/pod-status.ts'
import type { LogLine } from '../../../src/local/process/logs.ts'
import { createPodRunner, type PodRunner } from '../../../src/local/runner.ts'
import { manifest } from './documents.ts'
import { eventually } from './eventually.ts'

export type TestMesh = {
  readonly runner: PodRunner
  /** The folder of the manifests. */
  readonly folder: string
  /** Everything that was reported, in order. */
  readonly history: readonly (readonly ReportedPod[])[]
  apply(...documents: readonly object[]): void
  /** The one pod whose name starts so, once the condition holds. */
  pod(name: string, condition?: (pod: ReportedPod) => boolean): Promise<ReportedPod>
  /** The first line of a pod, after `seen` others, that starts so. */
  line(start: string, pod?: string): Promise<LogLine>
}

export async function startMesh(environment: Readonly<Record<string, string>>): Promise<TestMesh> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-test-'))
  const lines: LogLine[] = []
  const history: (readonly ReportedPod[])[] = []
  const runner = await createPodRunner({
    folder,
    netns: false,
    environment,
    onChange: () => history.push([...runner.pods().values()]),
    onLine: line => lines.push(line),
  })
  onTestFinished(async () => {
    await runner.stop()
    await rm(folder, { recursive: true })
  })
  return {
    runner,
    folder,
    history,
    apply: (...documents) => runner.apply(documents.map(document => manifest(document, folder))),
    pod: (name, condition = isReady) =>
      eventually(`pod ${name}`, () =>
        [...runner.pods().values()].find(pod => pod.metadata.name.startsWith(name) && condition(pod)),
      ),
    line: (start, pod = '') =>
      eventually(`line ${start}`, () => lines.find(line => line.line.startsWith(start) && line.pod.includes(pod))),
  }
}
