/** `l7mesh run --source kubernetes`. */
import { randomUUID } from 'node:crypto'
import { type ClusterAppOptions, openCluster, runClusterApp } from '../../app/cluster-app.ts'
import { systemClock } from '../../clock.ts'
import type { ProxyCredentials } from '../../converge/connect.ts'
import { RESOURCE_FIELDS } from '../../kinds/kinds.ts'
import { isInCluster } from '../../kube/in-cluster.ts'
import { connectKube, type KubeClient } from '../../kube/kube-client.ts'
import { count } from '../../report/formatting.ts'
import { type ActivityLog, openActivityLog } from '../../report/log/activity-log.ts'
import { type Log, openLog } from '../../report/log/log.ts'
import { createOverviews, type Overviews } from '../../report/overview.ts'
import type { AppReport } from '../../report/report.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import type { ListenAddress } from '../../settings/value-types.ts'
import type { ClusterSource } from '../../sources/kubernetes/cluster-source.ts'
import type { Snapshot } from '../../sources/snapshot.ts'
import { throttle } from '../../throttle.ts'
import { statusWriter } from '../options/status-dir.ts'
import { credentialsOf } from '../options/token.ts'
import { translator } from '../options/translation.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { handleShutdown } from '../process/shutdown.ts'
import { failureLog } from './failures.ts'
import { electionOf, instanceOf, leaderLog } from './leader.ts'
import type { RunOptions } from './run-options.ts'

/** The minimum interval between two log updates, in milliseconds. */
const LOG_EVERY = 1000
/** The interval of the log message about pending reads, in milliseconds. */
const WAITING_EVERY = 10_000

export async function runOnCluster(options: RunOptions, settings: RunSettings, io: ProcessIO): Promise<ExitCode> {
  const credentials = await credentialsOf(settings, io.now)
  const client = await connectKube({ ...settings, variables: io.settings.variables })
  try {
    const set = await appSettings(client, settings, credentials, io)
    return await runWith(set, options, settings, io)
  } finally {
    await client.close()
  }
}

async function runWith(app: AppSettings, options: RunOptions, settings: RunSettings, io: ProcessIO): Promise<ExitCode> {
  const log = openLog(io, settings.log)
  const status = await statusWriter(options.statusDir, undefined, log)
  const onStop = () => log({ level: 'info', text: 'stopping; the proxies keep their config', fields: {} })
  const ending = handleShutdown(io, onStop, () => io.quit(130))
  const activity = openActivityLog(log)
  const overviews = createOverviews()
  const source = openCluster(app.client, settings.namespace ?? [])
  const { server, title } = app.client
  log({ level: 'info', text: `running on ${server}, ${title}`, fields: { server } })
  const stopWaiting = logPendingReads(source, log)
  let latest: AppReport | undefined
  const show = throttle(systemClock, LOG_EVERY, () => {
    if (!latest) return
    record(latest, activity, overviews)
    if (latest.snapshot && latest.leads) status.write(latest)
  })
  const onReport = (report: AppReport) => {
    if (report.snapshot && !latest?.snapshot) log({ level: 'info', text: readText(report.snapshot), fields: {} })
    latest = report
    show.request()
  }
  try {
    await runClusterApp(
      { ...app, source, onLeader: leaderLog(log), onFailure: failureLog(log, io.now), onReport },
      options.once ? AbortSignal.any([ending.signal, activity.tried]) : ending.signal,
    )
  } finally {
    stopWaiting()
    show.flush()
    await status.close('keep')
    ending.close()
  }
  return options.once && !activity.isGood() ? 1 : 0
}

/** The options that are constant for the whole run. */
type AppSettings = Omit<ClusterAppOptions, 'source' | 'onLeader' | 'onFailure' | 'onReport'>

async function appSettings(
  client: KubeClient,
  settings: RunSettings,
  credentials: ProxyCredentials | undefined,
  io: ProcessIO,
): Promise<AppSettings> {
  const { variables } = io.settings
  const instance = instanceOf(io)
  return {
    client,
    instance,
    translate: translator(settings),
    connect: (proxy, mayWrite) => io.connect(proxy, { mayWrite, ...(credentials && { credentials }) }),
    lookup: io.lookup,
    audit: settings.auditInterval,
    health: await healthAddress(settings, variables),
    election: electionOf(settings, { instance, variables, namespace: client.namespace, id: randomUUID() }),
    statusRate: settings.statusRate,
    eventRate: settings.eventRate,
  }
}

/** The default port for the probes of the kubelet. */
const HEALTH_PORT = 8081

async function healthAddress(
  { healthAddress: set }: RunSettings,
  variables: ProcessIO['settings']['variables'],
): Promise<ListenAddress | undefined> {
  if (set !== undefined) return set === 'off' ? undefined : set
  return (await isInCluster(variables)) ? { host: undefined, port: HEALTH_PORT } : undefined
}

/** Before everything has been read, and on a standby, only problems are logged. */
function record(report: AppReport, activity: ActivityLog, overviews: Overviews): void {
  const { proxies, problems, leads, snapshot, compare } = report
  if (!leads) {
    activity.standBy(problems)
    return
  }
  const statuses = snapshot ? report.statuses() : new Map()
  // Other pods of the cluster are not logged.
  activity.take(overviews({ proxies, pods: new Map(), problems, statuses, located: new Map(), compare }))
}

/** Logs what has not been read yet, until everything has been read. Returns a function that stops it. */
function logPendingReads(source: ClusterSource, log: Log): () => void {
  let cancel = () => {}
  const repeat = () => {
    const waitingFor = source.waitingFor()
    if (waitingFor.length === 0) return
    const what = waitingFor.join(', ')
    log({ level: 'warn', text: `waiting for ${what}; until then, proxies are not changed`, fields: {} })
    cancel = systemClock.after(WAITING_EVERY, repeat)
  }
  cancel = systemClock.after(WAITING_EVERY, repeat)
  return () => cancel()
}

function readText(snapshot: Snapshot): string {
  const resources = RESOURCE_FIELDS.reduce((sum, field) => sum + snapshot[field].size, 0)
  return `all resources read: ${count(resources, 'resource')}, ${count(snapshot.pods.size, 'pod')}`
}
