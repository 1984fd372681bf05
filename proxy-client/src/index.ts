/** The public face of `@l7mesh/proxy-client`. */
import './node-version.ts'

export { adapted, leftOut } from './adapt.ts'
export type { Dump } from './answers.ts'
export { type Call, type Plan, type Step, subjects } from './call.ts'
export { CAPABILITIES, type Capability, capabilitiesOf } from './capabilities.ts'
export { ProxyClient, type ProxyClientOptions, type Reader } from './client.ts'
export { type Compare, createCompare } from './compare.ts'
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
} from './configs.ts'
export { type Diff, difference, isEmpty } from './diff.ts'
export { type EndedSessions, endedBy, successorsOfEnded } from './ended-sessions.ts'
export type { ProxyErrorOptions, RequestLine } from './errors.ts'
export { PROXY_ERROR_CODES, ProxyError, type ProxyErrorCode } from './errors.ts'
export { type Calls, type Execution, execute, type Outcome } from './execute.ts'
export { type Explained, explain } from './explain.ts'
export { type HttpOptions, httpTransport } from './http.ts'
export { keepListeners } from './keep.ts'
export * from './model.ts'
export * from './names.ts'
export { DEFAULT_RETRY, isVirtual, normalCluster } from './normalize.ts'
export { plan } from './plan.ts'
export { createProbe, type Obstacle, type Probe } from './probe.ts'
export { prune } from './prune.ts'
export { type Reads, readAll, readBack } from './readback.ts'
export { retained } from './retain.ts'
export { share, sharing } from './share.ts'
export type { Answer, Disconnection, Request, Transport } from './transport.ts'
