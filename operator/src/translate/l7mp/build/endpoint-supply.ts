/** The endpoints of a cluster: those that it uses, and the number of all. */
import type { EndpointAddress } from './endpoints.ts'

export type EndpointSupply = {
  /** The endpoints that new sessions are sent to. */
  readonly places: readonly EndpointAddress[]
  /** The number of endpoints, used or not: selected pods that are not over, literal addresses, endpoints of a Service. */
  readonly total: number
  /** Addresses omitted because the protocol cannot reach their family. */
  readonly unreachable: readonly string[]
}
