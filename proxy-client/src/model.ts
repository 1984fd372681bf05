/**
 * What an l7mp proxy holds: the vocabulary of its REST API, in the normal form in which a desired and a live config can
 * be compared. Values of these types are frozen by convention and never change once made.
 *
 * Names are all that ties objects together, and the proxy binds them late: a listener names a rulelist, a rulelist its
 * rules, a rule a route, a route its clusters.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** The kinds in the order in which one may be built on the one before it. */
export const OBJECT_KINDS = ['cluster', 'endpoint', 'route', 'rule', 'rulelist', 'listener'] as const
export type ObjectKind = (typeof OBJECT_KINDS)[number]

/** Names one object of a proxy. Endpoint names are unique on a proxy, across all its clusters. */
export type ObjectId = { readonly kind: ObjectKind; readonly name: string }

/** A transport address; the proxy takes either part alone. */
export type AddressPort = { readonly address?: string; readonly port?: number }

export type UdpListenerSpec = {
  readonly protocol: 'UDP'
  readonly port: number
  /** The only listener that honours it. Default: 0.0.0.0 */
  readonly address?: string
  readonly connect?: AddressPort
  readonly options?: { readonly mode?: 'server' | 'singleton' }
}
export type TransportListenerSpec =
  | UdpListenerSpec
  | { readonly protocol: 'TCP'; readonly port: number }
  | { readonly protocol: 'WebSocket'; readonly port: number; readonly path?: string }
  | { readonly protocol: 'UnixDomainSocket'; readonly filename: string }
export type ListenerSpec =
  | TransportListenerSpec
  | { readonly protocol: 'HTTP'; readonly port: number; readonly path?: string }
  | { readonly protocol: 'JSONSocket'; readonly transport: TransportListenerSpec }

export type TransportClusterSpec =
  | { readonly protocol: 'UDP' | 'TCP'; readonly port: number; readonly bind?: AddressPort }
  | { readonly protocol: 'WebSocket'; readonly port: number }
  | { readonly protocol: 'UnixDomainSocket' }
export type JsonSocketHeader =
  | { readonly path: { readonly from: string; readonly to: string } }
  | { readonly set: { readonly key: string; readonly value: string } }
export type ClusterSpec =
  | TransportClusterSpec
  | {
      readonly protocol: 'JSONSocket'
      readonly transport: TransportClusterSpec
      readonly header?: readonly JsonSocketHeader[]
    }
  | { readonly protocol: 'Echo' | 'Discard' | 'Stdio' | 'JSONEncap' | 'JSONDecap' | 'Prometheus' | 'L7mpController' }
  /** The names have an effect, and are read back, on a proxy with the capability `metric-names` alone. */
  | { readonly protocol: 'Metric'; readonly byteCounterName?: string; readonly packetCounterName?: string }
  | { readonly protocol: 'Logger'; readonly log_file: string; readonly log_prefix: string }
  | { readonly protocol: 'Sync'; readonly query: string }

/** `None` is what a virtual cluster without endpoints reads back; asking for it on a real cluster kills the proxy. */
export type LoadBalancer =
  | { readonly policy: 'Trivial' | 'None' }
  /** Without a key the proxy picks at random. The proxy calls this policy ConsistentHash too, and reads back HashRing. */
  | { readonly policy: 'HashRing'; readonly key?: string }

/**
 * For a UnixDomainSocket cluster, `spec.address` is the file name of the socket. `spec.port` stands for the cluster's port
 * on a proxy with the capability `endpoint-ports`, over UDP, TCP and WebSocket; another proxy keeps it and ignores it.
 */
export type Endpoint = {
  readonly name: string
  readonly spec: { readonly address: string; readonly port?: number }
  readonly weight: number
}

/** `endpoints` is a set: their order means nothing here, and only members are added and removed. */
export type Cluster = {
  readonly name: string
  readonly spec: ClusterSpec
  readonly loadbalancer: LoadBalancer
  readonly endpoints: readonly Endpoint[]
}

/** `timeout`, in milliseconds, is both the connect timeout and the delay between attempts. */
export type Retry = {
  readonly retry_on: 'never' | 'connect-failure' | 'disconnect' | 'always'
  readonly num_retries: number
  readonly timeout: number
}

export type Route = {
  readonly name: string
  readonly destination: string
  readonly ingress: readonly string[]
  readonly egress: readonly string[]
  readonly retry: Retry
}

export type Rewrite = { readonly path: string; readonly value: Json }
export type Action = {
  readonly rewrite?: readonly Rewrite[]
  /** A rule with neither `route` nor `apply` ends a session that matches it; no later rule is tried. */
  readonly route?: string
  readonly apply?: string
}

/** No `match` means that every session matches. */
export type Rule = { readonly name: string; readonly match?: JsonObject; readonly action: Action }

export type RuleList = { readonly name: string; readonly rules: readonly string[] }

export type Listener = {
  readonly name: string
  readonly spec: ListenerSpec
  /** The name of a rulelist. */
  readonly rules: string
  /** For how many seconds a session can still be read after it ended. */
  readonly options: { readonly track: number }
}

/** A rulelist and objects that it leads to, each under its own name: what one request can create or read. */
export type Tree = {
  readonly rulelist: RuleList
  /** Members of the list. */
  readonly rules: readonly Rule[]
  /** Each is named by one of the rules. */
  readonly routes: readonly Route[]
  /** Each is named by one of the routes. */
  readonly clusters: readonly Cluster[]
}

/** All the objects of a proxy, by name. Two configs may share their objects; identity then spares a comparison. */
export type Config = {
  readonly clusters: ReadonlyMap<string, Cluster>
  readonly routes: ReadonlyMap<string, Route>
  readonly rules: ReadonlyMap<string, Rule>
  readonly rulelists: ReadonlyMap<string, RuleList>
  readonly listeners: ReadonlyMap<string, Listener>
}

export const EMPTY_CONFIG: Config = {
  clusters: new Map(),
  routes: new Map(),
  rules: new Map(),
  rulelists: new Map(),
  listeners: new Map(),
}

/** The answer of `GET /admin`. */
export type Admin = { readonly log_level: string; readonly strict: boolean; readonly version: string }

/** One live connection through a proxy, as the proxy describes it (PROTOCOL-dependent metadata as it stands). */
export type Session = {
  readonly name: string
  readonly metadata: JsonObject
  /** The name of the listener that took the session. */
  readonly listener: string
  /** The name of the cluster that it goes to, once known. */
  readonly cluster: string | undefined
  readonly endpoint: string | undefined
  /** Where the endpoint is. */
  readonly address: string | undefined
  readonly status: string
}
