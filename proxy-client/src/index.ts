/** The public face of `@l7mesh/proxy-client`. */
import './node-version.ts'

export { type EndedSessions, endedBy, successorsOfEnded } from './apply/ended-sessions.ts'
export { type Calls, type Execution, execute, type Outcome } from './apply/execute.ts'
export { type Explained, explain } from './apply/explain.ts'
export { createProbe, type Obstacle, type Probe } from './apply/probe.ts'
export { type Reads, readAll, readBack } from './apply/readback.ts'
export type { ProxyErrorOptions, RequestLine } from './errors.ts'
export { PROXY_ERROR_CODES, ProxyError, type ProxyErrorCode } from './errors.ts'
export { adapted, leftOut } from './l7mp/adapt.ts'
export { CAPABILITIES, type Capability, capabilitiesOf } from './l7mp/capabilities.ts'
export { ProxyClient, type ProxyClientOptions, type Reader } from './l7mp/client.ts'
export { type HttpOptions, httpTransport } from './l7mp/http.ts'
export { DEFAULT_RETRY, isVirtual, normalCluster } from './l7mp/normal-form.ts'
export type { Dump } from './l7mp/responses.ts'
export type { Answer, Disconnection, Request, Transport } from './l7mp/transport.ts'
export * from './model.ts'
export * from './names.ts'
export { type Call, type Plan, type Step, subjects } from './plan/call.ts'
export { type Compare, createCompare } from './plan/compare.ts'
export {
  copy,
  endsItsSessions,
  keyOf,
  type ObjectKey,
  overlap,
  placedEndpoints,
  portOfSocket,
  socketOf,
  tcpPortOf,
} from './plan/configs.ts'
export { type Diff, difference, isEmpty } from './plan/diff.ts'
export { share, sharing } from './plan/intern.ts'
export { keepListeners } from './plan/keep.ts'
export { plan } from './plan/plan.ts'
export { prune } from './plan/prune.ts'
export { retained } from './plan/retain.ts'
