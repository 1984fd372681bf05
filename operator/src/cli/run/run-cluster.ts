/** `l7mesh run --source kubernetes`. */
import { randomUUID } from 'node:crypto'
import { type ClusterAppOptions, openCluster, runClusterApp } from '../../app/cluster-app.ts'
import { systemClock } from '../../clock.ts'
import type { ProxyCredentials } from '../../converge/connect.ts'
import { RESOURCE_FIELDS } from '../../kinds/kinds.ts'
import { isInCluster } from '../../kube/in-cluster.ts'
import { connectKube, type KubeClient } from '../../kube/kube-client.ts'
import { type Journal, openJournal } from '../../report/log/journal.ts'
import { type Log, openLog } from '../../report/log/log.ts'
import { overviewOf } from '../../report/overview.ts'
import type { AppReport } from '../../report/report.ts'
import { count } from '../../report/words.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import type { ListenAddress } from '../../settings/value-types.ts'
import type { ClusterSource } from '../../sources/kubernetes/cluster-source.ts'
import type { Snapshot } from '../../sources/snapshot.ts'
import { throttle } from '../../throttle.ts'
import { statusWriter } from '../options/status-dir.ts'
import { credentialsOf } from '../options/token.ts'
import { translator } from '../options/translation.ts'
import { untilStopped } from '../process/ending.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { World } from '../process/process-io.ts'
import { failureLog } from './failures.ts'
import { electionOf, instanceOf, leaderLog } from './leader.ts'
import type { RunOptions } from './run-options.ts'

/** The least time between two looks at everything for the log, in milliseconds. */
const LOG_EVERY = 1000
/** How often it is said what is still waited for, in milliseconds. */
const WAITING_EVERY = 10_000

export async function runOnCluster(options: RunOptions, settings: RunSettings, world: World): Promise<ExitCode> {
  const credentials = await credentialsOf(settings, world.now)
  const client = await connectKube({ ...settings, variables: world.settings.variables })
  try {
    const set = await appSettings(client, settings, credentials, world)
    return await runWith(set, options, settings, world)
  } finally {
    await client.close()
  }
}

async function runWith(app: AppSettings, options: RunOptions, settings: RunSettings, world: World): Promise<ExitCode> {
  const log = openLog(world, settings.log)
  const status = await statusWriter(options.statusDir, undefined, log)
  const onStop = () => log({ level: 'info', text: 'ending; the proxies keep what they hold', fields: {} })
  const ending = untilStopped(world, onStop, () => world.quit(130))
  const journal = openJournal(log)
  const source = openCluster(app.client, settings.namespace ?? [])
  const { server, title } = app.client
  log({ level: 'info', text: `running on ${server}, ${title}`, fields: { server } })
  const stopWaiting = tellWaiting(source, log)
  let latest: AppReport | undefined
  const show = throttle(systemClock, LOG_EVERY, () => {
    if (!latest) return
    tell(latest, journal)
    if (latest.snapshot && latest.leads) status.write(latest)
  })
  const onReport = (report: AppReport) => {
    if (report.snapshot && !latest?.snapshot) log({ level: 'info', text: readText(report.snapshot), fields: {} })
    latest = report
    show.request()
  }
  try {
    await runClusterApp(
      { ...app, source, onLeader: leaderLog(log), onFailure: failureLog(log, world.now), onReport },
      options.once ? AbortSignal.any([ending.signal, journal.tried]) : ending.signal,
    )
  } finally {
    stopWaiting()
    show.flush()
    await status.close('keep')
    ending.close()
  }
  return options.once && !journal.isGood() ? 1 : 0
}

/** What is the same from the beginning to the end. */
type AppSettings = Omit<ClusterAppOptions, 'source' | 'onLeader' | 'onFailure' | 'onReport'>

async function appSettings(
  client: KubeClient,
  settings: RunSettings,
  credentials: ProxyCredentials | undefined,
  world: World,
): Promise<AppSettings> {
  const { variables } = world.settings
  const instance = instanceOf(world)
  return {
    client,
    instance,
    translate: translator(settings),
    connect: (proxy, mayWrite) => world.connect(proxy, { mayWrite, ...(credentials && { credentials }) }),
    lookup: world.lookup,
    audit: settings.auditInterval,
    health: await healthAddress(settings, variables),
    election: electionOf(settings, { instance, variables, namespace: client.namespace, id: randomUUID() }),
    statusRate: settings.statusRate,
    eventRate: settings.eventRate,
  }
}

/** Where the kubelet asks, unless it is said otherwise. */
const HEALTH_PORT = 8081

async function healthAddress(
  { healthAddress: set }: RunSettings,
  variables: World['settings']['variables'],
): Promise<ListenAddress | undefined> {
  if (set !== undefined) return set === 'off' ? undefined : set
  return (await isInCluster(variables)) ? { host: undefined, port: HEALTH_PORT } : undefined
}

/** Before everything has been read there are only problems to tell of; of a standby likewise. */
function tell(report: AppReport, journal: Journal): void {
  const { proxies, problems, leads, snapshot } = report
  if (!leads) {
    journal.standBy(problems)
    return
  }
  const statuses = snapshot ? report.statuses() : new Map()
  // The cluster's other pods are not ours to tell of.
  journal.take(overviewOf({ proxies, pods: new Map(), problems, statuses, located: new Map() }))
}

/** Says what has not been read yet, for as long as that is so. Returns a function that ends it. */
function tellWaiting(source: ClusterSource, log: Log): () => void {
  let callOff = () => {}
  const again = () => {
    const waitingFor = source.waitingFor()
    if (waitingFor.length === 0) return
    const what = waitingFor.join(', ')
    log({ level: 'warn', text: `still waiting for ${what}; until then nothing is done to any proxy`, fields: {} })
    callOff = systemClock.after(WAITING_EVERY, again)
  }
  callOff = systemClock.after(WAITING_EVERY, again)
  return () => callOff()
}

function readText(snapshot: Snapshot): string {
  const resources = RESOURCE_FIELDS.reduce((sum, field) => sum + snapshot[field].size, 0)
  return `everything has been read: ${count(resources, 'resource')}, ${count(snapshot.pods.size, 'pod')}`
}
