/**
 * Composes the stages of the flow: source, translation, loop, report. folder-app.ts and cluster-app.ts add what each kind of
 * source needs.
 */
import { randomUUID } from 'node:crypto'
import { systemClock } from '../clock.ts'
import type { ProxyAccess } from '../converge/proxy-access.ts'
import type { WorkerOptions } from '../converge/worker.ts'
import type { AppReport } from '../report/report.ts'
import { namesIn } from '../resolve/resolvable-names.ts'
import { type Lookup, Resolver } from '../resolve/resolver.ts'
import type { ListenAddress } from '../settings/value-types.ts'
import type { Manifest } from '../sources/manifest.ts'
import type { Snapshot } from '../sources/snapshot.ts'
import { operatorChecks, serveHealth } from './health.ts'
import { Loop, type LoopNames, type LoopOptions } from './loop.ts'

export type AppOptions = Pick<LoopOptions, 'translate' | 'mayWrite' | 'telemetry'> & {
  readonly source: AppSource
  readonly connect: WorkerOptions['connect']
  /** The audit interval: how often a proxy is read completely, in milliseconds. Default: 60,000. */
  readonly audit?: number
  /** The address that serves health probes. Default: none. */
  readonly health?: ListenAddress | undefined
  /** Milliseconds since the API server last responded about the lease. Default: there is no lease. */
  readonly leaseAge?: () => number
  /** Resolves domain names as the proxies would. Default: no name is resolved. */
  readonly lookup?: Lookup | undefined
  /** Names that are not looked up. Default: none. */
  readonly isLocalName?: (name: string, snapshot: Snapshot) => boolean
  /** Called once, before the first report. */
  readonly onFleet?: (access: ProxyAccess) => void
  /** Called after each pass of the loop. */
  readonly onReport: (report: AppReport) => void
}

export type AppSource = LoopOptions['source'] & {
  /** Every object in use that is written in a file, of any kind. */
  manifests(): readonly Manifest[]
  /** Where each object is written, FILE:LINE, by `objectKey`. */
  located(): ReadonlyMap<string, string>
}

/** Runs until the signal aborts. The proxies' configs are left as they are. Rejects if the health server cannot listen. */
export async function runApp(options: AppOptions, signal: AbortSignal): Promise<void> {
  const { source, leaseAge, health } = options
  const { loop, close } = loopOf(options)
  options.onFleet?.(loop.proxies)
  const checks = operatorChecks({
    sinceLastRound: () => loop.sinceLastRound,
    isSynced: () => source.snapshot() !== undefined,
    ...(leaseAge && { leaseAge }),
  })
  const server = health && (await serveHealth(health, { checks }))
  try {
    await loop.run(signal)
  } finally {
    close()
    await server?.close()
  }
}

/** Of all threads of this process, in milliseconds. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function loopOf(options: AppOptions): { readonly loop: Loop; close(): void } {
  const { source, translate, connect, audit, mayWrite, telemetry, onReport } = options
  const resolver =
    options.lookup && new Resolver({ lookup: options.lookup, clock: systemClock, onChange: () => loop.wake() })
  const loop = new Loop({
    names: resolver && namesFrom(resolver, options),
    source,
    translate,
    workers: {
      connect,
      random: { id: randomUUID, fraction: Math.random },
      cpu: cpuTime,
      ...(audit !== undefined && { audit }),
    },
    clock: systemClock,
    ...(mayWrite && { mayWrite }),
    ...(telemetry && { telemetry }),
    onReport(report) {
      const read = { manifests: source.manifests(), rejected: source.rejected(), located: () => source.located() }
      onReport({ ...report, ...read })
    },
  })
  return { loop, close: () => resolver?.close() }
}

function namesFrom(resolver: Resolver, { isLocalName = () => false }: AppOptions): LoopNames {
  return {
    want(fleet, snapshot) {
      const names = [...namesIn(fleet)].filter(name => !isLocalName(name, snapshot))
      resolver.setNames(new Set(names))
    },
    resolutions: () => resolver.resolutions(),
  }
}
