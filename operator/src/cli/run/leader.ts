/** Which of several operators leads: how this one takes part, and what is logged of it. */
import { hostname } from 'node:os'
import type { ClusterAppOptions, Election } from '../../app/cluster-app.ts'
import type { Log } from '../../report/log/log.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import type { World } from '../process/process-io.ts'

/** The name of the pod, as the chart gives it, or of the machine. */
export function instanceOf({ settings: { variables } }: World): string {
  return variables.POD_NAME || hostname()
}

/** undefined: without an election. `namespace`: that of the kubeconfig's context. */
export function electionOf(
  settings: RunSettings,
  { instance, variables, namespace, id }: ElectionPlace,
): Election | undefined {
  if (!settings.leaderElect) return undefined
  return {
    namespace: settings.leaseNamespace ?? (variables.POD_NAMESPACE || namespace || 'default'),
    name: settings.lease,
    // A process that ran in this pod before, and may be asleep, is another one.
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
  /** Unlike that of any other process. */
  readonly id: string
}

/** Says who leads, whenever that changes. */
export function leaderLog(log: Log): ClusterAppOptions['onLeader'] {
  let said: string | undefined
  return leader => {
    const text = leaderText(leader, said !== undefined)
    if (text === said || (said === WAITING && !leader)) return
    said = text
    log({ level: leader || text === WAITING ? 'info' : 'warn', text, fields: {} })
  }
}

const WAITING = 'nobody leads yet'

function leaderText(leader: Parameters<ClusterAppOptions['onLeader']>[0], somebodyDid: boolean): string {
  if (leader === 'this') return 'this operator leads'
  if (leader) return `standing by: ${leader.other} leads`
  return somebodyDid ? 'nobody leads; the proxies keep what they hold' : WAITING
}
