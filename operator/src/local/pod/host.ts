/** Allocates and releases the resources of the machine that pods need (`startPod`). */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Variables } from '../../variables.ts'
import type { Network } from '../network/network.ts'
import { portAllocator } from '../network/rest-ports.ts'
import { type LogLine, openLogs } from '../process/logs.ts'
import { startReaper } from '../process/reaper.ts'
import { mountPoints } from '../process/volumes.ts'
import type { PodHost } from './pod.ts'
import { proxyScript } from './proxy-command.ts'

export type PodHostOptions = {
  readonly network: Network
  /** The environment variables of the machine; containers inherit some of them (PATH, HOME, LANG and the like). */
  readonly environment: Variables
  /** Called with each line of output of a container. */
  readonly onLine?: (line: LogLine) => void
  readonly now?: () => Date
  /** The `node` binary that runs proxies, and containers that call `node`. Default: the one of this process. */
  readonly node?: string
  /** The script that starts a proxy. Default: the one of the installed package. */
  readonly proxyScript?: string
  /** The preloads for proxies. Default: those in the folder `preload` of this package. */
  readonly harden?: string
  readonly confine?: string
  /** The DNS server for the names of Services. Default: none; pods use those of the machine. */
  readonly nameServer?: { readonly address: string; readonly port: number }
}

export type OpenHost = {
  readonly host: PodHost
  /** Also closes the network. To be called after all pods have terminated. */
  close(): Promise<void>
}

export async function openPodHost(options: PodHostOptions): Promise<OpenHost> {
  const { network } = options
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-run-'))
  const reaper = startReaper()
  reaper.addFolder(folder)
  const logs = openLogs(join(folder, 'logs'), options.onLine ?? (() => {}))
  const relative = (file: string) => fileURLToPath(new URL(file, import.meta.url))
  const host = {
    folder,
    network,
    reaper,
    logs,
    ports: portAllocator(),
    mountPoints: mountPoints(reaper),
    sharedPaths: { temporary: [...new Set(['/tmp', tmpdir()])], taken: new Set<string>(), reaper },
    environment: options.environment,
    node: options.node ?? process.execPath,
    proxyScript: options.proxyScript ?? proxyScript(),
    harden: options.harden ?? relative('../preload/harden.cjs'),
    confine: options.confine ?? relative('../preload/confine.cjs'),
    ...(options.nameServer && { nameServer: options.nameServer }),
    now: options.now ?? (() => new Date()),
    newUid: randomUUID,
  }
  return {
    host,
    async close() {
      network.close()
      await logs.close()
      await rm(folder, { recursive: true, force: true })
      reaper.close()
    },
  }
}
