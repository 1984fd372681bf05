/**
 * The resources, as types. Generated from the CRDs in `crds/` by `npm run generate`; changes made here are lost.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** The metadata of Kubernetes objects, limited to the fields that are used. */
export type ObjectMeta = {
  readonly name: string
  /** Always set in a cluster; may be omitted in a file. */
  readonly namespace?: string
  readonly uid?: string
  readonly generation?: number
  readonly resourceVersion?: string
  /** RFC 3339 */
  readonly creationTimestamp?: string
  /** RFC 3339 */
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}
export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** A protocol without parameters. */
export type NoParameters = Readonly<Record<string, never>>

/**
 * Any of the kinds.
 */
export type Resource = VirtualService | Target | Rule | Route

/**
 * A listener on a set of proxies, and the rules that route its sessions.
 */
export interface VirtualService {
  readonly apiVersion: 'l7mp.io/v1'
  readonly kind: 'VirtualService'
  readonly metadata: ObjectMeta
  readonly spec: VirtualServiceSpec
  readonly status?: Status
}
/**
 * The desired state.
 */
export interface VirtualServiceSpec {
  readonly selector: Selector
  readonly listener: Listener
  /**
   * Options for the lifecycle of sessions.
   */
  readonly options?: {
    /**
     * Whether the sessions end when the VirtualService is deleted.
     */
    readonly removeOrphanSessions?: boolean
  }
  /**
   * Whether to record the applied generation of this resource in the status of each owner, in `status.children.applied["/l7mp.io/v1/KIND/NAMESPACE/NAME"]`.
   */
  readonly updateOwners?: boolean
}
/**
 * Selects pods in all namespaces. A pod must satisfy all of the given fields; an empty selector matches every pod.
 */
export interface Selector {
  /**
   * Labels, with their values, that the pod must have.
   */
  readonly matchLabels?: Readonly<Record<string, string>>
  /**
   * Requirements on the labels of the pod.
   */
  readonly matchExpressions?: readonly LabelRequirement[]
  /**
   * Requirements on fields of the pod.
   */
  readonly matchFields?: readonly FieldRequirement[]
  /**
   * The namespace of the pod.
   */
  readonly matchNamespace?: string
  /**
   * A Service, as NAME or NAMESPACE/NAME, whose endpoints must include the pod. NAME alone refers to the namespace of this resource.
   */
  readonly matchService?: string
}
/**
 * A requirement on a label.
 */
export interface LabelRequirement {
  /**
   * The key of the label.
   */
  readonly key: string
  /**
   * How the value of the label relates to `values`. NotIn and DoesNotExist also match pods without the label. DoesNotexist is an alias of DoesNotExist.
   */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'DoesNotexist'
  /**
   * One or more values for In and NotIn; none for Exists and DoesNotExist.
   */
  readonly values?: readonly string[]
}
/**
 * A requirement on a field.
 */
export interface FieldRequirement {
  /**
   * Dotted path into the Pod, like `spec.nodeName` or `status.phase`.
   */
  readonly key: string
  /**
   * How the value of the field relates to `values`. NotIn and DoesNotExist also match pods without the field. Gt and Lt compare integers. DoesNotexist is an alias of DoesNotExist.
   */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'DoesNotexist' | 'Gt' | 'Lt'
  /**
   * One or more values for In and NotIn; one integer for Gt and Lt; none for Exists and DoesNotExist.
   */
  readonly values?: readonly string[]
}
/**
 * The socket that the selected proxies listen on, and the rules for its sessions.
 */
export interface Listener {
  /**
   * Accepted, but has no effect.
   */
  readonly name?: string
  readonly spec: ListenerSpec
  /**
   * Evaluated in this order; the first matching rule is applied. With neither `rules` nor `rulesRef`, no listener is created, and the VirtualService only provides protocol, port and pods to Targets.
   */
  readonly rules?: readonly RuleItem[]
  /**
   * The rulelist to use.
   */
  readonly rulesRef?: string
  /**
   * Options of the listener.
   */
  readonly options?: {
    /**
     * For how many seconds a session remains visible after its end.
     */
    readonly track?: number
  }
}
/**
 * The protocol of the listener and its parameters.
 */
