/** Releases of the charts on a cluster: real helm and kubectl, where anything but success is an error with what they said. */
import { fileURLToPath } from 'node:url'
import type { Cluster, Ran } from '../cluster.ts'

export const NAMESPACE = 'l7mp-system'

export const chartFolder = (name: string) => fileURLToPath(new URL(`../../../helm/${name}`, import.meta.url))

export type Release = {
  kubectl(...args: readonly string[]): Promise<string>
  /** In the namespace of the releases. */
  helm(...args: readonly string[]): Promise<string>
  /** Installs the chart of that name as a release of the same name. */
  install(chart: string, ...more: readonly string[]): Promise<string>
}

export function openRelease(cluster: Cluster): Release {
  const helm = async (...args: readonly string[]) =>
    done(`helm ${args.join(' ')}`, await cluster.helm([...args, '--namespace', NAMESPACE]))
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
