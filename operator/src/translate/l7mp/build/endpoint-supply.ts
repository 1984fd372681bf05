/** The endpoints of a cluster: those that it uses, and how many there are besides. */
import type { EndpointAddress } from './endpoints.ts'

export type EndpointSupply = {
  /** What new sessions are sent to. */
  readonly places: readonly EndpointAddress[]
  /** How many endpoints exist, whether they are used or not: selected pods that are not over, given addresses, endpoints of a Service. */
  readonly total: number
  /** Addresses omitted because the protocol cannot reach their family. */
  readonly unreachable: readonly string[]
}