export interface ListenerSpec {
  readonly UDP?: UDPListener
  readonly TCP?: TCPListener
  readonly HTTP?: HTTPListener
  readonly WebSocket?: WebSocketListener
  readonly UnixDomainSocket?: UnixDomainSocketListener
  readonly JSONSocket?: JSONSocketListener
}
/**
 * A UDP socket. Each new peer starts a session, unless the mode is singleton.
 */
export interface UDPListener {
  /**
   * Port number.
   */
  readonly port: number
  /**
   * The address to listen on. Defaults to 0.0.0.0.
   */
  readonly address?: string
  readonly connect?: AddressPort
  /**
   * Options of the socket.
   */
  readonly options?: {
    /**
     * In server mode, each new peer starts a session. In singleton mode, there is a single session, with the peer in `connect`. Defaults to singleton if `connect` has both address and port, and to server otherwise.
     */
    readonly mode?: 'server' | 'singleton'
  }
}
/**
 * An address, a port, or both. For a listener, the only peer that can send to it; for a cluster, the local address to send from.
 */
export interface AddressPort {
  /**
   * IP address or domain name.
   */
  readonly address?: string
  /**
   * Port number.
   */
  readonly port?: number
}
/**
 * A TCP server. Each connection is a session.
 */
export interface TCPListener {
  /**
   * Port number.
   */
  readonly port: number
}
/**
 * An HTTP server. Each request is a session.
 */
export interface HTTPListener {
  /**
   * Port number.
   */
  readonly port: number
  /**
   * Accepted, but has no effect: every path is served. Rules can match on /HTTP/url/path.
   */
  readonly path?: string
}
/**
 * A WebSocket server. Each connection is a session.
 */
export interface WebSocketListener {
  /**
   * Port number.
   */
  readonly port: number
  /**
   * Accepted, but has no effect: every path is served. Rules can match on /HTTP/url/path.
   */
  readonly path?: string
}
/**
 * A Unix domain socket in the file system of the proxy. Each connection is a session.
 */
export interface UnixDomainSocketListener {
  /**
   * Path of the socket.
   */
  readonly filename: string
}
/**
 * A JSONSocket listener. The first message of a session is a JSON header, which is added to the metadata of the session.
 */
export interface JSONSocketListener {
  readonly transport: ListenerTransport
  /**
   * Accepted, but has no effect.
   */
  readonly parse?: readonly JSONSocketParse[]
}
/**
 * The transport of the JSONSocket protocol.
 */
export interface ListenerTransport {
  readonly UDP?: UDPListener
  readonly TCP?: TCPListener
  readonly WebSocket?: WebSocketListener
  readonly UnixDomainSocket?: UnixDomainSocketListener
}
/**
 * A field of the header, and its target in the metadata.
 */
export interface JSONSocketParse {
  /**
   * JSON pointer into the header.
   */
  readonly path?: string
  /**
   * JSON pointer into the metadata.
   */
  readonly target?: string
}
/**
 * An inline rule, directly or as {rule: …}, or a reference to a Rule.
 */
export interface RuleItem {
  /**
   * Accepted, but has no effect.
   */
  readonly name?: string
  /**
   * A JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. If omitted or empty, the rule matches every session. In addition to the operators of the proxy, there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of ranges. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.
   */
  readonly match?: JsonObject
  readonly action?: Action
  readonly rule?: InlineRule
  /**
   * The name of a Rule.
   */
  readonly ruleRef?: string
}
/**
 * What to do with matching sessions. A session ends if the action has neither a route nor a rulelist to apply.
 */
