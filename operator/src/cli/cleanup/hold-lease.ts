/** Leads in the place of all operators while something is done that they would undo. */
import { randomUUID } from 'node:crypto'
import { steadyClock } from '../../clock.ts'
import type { MayWrite } from '../../converge/leader-gate.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import { Elector, type LeaseTimes } from '../../kube/lease.ts'
import { leaseStore } from '../../kube/lease-store.ts'
import { duration } from '../../report/words.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { LeaseName } from '../cluster/operators.ts'

export type LeadOptions = {
  readonly client: KubeClient
  readonly lease: LeaseName
  /** Who this is, for those who look at the lease. */
  readonly instance: string
  readonly times: LeaseTimes
  /** How long to wait for whoever leads to let go, in milliseconds. */
  readonly patienceMs: number
  readonly say: (text: string) => void
}

/** Throws a UserError where an operator goes on leading. Others may lead again once `use` has ended. */
export async function whileLeading<T>(options: LeadOptions, use: (mayWrite: MayWrite) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  const led = Promise.withResolvers<void>()
  const elector = electorFor(options, led)
  const running = elector.run(ending.signal)
  const giveUp = setTimeout(() => led.reject(stillLed(options, elector.holder)), options.patienceMs)
  try {
    await led.promise
    return await use(() => elector.mayWrite())
  } finally {
    clearTimeout(giveUp)
    ending.abort()
    await running
  }
}

function electorFor(options: LeadOptions, led: PromiseWithResolvers<void>): Elector {
  const { client, lease, instance, times, patienceMs, say } = options
  const identity = `${instance}_${randomUUID()}`
  const elector = new Elector({
    store: leaseStore({ client, ...lease, now: () => new Date() }),
    identity,
    times,
    clock: steadyClock,
    fraction: Math.random,
    onChange() {
      const { holder = identity } = elector
      if (elector.mayWrite()) led.resolve()
      else if (holder !== identity)
        say(`Waiting up to ${duration(patienceMs)} for ${holder} to let go of ${titleOf(lease)} …`)
    },
    onFailure(error) {
      if (error instanceof KubeError && DECISIVE.has(error.code)) led.reject(notAllowed(lease, error))
      else say(`${titleOf(lease)}: ${messageOf(error)}`)
    },
  })
  return elector
}

/** Of these nothing better is to be expected of the next try. */
const DECISIVE: ReadonlySet<KubeErrorCode> = new Set(['forbidden', 'unauthorized', 'not-found', 'invalid'])

function notAllowed(lease: LeaseName, cause: KubeError): UserError {
  return new UserError(`cannot take ${titleOf(lease)}: ${cause.message}`, {
    help: 'Allow get, create and update on leases there; with --force it is not asked who leads.',
    cause,
  })
}

function stillLed({ lease }: LeadOptions, holder: string | undefined): UserError {
  return new UserError(`${holder ?? 'somebody'} leads (${titleOf(lease)}), and would put everything back`, {
    help: 'Uninstall the operator first, or scale it to 0; with --force it is not asked who leads.',
  })
}

function titleOf({ namespace, name }: LeaseName): string {
  return `Lease ${namespace}/${name}`
}
