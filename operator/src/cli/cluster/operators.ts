/**
 * The operators of a cluster: their pods, their settings, and their leader. Commands translate resources with the
 * operators' settings. Pods are identified by the labels of the chart.
 */
import { isRecord } from '@l7mesh/crds'
import { Command } from 'commander'
import { nameOf } from '../../kube/collection.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { KubeError } from '../../kube/kube-error.ts'
import type { RawObject } from '../../raw-object.ts'
import { resolveSettings } from '../../settings/resolve.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import { UserError } from '../../user-error.ts'
import { addSettings } from '../options/settings.ts'

export const OPERATOR_LABEL = 'app.kubernetes.io/name'
export const OPERATOR_NAME = 'l7mp-operator'
const CONTAINER = 'operator'

export type OperatorPod = {
  /** `NAMESPACE/NAME` of its pod. */
  readonly key: string
  readonly pod: RawObject
  /** undefined if they cannot be determined from its pod. */
  readonly settings: RunSettings | undefined
}

export function operatorsAmong(pods: readonly RawObject[]): readonly OperatorPod[] {
  return pods.filter(isOperator).map(pod => ({ key: nameOf(pod), pod, settings: settingsOf(pod) }))
}

function isOperator({ metadata: { labels } }: RawObject): boolean {
  return isRecord(labels) && labels[OPERATOR_LABEL] === OPERATOR_NAME
}

/** The settings in its arguments and environment. A settings file in the pod is not read. */
function settingsOf({ spec }: RawObject): RunSettings | undefined {
  const container = recordsIn(spec, 'containers').find(({ name }) => name === CONTAINER)
  const args = textsIn(container, 'args')
  const start = args.indexOf('run')
  if (start === -1) return undefined
  const command = addSettings(new Command().exitOverride().allowUnknownOption().allowExcessArguments())
  try {
    command.configureOutput({ writeErr: () => {} }).parse(args.slice(start + 1), { from: 'user' })
    return resolveSettings({ flags: command.opts(), variables: variablesOf(container), file: undefined })
  } catch (error) {
    if (error instanceof UserError || (error instanceof Error && error.name === 'CommanderError')) return undefined
    throw error
  }
}

function variablesOf(container: unknown): Readonly<Record<string, string>> {
  const literal = recordsIn(container, 'env').flatMap(({ name, value }) =>
    typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [],
  )
  return Object.fromEntries(literal)
}

function recordsIn(value: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const list = isRecord(value) ? value[field] : undefined
  return Array.isArray(list) ? list.filter(isRecord) : []
}

function textsIn(value: unknown, field: string): readonly string[] {
  const list = isRecord(value) ? value[field] : undefined
  return Array.isArray(list) ? list.filter(item => typeof item === 'string') : []
}

export type LeaseName = { readonly namespace: string; readonly name: string }

/** The lease of the operators; of an operator outside the cluster, the lease in the namespace of the context. */
export function leaseOf([operator]: readonly OperatorPod[], namespace: string): LeaseName {
  const { lease = 'l7mesh', leaseNamespace } = operator?.settings ?? {}
  return { name: lease, namespace: leaseNamespace ?? operator?.pod.metadata.namespace ?? namespace }
}

/** The leader according to the lease. Times are milliseconds since the epoch, by the clock of the leader. */
export type Leadership = {
  /** undefined if there is no leader. */
  readonly holder: string | undefined
  readonly since: number | undefined
  readonly renewedAt: number | undefined
  readonly durationMs: number
}

/** undefined if the lease does not exist. Rejects with a KubeError. */
export async function readLeadership(
  client: KubeClient,
  { namespace, name }: LeaseName,
): Promise<Leadership | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`
  try {
    const lease = await client.request({ path })
    const spec = isRecord(lease) && isRecord(lease.spec) ? lease.spec : {}
    const { holderIdentity, acquireTime, renewTime, leaseDurationSeconds } = spec
    return {
      holder: typeof holderIdentity === 'string' && holderIdentity !== '' ? holderIdentity : undefined,
      since: timeOf(acquireTime),
      renewedAt: timeOf(renewTime),
      durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0,
    }
  } catch (error) {
    if (error instanceof KubeError && error.code === 'not-found') return undefined
    throw error
  }
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
