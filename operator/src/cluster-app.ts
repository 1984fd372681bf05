/** The flow with an API server as its source. */
import { createValidator } from '@l7mesh/crds'
import { type AppOptions, type AppSource, runApp } from './app.ts'
import type { KubeClient } from './kube/connect.ts'
import { type ClusterSource, clusterSource } from './sources/cluster.ts'

export type ClusterAppOptions = Omit<AppOptions, 'source'> & {
  readonly source: ClusterSource
}

export function openCluster(client: KubeClient, namespaces: readonly string[]): ClusterSource {
  return clusterSource({ client, namespaces, validate: createValidator().validate })
}

/** Runs until the signal aborts. The proxies' configs are left as they are. */
export async function runClusterApp({ source, ...options }: ClusterAppOptions, signal: AbortSignal): Promise<void> {
  await runApp({ ...options, source: withoutFiles(source) }, signal)
}

function withoutFiles(source: ClusterSource): AppSource {
  const nowhere: ReadonlyMap<string, string> = new Map()
  return {
    snapshot: () => source.snapshot(),
    problems: () => source.problems(),
    rejected: () => source.rejected(),
    manifests: () => [],
    located: () => nowhere,
    run: (signal, onChange) => source.run(signal, onChange),
  }
}
