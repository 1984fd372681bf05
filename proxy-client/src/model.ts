/**
 * The objects of an l7mp proxy: the types of its REST API, in the normal form, in which desired and live configs can be
 * compared. Values of these types are immutable by convention.
 *
 * Objects refer to each other by name, and the proxy resolves names late: a listener refers to a rulelist, a rulelist to its
 * rules, a rule to a route, a route to its clusters.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** The kinds in the order of creation. */
export const OBJECT_KINDS = ['cluster', 'endpoint', 'route', 'rule', 'rulelist', 'listener'] as const
export type ObjectKind = (typeof OBJECT_KINDS)[number]

/** Identifies an object of a proxy. Endpoint names are unique across all clusters of a proxy. */
export type ObjectId = { readonly kind: ObjectKind; readonly name: string }

/** A transport address; both parts are optional. */
export type AddressPort = { readonly address?: string; readonly port?: number }

export type UdpListenerSpec = {
  readonly protocol: 'UDP'
  readonly port: number
  /** Supported only for UDP listeners. Default: 0.0.0.0 */
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
  /** The names are used and read back only on a proxy with the capability `metric-names`. */
  | { readonly protocol: 'Metric'; readonly byteCounterName?: string; readonly packetCounterName?: string }
  | { readonly protocol: 'Logger'; readonly log_file: string; readonly log_prefix: string }
  | { readonly protocol: 'Sync'; readonly query: string }

/** `None` is read back for a virtual cluster; on a cluster with endpoints, it would crash the proxy. */
export type LoadBalancer =
  | { readonly policy: 'Trivial' | 'None' }
  /** Without a key, the proxy chooses at random. ConsistentHash is an alias, which is read back as HashRing. */
  | { readonly policy: 'HashRing'; readonly key?: string }

/**
 * For a UnixDomainSocket cluster, `spec.address` is the file name of the socket. `spec.port` overrides the port of the
 * cluster on a proxy with the capability `endpoint-ports`, for UDP, TCP and WebSocket; other proxies store and ignore it.
 */
export type Endpoint = {
  readonly name: string
  readonly spec: { readonly address: string; readonly port?: number }
  readonly weight: number
}

/** `endpoints` is a set: its order has no meaning. */
export type Cluster = {
  readonly name: string
  readonly spec: ClusterSpec
  readonly loadbalancer: LoadBalancer
  readonly endpoints: readonly Endpoint[]
}

/** `timeout`, in milliseconds: both the connect timeout and the delay between attempts. */
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
  /** For how many seconds a session can be read after its end. */
  readonly options: { readonly track: number }
}

/** A rulelist with objects that it refers to, which one request can create or read. */
export type Tree = {
  readonly rulelist: RuleList
  /** Members of the list. */
  readonly rules: readonly Rule[]
  /** Each is referred to by one of the rules. */
  readonly routes: readonly Route[]
  /** Each is referred to by one of the routes. */
  readonly clusters: readonly Cluster[]
}

/** All objects of a proxy, by name. Configs may share objects, which are then compared by identity. */
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

/** The response to `GET /admin`. */
export type Admin = { readonly log_level: string; readonly strict: boolean; readonly version: string }

/** A session of a proxy, with the protocol-dependent metadata unchanged. */
export type Session = {
  readonly name: string
  readonly metadata: JsonObject
  /** The name of its listener. */
  readonly listener: string
  /** The name of its destination cluster, if known. */
  readonly cluster: string | undefined
  readonly endpoint: string | undefined
  /** The address of the endpoint. */
  readonly address: string | undefined
  readonly status: string
}