export interface Action {
  /**
   * Changes to the metadata of the session, applied in this order before the session is routed.
   */
  readonly rewrite?: readonly Rewrite[]
  readonly route?: RouteSpec
  /**
   * The Route of the session.
   */
  readonly routeRef?: string
  /**
   * The rulelist to evaluate next.
   */
  readonly apply?: string
}
/**
 * A change to the metadata.
 */
export interface Rewrite {
  /**
   * JSON pointer to the field to set. Missing parents are created.
   */
  readonly path: string
  /**
   * The new value, which is an object.
   */
  readonly value?: JsonObject
  /**
   * The new value as a string. The text of a JSON object or list becomes that object or list; any other string is used unchanged, quotes included.
   */
  readonly valueStr?: string
}
/**
 * The destination of sessions, and the clusters that they pass through.
 */
export interface RouteSpec {
  /**
   * Accepted, but has no effect.
   */
  readonly name?: string
  readonly destination?: Cluster
  /**
   * The Target, VirtualService or Service that sessions are routed to, looked up in this order. A reference without a kind never means the VirtualService that contains it.
   */
  readonly destinationRef?: string
  /**
   * Clusters that a session passes through, in this order.
   */
  readonly ingress?: readonly ClusterOrRef[]
  /**
   * Clusters that a session passes through, in this order.
   */
  readonly egress?: readonly ClusterOrRef[]
  readonly retry?: Retry
}
/**
 * A service that sessions can be routed to or through, and its endpoints.
 */
export interface Cluster {
  /**
   * Accepted, but has no effect.
   */
  readonly name?: string
  readonly spec: ClusterSpec
  /**
   * The endpoints of the service. Clusters that do not open connections have none.
   */
  readonly endpoints?: readonly Endpoint[]
  /**
   * Accepted, but has no effect.
   */
  readonly endpointNum?: number
  readonly loadbalancer?: LoadBalancer
  /**
   * Accepted, but has no effect.
   */
  readonly options?: JsonObject
}
/**
 * The protocol of the cluster and its parameters.
 */
export interface ClusterSpec {
  readonly UDP?: UDPCluster
  readonly TCP?: TCPCluster
  readonly WebSocket?: WebSocketCluster
  readonly UnixDomainSocket?: UnixDomainSocketCluster
  readonly JSONSocket?: JSONSocketCluster
  /**
   * Sends all received data back.
   */
  readonly Echo?: NoParameters
  /**
   * Discards all received data.
   */
  readonly Discard?: NoParameters
  /**
   * The standard input and output of the proxy.
   */
  readonly Stdio?: NoParameters
  /**
   * Alias of Stdio.
   */
  readonly Sdtio?: NoParameters
  readonly Logger?: LoggerCluster
  /**
   * Wraps each message in a JSON object, together with the metadata.
   */
  readonly JSONEncap?: NoParameters
  /**
   * Extracts each message from the JSON object around it.
   */
  readonly JSONDecap?: NoParameters
  readonly Sync?: SyncCluster
  readonly Metric?: MetricCluster
  /**
   * Serves the metrics of the proxy.
   */
  readonly Prometheus?: NoParameters
  /**
   * The REST API of the proxy itself. Rejected unless the operator allows it, because it gives full control of the proxy to anybody with access to it.
   */
  readonly L7mpController?: NoParameters
}
/**
 * Sends datagrams to an endpoint.
 */
export interface UDPCluster {
  /**
   * Port number.
   */
  readonly port: number
  readonly bind?: AddressPort
}
/**
 * Connects to an endpoint over TCP.
 */
export interface TCPCluster {
  /**
   * Port number.
   */
  readonly port: number
  readonly bind?: AddressPort
}
/**
 * Connects to an endpoint over WebSocket.
 */
export interface WebSocketCluster {
  /**
   * Port number.
   */
  readonly port: number
}
/**
 * Connects to a Unix domain socket, whose path is in the endpoint.
 */
export interface UnixDomainSocketCluster {
  /**
   * Path of the socket.
   */
  readonly filename?: string
}
/**
 * Opens a JSONSocket session, whose first message is a JSON header.
 */
