/** The public API of `@l7mesh/proxy-client`. */
import './node-version.ts'

export type { Calls } from './apply/calls.ts'
export type {
  Applied,
  ApplyInput,
  Driver,
  InternPool,
  PlanRequest,
  ReadOptions,
  RequestReport,
} from './apply/driver.ts'
export { execute } from './apply/execute.ts'
export type { Execution, Outcome } from './apply/outcome.ts'
export { createProbe, type Obstacle, type Probe } from './apply/probe.ts'
export { readBack } from './apply/read-back.ts'
export { type Read, type Reads, readAll } from './apply/reads.ts'
export type { ProxyErrorOptions, RequestLine } from './errors.ts'
export { PROXY_ERROR_CODES, ProxyError, type ProxyErrorCode } from './errors.ts'
export { adapted, leftOut } from './l7mp/adapt.ts'
export { CAPABILITIES, type Capability, capabilitiesOf } from './l7mp/capabilities.ts'
export { ProxyClient, type ProxyClientOptions } from './l7mp/client.ts'
export type { Credentials } from './l7mp/credentials.ts'
export { type L7mpDriverOptions, l7mpDriver } from './l7mp/driver.ts'
export { type HttpOptions, httpTransport } from './l7mp/http.ts'
export { KnownLists, type KnownListsOptions, type ReadList } from './l7mp/known-lists.ts'
export { DEFAULT_RETRY, isVirtual, normalCluster } from './l7mp/normal-form.ts'
export { Presence } from './l7mp/presence.ts'
export type { ResponseBody } from './l7mp/response-body.ts'
export type { Dump } from './l7mp/responses.ts'
export type { Disconnection, Request, Response, Transport } from './l7mp/transport.ts'
export * from './model.ts'
export { Mutex } from './mutex.ts'
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
export { type EndedSessions, endedBy, successorsOfEnded } from './plan/ended-sessions.ts'
export { type Explained, explain } from './plan/explain.ts'
export { ExtendedMap } from './plan/extended-map.ts'
export { intern } from './plan/intern.ts'
export { keepListeners } from './plan/keep.ts'
export { plan } from './plan/plan.ts'
export { prune } from './plan/prune.ts'
export { removalPlan } from './plan/removal.ts'
export { retained } from './plan/retain.ts'
