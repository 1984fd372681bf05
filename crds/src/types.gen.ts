/**
 * The resources, as types. Generated from the CRDs in `crds/` by `npm run generate`; changes made here are lost.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** What every Kubernetes object says of itself, as far as it is used here. */
export type ObjectMeta = {
  readonly name: string
  /** Always there in a cluster; in a file it may be left to the reader. */
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
 * A listener on a set of proxies, and the rules that say where its sessions go.
 */
export interface VirtualService {
  readonly apiVersion: 'l7mp.io/v1'
  readonly kind: 'VirtualService'
  readonly metadata: ObjectMeta
  readonly spec: VirtualServiceSpec
  readonly status?: Status
}
/**
 * What is wanted.
 */
export interface VirtualServiceSpec {
  readonly selector: Selector
  readonly listener: Listener
  /**
   * What happens to the sessions.
   */
  readonly options?: {
    /**
     * Whether the sessions end when the VirtualService goes.
     */
    readonly removeOrphanSessions?: boolean
  }
  /**
   * Whether each owner of this resource is told when it is applied, in `status.children.applied["/l7mp.io/v1/KIND/NAMESPACE/NAME"]`.
   */
  readonly updateOwners?: boolean
}
/**
 * Selects pods of all namespaces. Everything that is given must hold; an empty selector matches every pod.
 */
export interface Selector {
  /**
   * Labels that the pod must have, with these values.
   */
  readonly matchLabels?: Readonly<Record<string, string>>
  /**
   * Conditions on the labels of the pod.
   */
  readonly matchExpressions?: readonly LabelRequirement[]
  /**
   * Conditions on fields of the pod.
   */
  readonly matchFields?: readonly FieldRequirement[]
  /**
   * The namespace that the pod must be in.
   */
  readonly matchNamespace?: string
  /**
   * A Service, as NAME or NAMESPACE/NAME, that the pod must be behind. NAME alone is looked up in the namespace of this resource.
   */
  readonly matchService?: string
}
/**
 * One condition on a label.
 */
export interface LabelRequirement {
  /**
   * The key of the label.
   */
  readonly key: string
  /**
   * How the value of the label relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the label. DoesNotexist is DoesNotExist.
   */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'DoesNotexist'
  /**
   * One or more values for In and NotIn; none for Exists and DoesNotExist.
   */
  readonly values?: readonly string[]
}
/**
 * One condition on a field.
 */
export interface FieldRequirement {
  /**
   * Dotted path into the Pod, like `spec.nodeName` or `status.phase`.
   */
  readonly key: string
  /**
   * How the field relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the field. Gt and Lt compare integers. DoesNotexist is DoesNotExist.
   */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'DoesNotexist' | 'Gt' | 'Lt'
  /**
   * One or more values for In and NotIn; one integer for Gt and Lt; none for Exists and DoesNotExist.
   */
  readonly values?: readonly string[]
}
/**
 * What the selected proxies listen on, and the rules for the sessions that arrive there.
 */
export interface Listener {
  /**
   * Accepted, without effect.
   */
  readonly name?: string
  readonly spec: ListenerSpec
  /**
   * Tried in this order; the first rule that matches acts. With neither `rules` nor `rulesRef` no listener is made, and the VirtualService only gives Targets a protocol, a port and pods.
   */
  readonly rules?: readonly RuleItem[]
  /**
   * A rulelist.
   */
  readonly rulesRef?: string
  /**
   * How sessions are kept.
   */
  readonly options?: {
    /**
     * For how many seconds a session can still be seen after its end.
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
   * The address to listen on. 0.0.0.0 if not given.
   */
  readonly address?: string
  readonly connect?: AddressPort
  /**
   * How the socket behaves.
   */
  readonly options?: {
    /**
     * In server mode each new peer starts a session; in singleton mode there is one session, with the peer in `connect`. Singleton if `connect` has both address and port, else server.
     */
    readonly mode?: 'server' | 'singleton'
  }
}
/**
 * Address or port, or both. For a listener the peer that may send to it, for a cluster the local end to send from.
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
   * Accepted, without effect: every path is served. Rules can match on /HTTP/url/path.
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
   * Accepted, without effect: every path is served. Rules can match on /HTTP/url/path.
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
 * A listener of the JSONSocket protocol. The first message of a session is a JSON header, which is added to the metadata of the session.
 */
export interface JSONSocketListener {
  readonly transport: ListenerTransport
  /**
   * Accepted, without effect.
   */
  readonly parse?: readonly JSONSocketParse[]
}
/**
 * What carries the JSONSocket protocol.
 */
export interface ListenerTransport {
  readonly UDP?: UDPListener
  readonly TCP?: TCPListener
  readonly WebSocket?: WebSocketListener
  readonly UnixDomainSocket?: UnixDomainSocketListener
}
/**
 * A field of the header and where to put it.
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
 * A rule as it stands, or as {rule: …}, or a reference to one.
 */
export interface RuleItem {
  /**
   * Accepted, without effect.
   */
  readonly name?: string
  /**
   * JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. Without it, or empty, the rule matches every session. Besides the operators of the proxy there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of them. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.
   */
  readonly match?: JsonObject
  readonly action?: Action
  readonly rule?: InlineRule
  /**
   * A Rule.
   */
  readonly ruleRef?: string
}
/**
 * What happens to a session that matches. Without a route, and nothing to apply, it ends.
 */
export interface Action {
  /**
   * Changes to the metadata of the session, made in this order before it is routed.
   */
  readonly rewrite?: readonly Rewrite[]
  readonly route?: RouteSpec
  /**
   * The Route that the session takes.
   */
  readonly routeRef?: string
  /**
   * The rulelist that goes on with the session.
   */
  readonly apply?: string
}
/**
 * One change to the metadata.
 */
export interface Rewrite {
  /**
   * JSON pointer to what is set. What is missing on the way is made.
   */
  readonly path: string
  /**
   * The new value, an object.
   */
  readonly value?: JsonObject
  /**
   * The new value as text. Text of a JSON object or list becomes that object or list; any other text is unchanged, quotes included.
   */
  readonly valueStr?: string
}
/**
 * Where sessions go, and through what.
 */
export interface RouteSpec {
  /**
   * Accepted, without effect.
   */
  readonly name?: string
  readonly destination?: Cluster
  /**
   * The Target, VirtualService or Service that sessions go to, looked up in this order. Without a kind it never means the VirtualService that contains it.
   */
  readonly destinationRef?: string
  /**
   * Clusters that a session passes on its way, in this order.
   */
  readonly ingress?: readonly ClusterOrRef[]
  /**
   * Clusters that a session passes on its way, in this order.
   */
  readonly egress?: readonly ClusterOrRef[]
  readonly retry?: Retry
}
/**
 * A service that sessions can be sent to or through, and its endpoints.
 */
export interface Cluster {
  /**
   * Accepted, without effect.
   */
  readonly name?: string
  readonly spec: ClusterSpec
  /**
   * Where the service is. Clusters that connect to nothing have none.
   */
  readonly endpoints?: readonly Endpoint[]
  /**
   * Accepted, without effect.
   */
  readonly endpointNum?: number
  readonly loadbalancer?: LoadBalancer
  /**
   * Accepted, without effect.
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
   * Sends back what it gets.
   */
  readonly Echo?: NoParameters
  /**
   * Drops what it gets.
   */
  readonly Discard?: NoParameters
  /**
   * The standard input and output of the proxy.
   */
  readonly Stdio?: NoParameters
  /**
   * The same as Stdio.
   */
  readonly Sdtio?: NoParameters
  readonly Logger?: LoggerCluster
  /**
   * Wraps each message in a JSON object, together with the metadata.
   */
  readonly JSONEncap?: NoParameters
  /**
   * Takes each message out of the JSON object around it.
   */
  readonly JSONDecap?: NoParameters
  readonly Sync?: SyncCluster
  readonly Metric?: MetricCluster
  /**
   * Serves the metrics of the proxy.
   */
  readonly Prometheus?: NoParameters
  /**
   * The REST API of the proxy itself. Refused unless the operator allows it: it gives control of the proxy to whoever reaches it.
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
 * Connects to a Unix domain socket, which each endpoint names.
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
   * What the header holds.
   */
  readonly header?: readonly JSONSocketHeader[]
}
/**
 * What carries the JSONSocket protocol.
 */
export interface ClusterTransport {
  readonly UDP?: UDPCluster
  readonly TCP?: TCPCluster
  readonly WebSocket?: WebSocketCluster
  readonly UnixDomainSocket?: UnixDomainSocketCluster
  /**
   * Accepted, but no proxy can do it.
   */
  readonly Stdio?: NoParameters
  /**
   * Accepted, but no proxy can do it.
   */
  readonly Echo?: NoParameters
  /**
   * Accepted, but no proxy can do it.
   */
  readonly Discard?: NoParameters
}
/**
 * One entry of the header.
 */
export interface JSONSocketHeader {
  /**
   * Copies a part of the metadata of the session.
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
 * Writes what passes through it to a log.
 */
export interface LoggerCluster {
  /**
   * The file to write, on the node of the proxy. `-`, the standard output, if not given; anything else only where the operator allows it.
   */
  readonly log_file?: string
  /**
   * What each line starts with.
   */
  readonly log_prefix?: string
}
/**
 * Joins all sessions for which the query gives the same value.
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
 * An address, or the pods that a selector selects.
 */
export interface Endpoint {
  /**
   * Accepted, without effect.
   */
  readonly name?: string
  readonly spec?: EndpointSpec
  readonly selector?: Selector
  /**
   * Share of the sessions, relative to the other endpoints. 1 if not given.
   */
  readonly weight?: number
}
/**
 * One address.
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
   * Share of the sessions, relative to the other endpoints. 1 if not given.
   */
  readonly weight?: number
}
/**
 * How an endpoint is chosen for a session. Trivial if not given.
 */
export interface LoadBalancer {
  /**
   * Trivial takes the first endpoint. ConsistentHash, also called HashRing, takes the same endpoint for the same key, or any endpoint where there is no key.
   */
  readonly policy: 'Trivial' | 'ConsistentHash' | 'HashRing'
  /**
   * JSON pointer to the part of the metadata that is the key.
   */
  readonly key?: string
}
/**
 * A cluster or a reference to one.
 */
export interface ClusterOrRef {
  readonly cluster?: Cluster
  /**
   * The Target, VirtualService or Service.
   */
  readonly clusterRef?: string
}
/**
 * What happens when a connection fails.
 */
export interface Retry {
  /**
   * Which failures are retried.
   */
  readonly retry_on?: 'never' | 'connect-failure' | 'disconnect' | 'always'
  /**
   * How often is retried.
   */
  readonly num_retries?: number
  /**
   * How long a connection may take to be made, and how long is waited between two attempts, in milliseconds.
   */
  readonly timeout?: number
}
/**
 * A rule.
 */
export interface InlineRule {
  /**
   * Accepted, without effect.
   */
  readonly name?: string
  /**
   * JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. Without it, or empty, the rule matches every session. Besides the operators of the proxy there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of them. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.
   */
  readonly match?: JsonObject
  readonly action: Action
}
/**
 * What has become of it. Written by the operator.
 */
export interface Status {
  /**
   * The generation that this status is about.
   */
  readonly observedGeneration?: number
  /**
   * Accepted, ResolvedRefs, Programmed and EndpointsReady.
   */
  readonly conditions?: readonly Condition[]
  readonly proxies?: ProxyCounts
  readonly endpoints?: EndpointCounts
  /**
   * Resources that this one owns.
   */
  readonly children?: {
    /**
     * The generation in which each of them, `/l7mp.io/v1/KIND/NAMESPACE/NAME`, was last applied.
     */
    readonly applied?: Readonly<Record<string, number>>
  }
}
/**
 * One aspect of the state.
 */
export interface Condition {
  /**
   * Which aspect.
   */
  readonly type: string
  /**
   * Whether it holds.
   */
  readonly status: 'True' | 'False' | 'Unknown'
  /**
   * Why, in one word.
   */
  readonly reason: string
  /**
   * Why, for people.
   */
  readonly message: string
  /**
   * Since when `status` has been what it is.
   */
  readonly lastTransitionTime: string
  /**
   * The generation that this condition is about.
   */
  readonly observedGeneration?: number
}
/**
 * On how many proxies it is.
 */
export interface ProxyCounts {
  /**
   * The number of proxies that should hold it.
   */
  readonly selected: number
  /**
   * The number of them that do, as read back.
   */
  readonly programmed: number
}
/**
 * The endpoints of the destinations that its sessions go to.
 */
export interface EndpointCounts {
  /**
   * The number of endpoints that sessions are sent to.
   */
  readonly ready: number
  /**
   * The number of endpoints, ready or not.
   */
  readonly total: number
  /**
   * Both as text, like `2/3`; with `!` where one of several destinations has none; `-` where no destination needs endpoints.
   */
  readonly summary?: string
}
/**
 * A service that sessions can be sent to or through.
 */
export interface Target {
  readonly apiVersion: 'l7mp.io/v1'
  readonly kind: 'Target'
  readonly metadata: ObjectMeta
  readonly spec: TargetSpec
  readonly status?: Status
}
/**
 * What is wanted.
 */
export interface TargetSpec {
  readonly selector?: Selector
  readonly cluster?: Cluster
  /**
   * The VirtualService whose protocol, port and pods make up the cluster.
   */
  readonly linkedVirtualService?: string
}
/**
 * A rule that is put into the rules of a VirtualService or into a rulelist of its own.
 */
export interface Rule {
  readonly apiVersion: 'l7mp.io/v1'
  readonly kind: 'Rule'
  readonly metadata: ObjectMeta
  readonly spec: RuleSpec
  readonly status?: Status
}
/**
 * What is wanted.
 */
export interface RuleSpec {
  readonly selector: Selector
  /**
   * The VirtualService into whose rules it is inserted. Where no VirtualService has that name, all Rules of the namespace with the same `rulelist` make up a rulelist.
   */
  readonly rulelist: string
  /**
   * Where it is inserted: 0 is first; not given, or past the end, is last. Rules with the same position are in the order of their creation.
   */
  readonly position?: number
  readonly rule: InlineRule
  /**
   * Whether each owner of this resource is told when it is applied, in `status.children.applied["/l7mp.io/v1/KIND/NAMESPACE/NAME"]`.
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
