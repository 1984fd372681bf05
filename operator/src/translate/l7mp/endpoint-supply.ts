/** The endpoints of a cluster: those that it uses, and how many there are besides. */
import type { Place } from './endpoints.ts'

export type Supply = {
  /** What new sessions are sent to. */
  readonly places: readonly Place[]
  /** How many endpoints exist, whether they are used or not: selected pods that are not over, given addresses, endpoints of a Service. */
  readonly total: number
  /** Addresses left out because the protocol cannot reach their family. */
  readonly unreachable: readonly string[]
}
