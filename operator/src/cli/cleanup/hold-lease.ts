/** Holds the lease of the operators while something is done that they would revert. */
import { randomUUID } from 'node:crypto'
import { steadyClock } from '../../clock.ts'
import type { MayWrite } from '../../converge/leader-gate.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import { Elector, type LeaseTimes } from '../../kube/lease.ts'
import { leaseStore } from '../../kube/lease-store.ts'
import { duration } from '../../report/formatting.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { LeaseName } from '../cluster/operators.ts'

export type LeadOptions = {
  readonly client: KubeClient
  readonly lease: LeaseName
  /** The name of this process in the lease. */
  readonly instance: string
  readonly times: LeaseTimes
  /** How long to wait for the leader to release the lease, in milliseconds. */
  readonly timeoutMs: number
  readonly report: (text: string) => void
}

/** Throws a UserError if an operator keeps leading. Others may lead again when `use` has finished. */
export async function whileLeading<T>(options: LeadOptions, use: (mayWrite: MayWrite) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  const leading = Promise.withResolvers<void>()
  const elector = electorFor(options, leading)
  const running = elector.run(ending.signal)
  const giveUp = setTimeout(() => leading.reject(stillLeading(options, elector.holder)), options.timeoutMs)
  try {
    await leading.promise
    return await use(() => elector.mayWrite())
  } finally {
    clearTimeout(giveUp)
    ending.abort()
    await running
  }
}

function electorFor(options: LeadOptions, leading: PromiseWithResolvers<void>): Elector {
  const { client, lease, instance, times, timeoutMs, report } = options
  const identity = `${instance}_${randomUUID()}`
  const elector = new Elector({
    store: leaseStore({ client, ...lease, now: () => new Date() }),
    identity,
    times,
    clock: steadyClock,
    fraction: Math.random,
    onChange() {
      const { holder = identity } = elector
      if (elector.mayWrite()) leading.resolve()
      else if (holder !== identity)
        report(`Waiting up to ${duration(timeoutMs)} for ${holder} to release ${titleOf(lease)} …`)
    },
    onFailure(error) {
      if (error instanceof KubeError && PERMANENT.has(error.code)) leading.reject(notAllowed(lease, error))
      else report(`${titleOf(lease)}: ${messageOf(error)}`)
    },
  })
  return elector
}

/** Errors that a retry does not resolve. */
const PERMANENT: ReadonlySet<KubeErrorCode> = new Set(['forbidden', 'unauthorized', 'not-found', 'invalid'])

function notAllowed(lease: LeaseName, cause: KubeError): UserError {
  return new UserError(`cannot take ${titleOf(lease)}: ${cause.message}`, {
    help: 'Allow get, create and update on leases there; --force skips this check.',
    cause,
  })
}

function stillLeading({ lease }: LeadOptions, holder: string | undefined): UserError {
  return new UserError(`${holder ?? 'an operator'} leads (${titleOf(lease)}), and would recreate everything`, {
    help: 'Uninstall the operator first, or scale it to 0; --force skips this check.',
  })
}

function titleOf({ namespace, name }: LeaseName): string {
  return `Lease ${namespace}/${name}`
}
