/** Manifests for tests: whole documents from the part that a test is about. */

import { readManifests } from '../../../src/local/manifests/manifests.ts'
import type { RunnerManifest, Workload } from '../../../src/local/manifests/workload.ts'

export const manifest = (document: unknown, folder = '/manifests'): RunnerManifest => ({
  where: 'mesh.yaml:1',
  folder,
  document,
})

export const pod = (name: string, spec: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec,
})

export const workload = (kind: string, name: string, options: { spec?: object; labels?: object; pod?: object }) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    ...options.spec,
    template: { metadata: { labels: { app: name, ...options.labels } }, spec: options.pod ?? SLEEPER },
  },
})

/** A pod that does nothing. */
export const SLEEPER = { containers: [{ name: 'app', command: ['sleep', '1000'] }] }

/** The workloads of documents that have no mistake. */
export function workloadsOf(...documents: readonly object[]): readonly Workload[] {
  const { workloads, problems } = readManifests(documents.map(document => manifest(document)))
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return workloads
}
