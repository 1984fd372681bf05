/** What pods need of the machine, put together and put away again: for whoever starts pods (`startPod`). */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Variables } from '../../variables.ts'
import type { Network } from '../network/network.ts'
import { portBook } from '../network/rest-ports.ts'
import { type LogLine, openLogs } from '../process/logs.ts'
import { startReaper } from '../process/reaper.ts'
import { mountPoints } from '../process/volumes.ts'
import type { PodHost } from './pod.ts'
import { proxyScript } from './proxy-command.ts'

export type PodHostOptions = {
  readonly network: Network
  /** The variables of the machine; containers get a few of them (PATH, HOME, LANG and the like). */
  readonly environment: Variables
  /** Each line that a container prints. */
  readonly onLine?: (line: LogLine) => void
  readonly now?: () => Date
  /** The `node` binary that proxies, and containers that call `node`, run on. Default: this process's. */
  readonly node?: string
  /** The script that starts a proxy. Default: that of the installed package. */
  readonly proxyScript?: string
  /** The preloads for proxies, where they do not lie beside this module. */
  readonly harden?: string
  readonly confine?: string
  /** Where pods ask for the names of Services. Default: nowhere but of the machine. */
  readonly nameServer?: { readonly address: string; readonly port: number }
}

export type OpenHost = {
  readonly host: PodHost
  /** Closes the network too. To be called when no pod is left. */
  close(): Promise<void>
}

export async function openPodHost(options: PodHostOptions): Promise<OpenHost> {
  const { network } = options
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-run-'))
  const reaper = startReaper()
  reaper.addFolder(folder)
  const logs = openLogs(join(folder, 'logs'), options.onLine ?? (() => {}))
  const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url))
  const host = {
    folder,
    network,
    reaper,
    logs,
    ports: portBook(),
    mountPoints: mountPoints(reaper),
    sharedPaths: { temporary: [...new Set(['/tmp', tmpdir()])], taken: new Set<string>(), reaper },
    environment: options.environment,
    node: options.node ?? process.execPath,
    proxyScript: options.proxyScript ?? proxyScript(),
    harden: options.harden ?? beside('../preload/harden.cjs'),
    confine: options.confine ?? beside('../preload/confine.cjs'),
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
