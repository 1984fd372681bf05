/** Leader election of `l7mesh run`: the identity of this operator, and the log of the leader. */
import { hostname } from 'node:os'
import type { ClusterAppOptions, Election } from '../../app/cluster-app.ts'
import type { Log } from '../../report/log/log.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import type { ProcessIO } from '../process/process-io.ts'

/** The name of the pod, which the chart sets, or of the machine. */
export function instanceOf({ settings: { variables } }: ProcessIO): string {
  return variables.POD_NAME || hostname()
}

/** undefined: no leader election. `namespace`: that of the kubeconfig's context. */
export function electionOf(
  settings: RunSettings,
  { instance, variables, namespace, id }: ElectionPlace,
): Election | undefined {
  if (!settings.leaderElect) return undefined
  return {
    namespace: settings.leaseNamespace ?? (variables.POD_NAMESPACE || namespace || 'default'),
    name: settings.lease,
    // Distinguishes an earlier process in this pod, which may be suspended.
    identity: `${instance}_${id}`,
    times: {
      duration: settings.leaseDuration,
      renewDeadline: settings.leaseRenewDeadline,
      renewEvery: settings.leaseRenewEvery,
    },
  }
}

type ElectionPlace = {
  readonly instance: string
  readonly variables: Readonly<Record<string, string>>
  readonly namespace: string | undefined
  /** Unique per process. */
  readonly id: string
}

/** Logs each change of the leader. */
export function leaderLog(log: Log): ClusterAppOptions['onLeader'] {
  let logged: string | undefined
  return leader => {
    const text = leaderText(leader, logged !== undefined)
    if (text === logged || (logged === WAITING && !leader)) return
    logged = text
    log({ level: leader || text === WAITING ? 'info' : 'warn', text, fields: {} })
  }
}

const WAITING = 'no leader yet'

function leaderText(leader: Parameters<ClusterAppOptions['onLeader']>[0], hadLeader: boolean): string {
  if (leader === 'this') return 'this operator leads'
  if (leader) return `standing by: ${leader.other} leads`
  return hadLeader ? 'no leader; the proxies keep their config' : WAITING
}