export interface JSONSocketCluster {
  readonly transport: ClusterTransport
  /**
   * The content of the header.
   */
  readonly header?: readonly JSONSocketHeader[]
}
/**
 * The transport of the JSONSocket protocol.
 */
export interface ClusterTransport {
  readonly UDP?: UDPCluster
  readonly TCP?: TCPCluster
  readonly WebSocket?: WebSocketCluster
  readonly UnixDomainSocket?: UnixDomainSocketCluster
  /**
   * Accepted, but not supported by any proxy.
   */
  readonly Stdio?: NoParameters
  /**
   * Accepted, but not supported by any proxy.
   */
  readonly Echo?: NoParameters
  /**
   * Accepted, but not supported by any proxy.
   */
  readonly Discard?: NoParameters
}
/**
 * An entry of the header.
 */
export interface JSONSocketHeader {
  /**
   * Copies a part of the session metadata.
   */
  readonly path?: {
    /**
     * JSON pointer into the metadata.
     */
    readonly from: string
    /**
     * JSON pointer into the header.
     */
    readonly to: string
  }
  /**
   * Sets a fixed value.
   */
  readonly set?: {
    /**
     * JSON pointer into the header.
     */
    readonly key: string
    /**
     * The value.
     */
    readonly value: string
  }
}
/**
 * Logs the data that passes through it.
 */
export interface LoggerCluster {
  /**
   * The file to write on the node of the proxy. Defaults to `-`, the standard output; other values are rejected unless the operator allows them.
   */
  readonly log_file?: string
  /**
   * The prefix of each line.
   */
  readonly log_prefix?: string
}
/**
 * Joins all sessions for which the query has the same result.
 */
export interface SyncCluster {
  /**
   * JSON pointer into the metadata.
   */
  readonly query: string
}
/**
 * Counts the bytes and packets that pass through it.
 */
export interface MetricCluster {
  /**
   * Name of the metric that counts bytes.
   */
  readonly byteCounterName: string
  /**
   * Name of the metric that counts packets.
   */
  readonly packetCounterName: string
}
/**
 * An address, or the pods that match a selector.
 */
export interface Endpoint {
  /**
   * Accepted, but has no effect.
   */
  readonly name?: string
  readonly spec?: EndpointSpec
  readonly selector?: Selector
  /**
   * Share of the sessions relative to the other endpoints. Defaults to 1.
   */
  readonly weight?: number
}
/**
 * A single address.
 */
export interface EndpointSpec {
  /**
   * IP address or domain name.
   */
  readonly address?: string
  /**
   * Path of a Unix domain socket.
   */
  readonly filename?: string
  /**
   * Share of the sessions relative to the other endpoints. Defaults to 1.
   */
  readonly weight?: number
}
/**
 * How the endpoint of a session is chosen. Defaults to Trivial.
 */
export interface LoadBalancer {
  /**
   * The load balancing policy. Trivial uses the first endpoint. ConsistentHash, with the alias HashRing, uses the same endpoint for the same key, or any endpoint if there is no key.
   */
  readonly policy: 'Trivial' | 'ConsistentHash' | 'HashRing'
  /**
   * JSON pointer to the field of the metadata that is used as the key.
   */
  readonly key?: string
}
/**
 * A cluster, or a reference to one.
 */
export interface ClusterOrRef {
  readonly cluster?: Cluster
  /**
   * The Target, VirtualService or Service to pass through.
   */
  readonly clusterRef?: string
}
/**
 * The retry policy for failed connections.
 */
export interface Retry {
  /**
   * The failures that are retried.
   */
  readonly retry_on?: 'never' | 'connect-failure' | 'disconnect' | 'always'
  /**
   * The number of retries.
   */
  readonly num_retries?: number
  /**
   * The connect timeout, and the delay between two attempts, in milliseconds.
   */
  readonly timeout?: number
}
/**
 * An inline rule.
 */
