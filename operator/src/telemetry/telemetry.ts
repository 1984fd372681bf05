/**
 * The telemetry port: events that the stages emit about their work, for metrics and traces. The stages do not depend on
 * its consumers. Events are emitted synchronously, so consumers must be fast.
 */
import type { RequestReport } from '@l7mesh/proxy-client'

export type Telemetry = (event: TelemetryEvent) => void

/** All durations are in milliseconds. `proxy` is the key of a proxy: NAMESPACE/POD. */
export type TelemetryEvent =
  /** The loop has read a new snapshot from the source. */
  | { readonly type: 'snapshot-read'; readonly resources: number }
  /** `changed`: the number of proxies whose desired config changed. */
  | { readonly type: 'translated'; readonly took: number; readonly proxies: number; readonly changed: number }
  /** A worker was started for a proxy. */
  | { readonly type: 'proxy-added'; readonly proxy: string }
  /** The proxy left the fleet: its series can be removed. */
  | { readonly type: 'proxy-removed'; readonly proxy: string }
  /** One request to the REST API of a proxy. */
  | ({ readonly type: 'request'; readonly proxy: string } & RequestReport)
  /** One round: a comparison of live and desired config and the calls that followed. */
  | {
      readonly type: 'round-finished'
      readonly proxy: string
      readonly took: number
      readonly calls: number
      readonly result: 'converged' | 'converging' | 'failing' | 'unreachable'
    }
  /** A change was read back from the proxy. `took`: since it became known. */
  | { readonly type: 'change-programmed'; readonly proxy: string; readonly took: number }
  /** Others had changed objects of l7mesh, and they were restored. */
  | { readonly type: 'drift-repaired'; readonly proxy: string; readonly calls: number }
  /** The next round is a retry. */
  | {
      readonly type: 'retry'
      readonly proxy: string
      readonly reason: 'unreachable' | 'failing'
      /** In a row, from 1. */
      readonly attempt: number
      readonly delay: number
    }
  /** The operator ended a session because its pod was deleted. */
  | { readonly type: 'session-ended'; readonly proxy: string }
  /** undefined: there is no leader. */
  | { readonly type: 'leader-changed'; readonly leader: 'this' | 'other' | undefined }

export const noTelemetry: Telemetry = () => {}
