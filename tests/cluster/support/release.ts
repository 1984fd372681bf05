/** Releases of the charts on a cluster: real helm and kubectl, whose failures are errors with their output. */
import { fileURLToPath } from 'node:url'
import type { Cluster, Ran } from '../cluster.ts'

export const NAMESPACE = 'l7mp-system'

export const chartFolder = (name: string) => fileURLToPath(new URL(`../../../helm/${name}`, import.meta.url))

export type Release = {
  kubectl(...args: readonly string[]): Promise<string>
  /** In the namespace of the releases. On failure, the error has all pods and their last events. */
  helm(...args: readonly string[]): Promise<string>
  /** Installs the chart as a release of the same name. */
  install(chart: string, ...more: readonly string[]): Promise<string>
}

export function openRelease(cluster: Cluster, namespace = NAMESPACE): Release {
  const helm = async (...args: readonly string[]) => {
    const ran = await cluster.helm([...args, '--namespace', namespace])
    if (ran.code === 0) return ran.stdout
    return done(`helm ${args.join(' ')}`, { ...ran, stderr: `${ran.stderr}\n${await situation(cluster)}` })
  }
  return {
    kubectl: async (...args) => done(`kubectl ${args.join(' ')}`, await cluster.kubectl(args)),
    helm,
    install: (chart, ...more) => helm('install', chart, chartFolder(chart), ...more),
  }
}

function done(what: string, { code, stdout, stderr }: Ran): string {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}

const LAST_EVENTS = 40

/** The first things to check. */
async function situation(cluster: Cluster): Promise<string> {
  const pods = await cluster.kubectl(['get', 'daemonsets,deployments,jobs,pods', '-A', '-o', 'wide'])
  const events = await cluster.kubectl(['get', 'events', '-A', '--sort-by=.metadata.creationTimestamp'])
  return [pods.stdout, ...events.stdout.split('\n').slice(-LAST_EVENTS)].join('\n')
}
