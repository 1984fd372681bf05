/**
 * Runs the pods of a folder of manifests as processes of this machine, and reports Pods and EndpointSlices as a cluster
 * would: it is kubelet, scheduler and controllers of `l7mesh up`. Stands beside the folder source, whose snapshot its
 * reports complete.
 *
 * Level based: `apply` says what should run; every change of manifests or of a pod leads to one look at the whole,
 * which starts and ends what the rollout allows now (`rollout.ts`).
 *
 * What a manifest can count on, with what a cluster does in the same words: a container named `l7mp` is an l7mp proxy;
 * any other runs its `command` in the folder that its image stands for (`imageFolder`), `node` being this very one;
 * its environment, `$(VAR)`, readiness probes, restarts, grace and emptyDir volumes (`volumes.ts`) are Kubernetes'.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bridgeNetwork } from './bridge.ts'
import type { Variables } from './environment.ts'
import { type PodFleet, podFleet } from './fleet.ts'
import { proxyScript } from './l7mp.ts'
import { type LogLine, openLogs } from './logs.ts'
import { type Network, sharedNetwork } from './network.ts'
import type { PodHost } from './pod.ts'
import { portBook } from './ports.ts'
import { type Reaper, startReaper } from './reaper.ts'
import { mountPoints } from './volumes.ts'

export type PodRunnerOptions = {
  /** The folder of the manifests: pods of different folders get different loopback addresses. */
  readonly folder: string
  /** Each node and pod in a network namespace. The process must stand in one of its own already: `enterNetns`. */
  readonly netns: boolean
  /** So many nodes, `node-1` and on, where no manifest defines any. Default 1; more than 1 needs `netns`. */
  readonly nodes?: number
  /** The variables of the machine; containers get a few of them (PATH, HOME, LANG and the like). */
  readonly environment: Variables
  /** Called whenever what the runner reports may have changed. */
  readonly onChange: () => void
  /** Each line that a container prints. */
  readonly onLine?: (line: LogLine) => void
  readonly now?: () => Date
  /** The script that starts a proxy. Default: that of the installed package. */
  readonly proxyScript?: string
  /** The preloads for proxies, where they do not lie beside this module. */
  readonly harden?: string
  readonly confine?: string
}

export type PodRunner = PodFleet & {
  /** The file that holds what a container printed; gone after `stop`. */
  logFile(pod: string, container: string): string
  /** Ends all that was started and removes what it left. */
  stop(): Promise<void>
}

/** Rejects where the folder does not exist, or the namespaces cannot be made. */
export async function createPodRunner(options: PodRunnerOptions): Promise<PodRunner> {
  const own = await realpath(options.folder)
  const ownAddresses = process.platform === 'linux'
  const network = options.netns ? await bridgeNetwork(options.environment) : sharedNetwork(own, ownAddresses)
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-run-'))
  const reaper = startReaper()
  reaper.addFolder(folder)
  const logs = openLogs(join(folder, 'logs'), options.onLine ?? (() => {}))
  const host = hostOf(options, { folder, network, reaper, logs })
  const fleet = podFleet(host, options.nodes ?? 1, options.onChange)
  return {
    ...fleet,
    logFile: logs.file,
    async stop() {
      await fleet.stop()
      network.close()
      await logs.close()
      await rm(folder, { recursive: true, force: true })
      reaper.close()
    },
  }
}

function hostOf(
  options: PodRunnerOptions,
  made: { folder: string; network: Network; reaper: Reaper; logs: PodHost['logs'] },
): PodHost {
  const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url))
  return {
    ...made,
    ports: portBook(),
    mountPoints: mountPoints(made.reaper),
    sharedPaths: { temporary: [...new Set(['/tmp', tmpdir()])], taken: new Set(), reaper: made.reaper },
    environment: options.environment,
    node: process.execPath,
    proxyScript: options.proxyScript ?? proxyScript(),
    harden: options.harden ?? beside('./harden.cjs'),
    confine: options.confine ?? beside('./confine.cjs'),
    now: options.now ?? (() => new Date()),
    newUid: randomUUID,
  }
}
