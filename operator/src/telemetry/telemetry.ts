/**
 * A port: what the stages report about their work as it happens, for metrics and traces. The stages know nothing of what
 * becomes of it. Events are emitted synchronously, so whoever takes them must be quick.
 */
import type { RequestReport } from '@l7mesh/proxy-client'

export type Telemetry = (event: TelemetryEvent) => void

/** All durations are in milliseconds. `proxy` is the key of a proxy: NAMESPACE/POD. */
export type TelemetryEvent =
  /** The source has a new snapshot, and the loop has taken it. */
  | { readonly type: 'snapshot-read'; readonly resources: number }
  /** `changed`: the proxies whose desired config is another one than before. */
  | { readonly type: 'translated'; readonly took: number; readonly proxies: number; readonly changed: number }
  /** A worker was started for a proxy. */
  | { readonly type: 'proxy-added'; readonly proxy: string }
  /** The proxy is not part of the fleet any more: its series can go. */
  | { readonly type: 'proxy-removed'; readonly proxy: string }
  /** One request to the REST API of a proxy. */
  | ({ readonly type: 'request'; readonly proxy: string } & RequestReport)
  /** One comparison of live and desired config, with the calls that it led to. */
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
  /** The operator ended a session, since its pod is gone. */
  | { readonly type: 'session-ended'; readonly proxy: string }
  /** undefined: nobody leads. */
  | { readonly type: 'leader-changed'; readonly leader: 'this' | 'other' | undefined }

export const noTelemetry: Telemetry = () => {}
