/**
 * The flow with an API server as its source, as one of several replicas: the leader reconciles the proxies and writes status
 * to the API server, the others stand by with everything read.
 */
import { createValidator } from '@l7mesh/crds'
import type { Driver } from '@l7mesh/proxy-client'
import { steadyClock, systemClock } from '../clock.ts'
import type { MayWrite } from '../converge/leader-gate.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { Elector, type LeaseTimes } from '../kube/lease.ts'
import { leaseStore } from '../kube/lease-store.ts'
import { KubernetesReporter } from '../report/kubernetes/reporter.ts'
import { isShortOfService } from '../resolve/resolvable-names.ts'
import { type ClusterSource, clusterSource } from '../sources/kubernetes/cluster-source.ts'
import { noTelemetry, type Telemetry } from '../telemetry/telemetry.ts'
import type { ProxyRef } from '../translate/desired.ts'
import { type AppOptions, type AppSource, runApp } from './app.ts'

export type ClusterAppOptions = Pick<
  AppOptions,
  'translate' | 'audit' | 'health' | 'lookup' | 'telemetry' | 'onFleet' | 'onReport'
> & {
  readonly client: KubeClient
  readonly source: ClusterSource
  readonly connect: (proxy: ProxyRef, mayWrite: MayWrite) => Driver
  /** undefined: no leader election; this must be the only operator. */
  readonly election: Election | undefined
  /** Writes per second. */
  readonly statusRate: number
  readonly eventRate: number
  /** The name of this process: that of its pod. */
  readonly instance: string
  /** Called when the leader changes; undefined: there is none. */
  readonly onLeader: (leader: 'this' | { readonly other: string } | undefined) => void
  /** Called when a write to the API server fails; it will be retried. */
  readonly onFailure: (error: unknown, what: string) => void
}

export type Election = {
  readonly namespace: string
  readonly name: string
  /** Unique to this process. */
  readonly identity: string
  readonly times: LeaseTimes
}

export function openCluster(client: KubeClient, namespaces: readonly string[]): ClusterSource {
  return clusterSource({ client, namespaces, validate: createValidator().validate })
}

/**
 * Runs until the signal aborts. The proxies' configs are left as they are, and the lease is released only after the last
 * call to a proxy has ended. Rejects if the health server cannot listen.
 */
export async function runClusterApp(options: ClusterAppOptions, signal: AbortSignal): Promise<void> {
  const { source, connect, onReport, election } = options
  let wake = () => {}
  const elector = election && electorFor(election, options, () => wake())
  const mayWrite = () => elector?.mayWrite() ?? true
  const reporter = reportTo(options, mayWrite)
  const [reporting, electing] = [new AbortController(), new AbortController()]
  const ends = { reported: reporter.run(reporting.signal), elected: elector?.run(electing.signal) }
  const app: AppOptions = {
    ...options,
    source: withoutFiles(source, onChange => (wake = onChange)),
    connect: proxy => connect(proxy, mayWrite),
    mayWrite,
    // Their meaning in the namespaces of other pods cannot be resolved from here.
    isLocalName: isShortOfService,
    ...(elector && { leaseAge: () => elector.leaseAge ?? Number.POSITIVE_INFINITY }),
    onReport(report) {
      onReport(report)
      reporter.take(report)
    },
  }
  try {
    await runApp(app, signal)
  } finally {
    reporting.abort()
    await ends.reported
    electing.abort()
    await ends.elected
  }
}

function electorFor(election: Election, options: ClusterAppOptions, onChange: () => void): Elector {
  const { identity, times } = election
  const report = leaderReport(options.telemetry)
  const elector = new Elector({
    store: leaseStore({ ...election, client: options.client, now: () => new Date() }),
    identity,
    times,
    clock: steadyClock,
    fraction: Math.random,
    onChange() {
      onChange()
      const leader = leaderIn(elector, identity)
      options.onLeader(leader)
      report(leader)
    },
    onFailure: error => options.onFailure(error, 'the lease'),
  })
  return elector
}

function leaderIn(elector: Elector, identity: string): Parameters<ClusterAppOptions['onLeader']>[0] {
  if (elector.mayWrite()) return 'this'
  const { holder } = elector
  return holder === undefined || holder === identity ? undefined : { other: holder }
}

/** Emits an event when it is called with another leader than before. */
function leaderReport(telemetry: Telemetry = noTelemetry): ClusterAppOptions['onLeader'] {
  let last: 'this' | 'other' | undefined
  return leader => {
    const now = typeof leader === 'object' ? 'other' : leader
    if (now !== last) telemetry({ type: 'leader-changed', leader: now })
    last = now
  }
}

function reportTo({ source, ...options }: ClusterAppOptions, mayWrite: MayWrite): KubernetesReporter {
  return new KubernetesReporter({
    ...options,
    clock: systemClock,
    live: key => source.live(key),
    mayWrite,
    fraction: Math.random,
  })
}

function withoutFiles(source: ClusterSource, wakeBy: (onChange: () => void) => void): AppSource {
  const nowhere: ReadonlyMap<string, string> = new Map()
  return {
    snapshot: () => source.snapshot(),
    problems: () => source.problems(),
    rejected: () => source.rejected(),
    generationOf: key => source.generationOf(key),
    manifests: () => [],
    located: () => nowhere,
    run(signal, onChange) {
      wakeBy(onChange)
      return source.run(signal, onChange)
    },
  }
}