export interface InlineRule {
  /**
   * Accepted, but has no effect.
   */
  readonly name?: string
  /**
   * A JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. If omitted or empty, the rule matches every session. In addition to the operators of the proxy, there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of ranges. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.
   */
  readonly match?: JsonObject
  readonly action: Action
}
/**
 * The observed state. Written by the operator.
 */
export interface Status {
  /**
   * The generation that this status describes.
   */
  readonly observedGeneration?: number
  /**
   * The conditions Accepted, ResolvedRefs, Programmed and EndpointsReady.
   */
  readonly conditions?: readonly Condition[]
  readonly proxies?: ProxyCounts
  readonly endpoints?: EndpointCounts
  /**
   * Resources that this resource owns.
   */
  readonly children?: {
    /**
     * The last applied generation of each of them, by `/l7mp.io/v1/KIND/NAMESPACE/NAME`.
     */
    readonly applied?: Readonly<Record<string, number>>
  }
}
/**
 * An aspect of the state.
 */
export interface Condition {
  /**
   * The type of the condition.
   */
  readonly type: string
  /**
   * Whether the condition holds.
   */
  readonly status: 'True' | 'False' | 'Unknown'
  /**
   * The reason, as a single word.
   */
  readonly reason: string
  /**
   * The reason, in human-readable form.
   */
  readonly message: string
  /**
   * The last time that `status` changed.
   */
  readonly lastTransitionTime: string
  /**
   * The generation that this condition describes.
   */
  readonly observedGeneration?: number
}
/**
 * The number of proxies that hold the resource.
 */
export interface ProxyCounts {
  /**
   * The number of proxies that should hold the resource.
   */
  readonly selected: number
  /**
   * The number of proxies that hold the resource, as read back.
   */
  readonly programmed: number
}
/**
 * The endpoints of the resource's destinations.
 */
export interface EndpointCounts {
  /**
   * The number of endpoints that sessions are sent to.
   */
  readonly ready: number
  /**
   * The total number of endpoints, whether ready or not.
   */
  readonly total: number
  /**
   * Both numbers as text, like `2/3`. Followed by `!` if one of several destinations has none; `-` if no destination needs endpoints.
   */
  readonly summary?: string
}
/**
 * A service that sessions can be routed to or through.
 */
export interface Target {
  readonly apiVersion: 'l7mp.io/v1'
  readonly kind: 'Target'
  readonly metadata: ObjectMeta
  readonly spec: TargetSpec
  readonly status?: Status
}
/**
 * The desired state.
 */
export interface TargetSpec {
  readonly selector?: Selector
  readonly cluster?: Cluster
  /**
   * The VirtualService that provides the protocol, port and pods of the cluster.
   */
  readonly linkedVirtualService?: string
}
/**
 * A rule that is inserted into the rules of a VirtualService, or into a separate rulelist.
 */
export interface Rule {
  readonly apiVersion: 'l7mp.io/v1'
  readonly kind: 'Rule'
  readonly metadata: ObjectMeta
  readonly spec: RuleSpec
  readonly status?: Status
}
/**
 * The desired state.
 */
export interface RuleSpec {
  readonly selector: Selector
  /**
   * The VirtualService into whose rules this rule is inserted. If no VirtualService has that name, all Rules in the namespace with the same `rulelist` form a rulelist.
   */
  readonly rulelist: string
  /**
   * The position in the list: 0 is first; if omitted or past the end, the rule is last. Rules with the same position are ordered by creation time.
   */
  readonly position?: number
  readonly rule: InlineRule
  /**
   * Whether to record the applied generation of this resource in the status of each owner, in `status.children.applied["/l7mp.io/v1/KIND/NAMESPACE/NAME"]`.
   */
  readonly updateOwners?: boolean
}
/**
 * A route that rules can refer to.
 */
export interface Route {
  readonly apiVersion: 'l7mp.io/v1'
  readonly kind: 'Route'
  readonly metadata: ObjectMeta
  readonly spec: RouteSpec
  readonly status?: Status
}
