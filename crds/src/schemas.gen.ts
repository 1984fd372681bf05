/**
 * The CRDs, as values. Generated from the files in `crds/` by `npm run generate`; changes made here are lost.
 */
import type { CustomResourceDefinition, Schema } from './crd.ts'

const VirtualService_LabelRequirement: Schema = {
  "description": "A requirement on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also match pods without the label. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist"],
    },
    "values": {
      "description": "One or more values for In and NotIn; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const VirtualService_FieldRequirement: Schema = {
  "description": "A requirement on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the field relates to `values`. NotIn and DoesNotExist also match pods without the field. Gt and Lt compare integers. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist", "Gt", "Lt"],
    },
    "values": {
      "description": "One or more values for In and NotIn; one integer for Gt and Lt; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const VirtualService_Selector: Schema = {
  "description": "Selects pods in all namespaces. A pod must satisfy all of the given fields; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels, with their values, that the pod must have.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Requirements on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": VirtualService_LabelRequirement,
    },
    "matchFields": {
      "description": "Requirements on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": VirtualService_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace of the pod.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, whose endpoints must include the pod. NAME alone refers to the namespace of this resource.",
      "type": "string",
      "nullable": true,
    },
  },
}
const VirtualService_Port: Schema = {
  "description": "Port number.",
  "type": "integer",
  "minimum": 1,
  "maximum": 65535,
}
const VirtualService_AddressPort: Schema = {
  "description": "An address, a port, or both. For a listener, the only peer that can send to it; for a cluster, the local address to send from.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "port": VirtualService_Port,
  },
}
const VirtualService_UDPListener: Schema = {
  "description": "A UDP socket. Each new peer starts a session, unless the mode is singleton.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": VirtualService_Port,
    "address": {
      "description": "The address to listen on. Defaults to 0.0.0.0.",
      "type": "string",
    },
    "connect": VirtualService_AddressPort,
    "options": {
      "description": "Options of the socket.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
        "mode": {
          "description": "In server mode, each new peer starts a session. In singleton mode, there is a single session, with the peer in `connect`. Defaults to singleton if `connect` has both address and port, and to server otherwise.",
          "type": "string",
          "enum": ["server", "singleton"],
        },
      },
    },
  },
}
const VirtualService_TCPListener: Schema = {
  "description": "A TCP server. Each connection is a session.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": VirtualService_Port,
  },
}
const VirtualService_URLPath: Schema = {
  "description": "Accepted, but has no effect: every path is served. Rules can match on /HTTP/url/path.",
  "type": "string",
}
const VirtualService_HTTPListener: Schema = {
  "description": "An HTTP server. Each request is a session.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": VirtualService_Port,
    "path": VirtualService_URLPath,
  },
}
const VirtualService_WebSocketListener: Schema = {
  "description": "A WebSocket server. Each connection is a session.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": VirtualService_Port,
    "path": VirtualService_URLPath,
  },
}
const VirtualService_UnixDomainSocketListener: Schema = {
  "description": "A Unix domain socket in the file system of the proxy. Each connection is a session.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["filename"],
  "properties": {
    "filename": {
      "description": "Path of the socket.",
      "type": "string",
    },
  },
}
const VirtualService_ListenerTransport: Schema = {
  "description": "The transport of the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket)].exists_one(given, given)",
    "message": "set exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": VirtualService_UDPListener,
    "TCP": VirtualService_TCPListener,
    "WebSocket": VirtualService_WebSocketListener,
    "UnixDomainSocket": VirtualService_UnixDomainSocketListener,
  },
}
const VirtualService_JSONSocketParse: Schema = {
  "description": "A field of the header, and its target in the metadata.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "path": {
      "description": "JSON pointer into the header.",
      "type": "string",
    },
    "target": {
      "description": "JSON pointer into the metadata.",
      "type": "string",
    },
  },
}
const VirtualService_JSONSocketListener: Schema = {
  "description": "A JSONSocket listener. The first message of a session is a JSON header, which is added to the metadata of the session.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["transport"],
  "properties": {
    "transport": VirtualService_ListenerTransport,
    "parse": {
      "description": "Accepted, but has no effect.",
      "type": "array",
      "items": VirtualService_JSONSocketParse,
    },
  },
}
const VirtualService_ListenerSpec: Schema = {
  "description": "The protocol of the listener and its parameters.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.HTTP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.JSONSocket)].exists_one(given, given)",
    "message": "set exactly one protocol: UDP, TCP, HTTP, WebSocket, UnixDomainSocket or JSONSocket",
  }],
  "properties": {
    "UDP": VirtualService_UDPListener,
    "TCP": VirtualService_TCPListener,
    "HTTP": VirtualService_HTTPListener,
    "WebSocket": VirtualService_WebSocketListener,
    "UnixDomainSocket": VirtualService_UnixDomainSocketListener,
    "JSONSocket": VirtualService_JSONSocketListener,
  },
}
const VirtualService_RuleName: Schema = {
  "description": "Accepted, but has no effect.",
  "type": "string",
}
const VirtualService_Match: Schema = {
  "description": "A JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. If omitted or empty, the rule matches every session. In addition to the operators of the proxy, there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of ranges. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
}
const VirtualService_Rewrite: Schema = {
  "description": "A change to the metadata.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["path"],
  "x-kubernetes-validations": [{
    "rule": "has(self.value) != has(self.valueStr)",
    "message": "set exactly one of `value` (an object) and `valueStr` (text)",
  }],
  "properties": {
    "path": {
      "description": "JSON pointer to the field to set. Missing parents are created.",
      "type": "string",
    },
    "value": {
      "description": "The new value, which is an object.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
    "valueStr": {
      "description": "The new value as a string. The text of a JSON object or list becomes that object or list; any other string is used unchanged, quotes included.",
      "type": "string",
    },
  },
}
const VirtualService_UDPCluster: Schema = {
  "description": "Sends datagrams to an endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": VirtualService_Port,
    "bind": VirtualService_AddressPort,
  },
}
const VirtualService_TCPCluster: Schema = {
  "description": "Connects to an endpoint over TCP.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": VirtualService_Port,
    "bind": VirtualService_AddressPort,
  },
}
const VirtualService_WebSocketCluster: Schema = {
  "description": "Connects to an endpoint over WebSocket.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": VirtualService_Port,
  },
}
const VirtualService_UnixDomainSocketCluster: Schema = {
  "description": "Connects to a Unix domain socket, whose path is in the endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "filename": {
      "description": "Path of the socket.",
      "type": "string",
    },
  },
}
const VirtualService_ClusterTransport: Schema = {
  "description": "The transport of the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "set exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": VirtualService_UDPCluster,
    "TCP": VirtualService_TCPCluster,
    "WebSocket": VirtualService_WebSocketCluster,
    "UnixDomainSocket": VirtualService_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const VirtualService_JSONSocketHeader: Schema = {
  "description": "An entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "set exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the session metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["from", "to"],
      "properties": {
        "from": {
          "description": "JSON pointer into the metadata.",
          "type": "string",
        },
        "to": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
      },
    },
    "set": {
      "description": "Sets a fixed value.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["key", "value"],
      "properties": {
        "key": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
        "value": {
          "description": "The value.",
          "type": "string",
        },
      },
    },
  },
}
const VirtualService_JSONSocketCluster: Schema = {
  "description": "Opens a JSONSocket session, whose first message is a JSON header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["transport"],
  "properties": {
    "transport": VirtualService_ClusterTransport,
    "header": {
      "description": "The content of the header.",
      "type": "array",
      "maxItems": 64,
      "items": VirtualService_JSONSocketHeader,
    },
  },
}
const VirtualService_LoggerCluster: Schema = {
  "description": "Logs the data that passes through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write on the node of the proxy. Defaults to `-`, the standard output; other values are rejected unless the operator allows them.",
      "type": "string",
    },
    "log_prefix": {
      "description": "The prefix of each line.",
      "type": "string",
    },
  },
}
const VirtualService_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query has the same result.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["query"],
  "properties": {
    "query": {
      "description": "JSON pointer into the metadata.",
      "type": "string",
    },
  },
}
const VirtualService_MetricCluster: Schema = {
  "description": "Counts the bytes and packets that pass through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["byteCounterName", "packetCounterName"],
  "properties": {
    "byteCounterName": {
      "description": "Name of the metric that counts bytes.",
      "type": "string",
    },
    "packetCounterName": {
      "description": "Name of the metric that counts packets.",
      "type": "string",
    },
  },
}
const VirtualService_ClusterSpec: Schema = {
  "description": "The protocol of the cluster and its parameters.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.JSONSocket), has(self.Echo), has(self.Discard), has(self.Stdio), has(self.Sdtio), has(self.Logger), has(self.JSONEncap), has(self.JSONDecap), has(self.Sync), has(self.Metric), has(self.Prometheus), has(self.L7mpController)].exists_one(given, given)",
    "message": "set exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": VirtualService_UDPCluster,
    "TCP": VirtualService_TCPCluster,
    "WebSocket": VirtualService_WebSocketCluster,
    "UnixDomainSocket": VirtualService_UnixDomainSocketCluster,
    "JSONSocket": VirtualService_JSONSocketCluster,
    "Echo": {
      "description": "Sends all received data back.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Discards all received data.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Stdio": {
      "description": "The standard input and output of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sdtio": {
      "description": "Alias of Stdio.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Logger": VirtualService_LoggerCluster,
    "JSONEncap": {
      "description": "Wraps each message in a JSON object, together with the metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "JSONDecap": {
      "description": "Extracts each message from the JSON object around it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sync": VirtualService_SyncCluster,
    "Metric": VirtualService_MetricCluster,
    "Prometheus": {
      "description": "Serves the metrics of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "L7mpController": {
      "description": "The REST API of the proxy itself. Rejected unless the operator allows it, because it gives full control of the proxy to anybody with access to it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const VirtualService_Weight: Schema = {
  "description": "Share of the sessions relative to the other endpoints. Defaults to 1.",
  "type": "integer",
}
const VirtualService_EndpointSpec: Schema = {
  "description": "A single address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "set exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
  }],
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "filename": {
      "description": "Path of a Unix domain socket.",
      "type": "string",
    },
    "weight": VirtualService_Weight,
  },
}
const VirtualService_Endpoint: Schema = {
  "description": "An address, or the pods that match a selector.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "set `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": VirtualService_EndpointSpec,
    "selector": VirtualService_Selector,
    "weight": VirtualService_Weight,
  },
}
const VirtualService_Endpoints: Schema = {
  "description": "The endpoints of the service. Clusters that do not open connections have none.",
  "type": "array",
  "maxItems": 256,
  "items": VirtualService_Endpoint,
}
const VirtualService_LoadBalancer: Schema = {
  "description": "How the endpoint of a session is chosen. Defaults to Trivial.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "The load balancing policy. Trivial uses the first endpoint. ConsistentHash, with the alias HashRing, uses the same endpoint for the same key, or any endpoint if there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the field of the metadata that is used as the key.",
      "type": "string",
    },
  },
}
const VirtualService_Cluster: Schema = {
  "description": "A service that sessions can be routed to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": VirtualService_ClusterSpec,
    "endpoints": VirtualService_Endpoints,
    "endpointNum": {
      "description": "Accepted, but has no effect.",
      "type": "integer",
    },
    "loadbalancer": VirtualService_LoadBalancer,
    "options": {
      "description": "Accepted, but has no effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const VirtualService_ClusterOrRef: Schema = {
  "description": "A cluster, or a reference to one.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.clusterRef)",
    "message": "set exactly one of `cluster` and `clusterRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "cluster": VirtualService_Cluster,
    "clusterRef": {
      "description": "The Target, VirtualService or Service to pass through.",
      "type": "string",
    },
  },
}
const VirtualService_Chain: Schema = {
  "description": "Clusters that a session passes through, in this order.",
  "type": "array",
  "maxItems": 8,
  "items": VirtualService_ClusterOrRef,
}
const VirtualService_Retry: Schema = {
  "description": "The retry policy for failed connections.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "retry_on": {
      "description": "The failures that are retried.",
      "type": "string",
      "enum": ["never", "connect-failure", "disconnect", "always"],
      "default": "never",
    },
    "num_retries": {
      "description": "The number of retries.",
      "type": "integer",
      "default": 1,
    },
    "timeout": {
      "description": "The connect timeout, and the delay between two attempts, in milliseconds.",
      "type": "integer",
      "default": 2000,
    },
  },
}
const VirtualService_RouteSpec: Schema = {
  "description": "The destination of sessions, and the clusters that they pass through.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.destination) != has(self.destinationRef)",
    "message": "set exactly one of `destination` (a cluster) and `destinationRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "destination": VirtualService_Cluster,
    "destinationRef": {
      "description": "The Target, VirtualService or Service that sessions are routed to, looked up in this order. A reference without a kind never means the VirtualService that contains it.",
      "type": "string",
    },
    "ingress": VirtualService_Chain,
    "egress": VirtualService_Chain,
    "retry": VirtualService_Retry,
  },
}
const VirtualService_Action: Schema = {
  "description": "What to do with matching sessions. A session ends if the action has neither a route nor a rulelist to apply.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "!(has(self.route) && has(self.routeRef))",
    "message": "define the route in `route`, or name a Route in `routeRef`, but not both",
  }],
  "properties": {
    "rewrite": {
      "description": "Changes to the metadata of the session, applied in this order before the session is routed.",
      "type": "array",
      "maxItems": 256,
      "items": VirtualService_Rewrite,
    },
    "route": VirtualService_RouteSpec,
    "routeRef": {
      "description": "The Route of the session.",
      "type": "string",
    },
    "apply": {
      "description": "The rulelist to evaluate next.",
      "type": "string",
    },
  },
}
const VirtualService_InlineRule: Schema = {
  "description": "An inline rule.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["action"],
  "properties": {
    "name": VirtualService_RuleName,
    "match": VirtualService_Match,
    "action": VirtualService_Action,
  },
}
const VirtualService_RuleItem: Schema = {
  "description": "An inline rule, directly or as {rule: …}, or a reference to a Rule.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.action), has(self.rule), has(self.ruleRef)].exists_one(given, given)",
    "message": "set exactly one of `action` (with or without `match`), `rule` and `ruleRef`",
  }, {
    "rule": "has(self.action) || !has(self.match)",
    "message": "`match` requires `action`: put both into `rule`, or remove `match`",
  }],
  "properties": {
    "name": VirtualService_RuleName,
    "match": VirtualService_Match,
    "action": VirtualService_Action,
    "rule": VirtualService_InlineRule,
    "ruleRef": {
      "description": "The name of a Rule.",
      "type": "string",
    },
  },
}
const VirtualService_Listener: Schema = {
  "description": "The socket that the selected proxies listen on, and the rules for its sessions.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "x-kubernetes-validations": [{
    "rule": "!(has(self.rules) && has(self.rulesRef))",
    "message": "define the rules in `rules`, or name a rulelist in `rulesRef`, but not both",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": VirtualService_ListenerSpec,
    "rules": {
      "description": "Evaluated in this order; the first matching rule is applied. With neither `rules` nor `rulesRef`, no listener is created, and the VirtualService only provides protocol, port and pods to Targets.",
      "type": "array",
      "maxItems": 1024,
      "items": VirtualService_RuleItem,
    },
    "rulesRef": {
      "description": "The rulelist to use.",
      "type": "string",
    },
    "options": {
      "description": "Options of the listener.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
        "track": {
          "description": "For how many seconds a session remains visible after its end.",
          "type": "integer",
        },
      },
    },
  },
}
const VirtualService_VirtualServiceSpec: Schema = {
  "description": "The desired state.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["selector", "listener"],
  "properties": {
    "selector": VirtualService_Selector,
    "listener": VirtualService_Listener,
    "options": {
      "description": "Options for the lifecycle of sessions.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
        "removeOrphanSessions": {
          "description": "Whether the sessions end when the VirtualService is deleted.",
          "type": "boolean",
          "default": false,
        },
      },
    },
    "updateOwners": {
      "description": "Whether to record the applied generation of this resource in the status of each owner, in `status.children.applied[\"/l7mp.io/v1/KIND/NAMESPACE/NAME\"]`.",
      "type": "boolean",
      "default": false,
    },
  },
}
const VirtualService_Condition: Schema = {
  "description": "An aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "The type of the condition.",
      "type": "string",
    },
    "status": {
      "description": "Whether the condition holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "The reason, as a single word.",
      "type": "string",
    },
    "message": {
      "description": "The reason, in human-readable form.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "The last time that `status` changed.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition describes.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const VirtualService_ProxyCounts: Schema = {
  "description": "The number of proxies that hold the resource.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold the resource.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of proxies that hold the resource, as read back.",
      "type": "integer",
    },
  },
}
const VirtualService_EndpointCounts: Schema = {
  "description": "The endpoints of the resource's destinations.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The total number of endpoints, whether ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both numbers as text, like `2/3`. Followed by `!` if one of several destinations has none; `-` if no destination needs endpoints.",
      "type": "string",
    },
  },
}
const VirtualService_Status: Schema = {
  "description": "The observed state. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status describes.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "The conditions Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": VirtualService_Condition,
    },
    "proxies": VirtualService_ProxyCounts,
    "endpoints": VirtualService_EndpointCounts,
    "children": {
      "description": "Resources that this resource owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The last applied generation of each of them, by `/l7mp.io/v1/KIND/NAMESPACE/NAME`.",
          "type": "object",
          "additionalProperties": {
            "type": "integer",
          },
        },
      },
    },
  },
}
const VirtualService_CRD: CustomResourceDefinition = {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
    "name": "virtualservices.l7mp.io",
  },
  "spec": {
    "group": "l7mp.io",
    "scope": "Namespaced",
    "names": {
      "kind": "VirtualService",
      "listKind": "VirtualServiceList",
      "plural": "virtualservices",
      "singular": "virtualservice",
      "shortNames": ["vsvc"],
      "categories": ["l7mp", "all"],
    },
    "versions": [{
      "name": "v1",
      "served": true,
      "storage": true,
      "subresources": {
        "status": {},
      },
      "additionalPrinterColumns": [{
        "name": "Listener",
        "type": "string",
        "jsonPath": ".spec.listener.spec",
        "description": "The protocol and port that the proxies listen on.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource is valid.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether all referenced objects exist.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds the resource.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "The reason, as a single word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold the resource.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold the resource.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "The number of ready endpoints of the destinations, and their total number.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "Mistakes in the resource, and fields without effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "The referenced objects that do not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies do not hold yet.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "The destinations without endpoints.",
      }, {
        "name": "Age",
        "type": "date",
        "jsonPath": ".metadata.creationTimestamp",
      }],
      "schema": {
        "openAPIV3Schema": {
          "description": "A listener on a set of proxies, and the rules that route its sessions.",
          "type": "object",
          "required": ["spec"],
          "properties": {
            "spec": VirtualService_VirtualServiceSpec,
            "status": VirtualService_Status,
          },
        },
      },
    }],
  },
}

const Target_LabelRequirement: Schema = {
  "description": "A requirement on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also match pods without the label. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist"],
    },
    "values": {
      "description": "One or more values for In and NotIn; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const Target_FieldRequirement: Schema = {
  "description": "A requirement on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the field relates to `values`. NotIn and DoesNotExist also match pods without the field. Gt and Lt compare integers. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist", "Gt", "Lt"],
    },
    "values": {
      "description": "One or more values for In and NotIn; one integer for Gt and Lt; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const Target_Selector: Schema = {
  "description": "Selects pods in all namespaces. A pod must satisfy all of the given fields; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels, with their values, that the pod must have.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Requirements on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": Target_LabelRequirement,
    },
    "matchFields": {
      "description": "Requirements on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": Target_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace of the pod.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, whose endpoints must include the pod. NAME alone refers to the namespace of this resource.",
      "type": "string",
      "nullable": true,
    },
  },
}
const Target_Port: Schema = {
  "description": "Port number.",
  "type": "integer",
  "minimum": 1,
  "maximum": 65535,
}
const Target_AddressPort: Schema = {
  "description": "An address, a port, or both. For a listener, the only peer that can send to it; for a cluster, the local address to send from.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "port": Target_Port,
  },
}
const Target_UDPCluster: Schema = {
  "description": "Sends datagrams to an endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Target_Port,
    "bind": Target_AddressPort,
  },
}
const Target_TCPCluster: Schema = {
  "description": "Connects to an endpoint over TCP.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Target_Port,
    "bind": Target_AddressPort,
  },
}
const Target_WebSocketCluster: Schema = {
  "description": "Connects to an endpoint over WebSocket.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Target_Port,
  },
}
const Target_UnixDomainSocketCluster: Schema = {
  "description": "Connects to a Unix domain socket, whose path is in the endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "filename": {
      "description": "Path of the socket.",
      "type": "string",
    },
  },
}
const Target_ClusterTransport: Schema = {
  "description": "The transport of the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "set exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": Target_UDPCluster,
    "TCP": Target_TCPCluster,
    "WebSocket": Target_WebSocketCluster,
    "UnixDomainSocket": Target_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Target_JSONSocketHeader: Schema = {
  "description": "An entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "set exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the session metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["from", "to"],
      "properties": {
        "from": {
          "description": "JSON pointer into the metadata.",
          "type": "string",
        },
        "to": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
      },
    },
    "set": {
      "description": "Sets a fixed value.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["key", "value"],
      "properties": {
        "key": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
        "value": {
          "description": "The value.",
          "type": "string",
        },
      },
    },
  },
}
const Target_JSONSocketCluster: Schema = {
  "description": "Opens a JSONSocket session, whose first message is a JSON header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["transport"],
  "properties": {
    "transport": Target_ClusterTransport,
    "header": {
      "description": "The content of the header.",
      "type": "array",
      "maxItems": 64,
      "items": Target_JSONSocketHeader,
    },
  },
}
const Target_LoggerCluster: Schema = {
  "description": "Logs the data that passes through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write on the node of the proxy. Defaults to `-`, the standard output; other values are rejected unless the operator allows them.",
      "type": "string",
    },
    "log_prefix": {
      "description": "The prefix of each line.",
      "type": "string",
    },
  },
}
const Target_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query has the same result.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["query"],
  "properties": {
    "query": {
      "description": "JSON pointer into the metadata.",
      "type": "string",
    },
  },
}
const Target_MetricCluster: Schema = {
  "description": "Counts the bytes and packets that pass through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["byteCounterName", "packetCounterName"],
  "properties": {
    "byteCounterName": {
      "description": "Name of the metric that counts bytes.",
      "type": "string",
    },
    "packetCounterName": {
      "description": "Name of the metric that counts packets.",
      "type": "string",
    },
  },
}
const Target_ClusterSpec: Schema = {
  "description": "The protocol of the cluster and its parameters.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.JSONSocket), has(self.Echo), has(self.Discard), has(self.Stdio), has(self.Sdtio), has(self.Logger), has(self.JSONEncap), has(self.JSONDecap), has(self.Sync), has(self.Metric), has(self.Prometheus), has(self.L7mpController)].exists_one(given, given)",
    "message": "set exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": Target_UDPCluster,
    "TCP": Target_TCPCluster,
    "WebSocket": Target_WebSocketCluster,
    "UnixDomainSocket": Target_UnixDomainSocketCluster,
    "JSONSocket": Target_JSONSocketCluster,
    "Echo": {
      "description": "Sends all received data back.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Discards all received data.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Stdio": {
      "description": "The standard input and output of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sdtio": {
      "description": "Alias of Stdio.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Logger": Target_LoggerCluster,
    "JSONEncap": {
      "description": "Wraps each message in a JSON object, together with the metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "JSONDecap": {
      "description": "Extracts each message from the JSON object around it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sync": Target_SyncCluster,
    "Metric": Target_MetricCluster,
    "Prometheus": {
      "description": "Serves the metrics of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "L7mpController": {
      "description": "The REST API of the proxy itself. Rejected unless the operator allows it, because it gives full control of the proxy to anybody with access to it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Target_Weight: Schema = {
  "description": "Share of the sessions relative to the other endpoints. Defaults to 1.",
  "type": "integer",
}
const Target_EndpointSpec: Schema = {
  "description": "A single address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "set exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
  }],
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "filename": {
      "description": "Path of a Unix domain socket.",
      "type": "string",
    },
    "weight": Target_Weight,
  },
}
const Target_Endpoint: Schema = {
  "description": "An address, or the pods that match a selector.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "set `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": Target_EndpointSpec,
    "selector": Target_Selector,
    "weight": Target_Weight,
  },
}
const Target_Endpoints: Schema = {
  "description": "The endpoints of the service. Clusters that do not open connections have none.",
  "type": "array",
  "maxItems": 4096,
  "items": Target_Endpoint,
}
const Target_LoadBalancer: Schema = {
  "description": "How the endpoint of a session is chosen. Defaults to Trivial.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "The load balancing policy. Trivial uses the first endpoint. ConsistentHash, with the alias HashRing, uses the same endpoint for the same key, or any endpoint if there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the field of the metadata that is used as the key.",
      "type": "string",
    },
  },
}
const Target_Cluster: Schema = {
  "description": "A service that sessions can be routed to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": Target_ClusterSpec,
    "endpoints": Target_Endpoints,
    "endpointNum": {
      "description": "Accepted, but has no effect.",
      "type": "integer",
    },
    "loadbalancer": Target_LoadBalancer,
    "options": {
      "description": "Accepted, but has no effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const Target_TargetSpec: Schema = {
  "description": "The desired state.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.linkedVirtualService)",
    "message": "set exactly one of `cluster` and `linkedVirtualService` (the name of a VirtualService)",
  }],
  "properties": {
    "selector": Target_Selector,
    "cluster": Target_Cluster,
    "linkedVirtualService": {
      "description": "The VirtualService that provides the protocol, port and pods of the cluster.",
      "type": "string",
    },
  },
}
const Target_Condition: Schema = {
  "description": "An aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "The type of the condition.",
      "type": "string",
    },
    "status": {
      "description": "Whether the condition holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "The reason, as a single word.",
      "type": "string",
    },
    "message": {
      "description": "The reason, in human-readable form.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "The last time that `status` changed.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition describes.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const Target_ProxyCounts: Schema = {
  "description": "The number of proxies that hold the resource.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold the resource.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of proxies that hold the resource, as read back.",
      "type": "integer",
    },
  },
}
const Target_EndpointCounts: Schema = {
  "description": "The endpoints of the resource's destinations.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The total number of endpoints, whether ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both numbers as text, like `2/3`. Followed by `!` if one of several destinations has none; `-` if no destination needs endpoints.",
      "type": "string",
    },
  },
}
const Target_Status: Schema = {
  "description": "The observed state. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status describes.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "The conditions Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": Target_Condition,
    },
    "proxies": Target_ProxyCounts,
    "endpoints": Target_EndpointCounts,
    "children": {
      "description": "Resources that this resource owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The last applied generation of each of them, by `/l7mp.io/v1/KIND/NAMESPACE/NAME`.",
          "type": "object",
          "additionalProperties": {
            "type": "integer",
          },
        },
      },
    },
  },
}
const Target_CRD: CustomResourceDefinition = {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
    "name": "targets.l7mp.io",
  },
  "spec": {
    "group": "l7mp.io",
    "scope": "Namespaced",
    "names": {
      "kind": "Target",
      "listKind": "TargetList",
      "plural": "targets",
      "singular": "target",
      "shortNames": ["tr"],
      "categories": ["l7mp", "all"],
    },
    "versions": [{
      "name": "v1",
      "served": true,
      "storage": true,
      "subresources": {
        "status": {},
      },
      "additionalPrinterColumns": [{
        "name": "Cluster",
        "type": "string",
        "jsonPath": ".spec.cluster.spec",
        "description": "The protocol and port of its endpoints.",
      }, {
        "name": "Linked",
        "type": "string",
        "jsonPath": ".spec.linkedVirtualService",
        "description": "The VirtualService that it is linked to.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource is valid.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether all referenced objects exist.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds the resource.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "The reason, as a single word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold the resource.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold the resource.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "The number of ready endpoints of the destinations, and their total number.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "Mistakes in the resource, and fields without effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "The referenced objects that do not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies do not hold yet.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "The destinations without endpoints.",
      }, {
        "name": "Age",
        "type": "date",
        "jsonPath": ".metadata.creationTimestamp",
      }],
      "schema": {
        "openAPIV3Schema": {
          "description": "A service that sessions can be routed to or through.",
          "type": "object",
          "required": ["spec"],
          "properties": {
            "spec": Target_TargetSpec,
            "status": Target_Status,
          },
        },
      },
    }],
  },
}

const Rule_LabelRequirement: Schema = {
  "description": "A requirement on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also match pods without the label. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist"],
    },
    "values": {
      "description": "One or more values for In and NotIn; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const Rule_FieldRequirement: Schema = {
  "description": "A requirement on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the field relates to `values`. NotIn and DoesNotExist also match pods without the field. Gt and Lt compare integers. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist", "Gt", "Lt"],
    },
    "values": {
      "description": "One or more values for In and NotIn; one integer for Gt and Lt; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const Rule_Selector: Schema = {
  "description": "Selects pods in all namespaces. A pod must satisfy all of the given fields; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels, with their values, that the pod must have.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Requirements on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": Rule_LabelRequirement,
    },
    "matchFields": {
      "description": "Requirements on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": Rule_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace of the pod.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, whose endpoints must include the pod. NAME alone refers to the namespace of this resource.",
      "type": "string",
      "nullable": true,
    },
  },
}
const Rule_RuleName: Schema = {
  "description": "Accepted, but has no effect.",
  "type": "string",
}
const Rule_Match: Schema = {
  "description": "A JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. If omitted or empty, the rule matches every session. In addition to the operators of the proxy, there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of ranges. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
}
const Rule_Rewrite: Schema = {
  "description": "A change to the metadata.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["path"],
  "x-kubernetes-validations": [{
    "rule": "has(self.value) != has(self.valueStr)",
    "message": "set exactly one of `value` (an object) and `valueStr` (text)",
  }],
  "properties": {
    "path": {
      "description": "JSON pointer to the field to set. Missing parents are created.",
      "type": "string",
    },
    "value": {
      "description": "The new value, which is an object.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
    "valueStr": {
      "description": "The new value as a string. The text of a JSON object or list becomes that object or list; any other string is used unchanged, quotes included.",
      "type": "string",
    },
  },
}
const Rule_Port: Schema = {
  "description": "Port number.",
  "type": "integer",
  "minimum": 1,
  "maximum": 65535,
}
const Rule_AddressPort: Schema = {
  "description": "An address, a port, or both. For a listener, the only peer that can send to it; for a cluster, the local address to send from.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "port": Rule_Port,
  },
}
const Rule_UDPCluster: Schema = {
  "description": "Sends datagrams to an endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Rule_Port,
    "bind": Rule_AddressPort,
  },
}
const Rule_TCPCluster: Schema = {
  "description": "Connects to an endpoint over TCP.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Rule_Port,
    "bind": Rule_AddressPort,
  },
}
const Rule_WebSocketCluster: Schema = {
  "description": "Connects to an endpoint over WebSocket.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Rule_Port,
  },
}
const Rule_UnixDomainSocketCluster: Schema = {
  "description": "Connects to a Unix domain socket, whose path is in the endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "filename": {
      "description": "Path of the socket.",
      "type": "string",
    },
  },
}
const Rule_ClusterTransport: Schema = {
  "description": "The transport of the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "set exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": Rule_UDPCluster,
    "TCP": Rule_TCPCluster,
    "WebSocket": Rule_WebSocketCluster,
    "UnixDomainSocket": Rule_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Rule_JSONSocketHeader: Schema = {
  "description": "An entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "set exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the session metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["from", "to"],
      "properties": {
        "from": {
          "description": "JSON pointer into the metadata.",
          "type": "string",
        },
        "to": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
      },
    },
    "set": {
      "description": "Sets a fixed value.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["key", "value"],
      "properties": {
        "key": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
        "value": {
          "description": "The value.",
          "type": "string",
        },
      },
    },
  },
}
const Rule_JSONSocketCluster: Schema = {
  "description": "Opens a JSONSocket session, whose first message is a JSON header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["transport"],
  "properties": {
    "transport": Rule_ClusterTransport,
    "header": {
      "description": "The content of the header.",
      "type": "array",
      "maxItems": 64,
      "items": Rule_JSONSocketHeader,
    },
  },
}
const Rule_LoggerCluster: Schema = {
  "description": "Logs the data that passes through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write on the node of the proxy. Defaults to `-`, the standard output; other values are rejected unless the operator allows them.",
      "type": "string",
    },
    "log_prefix": {
      "description": "The prefix of each line.",
      "type": "string",
    },
  },
}
const Rule_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query has the same result.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["query"],
  "properties": {
    "query": {
      "description": "JSON pointer into the metadata.",
      "type": "string",
    },
  },
}
const Rule_MetricCluster: Schema = {
  "description": "Counts the bytes and packets that pass through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["byteCounterName", "packetCounterName"],
  "properties": {
    "byteCounterName": {
      "description": "Name of the metric that counts bytes.",
      "type": "string",
    },
    "packetCounterName": {
      "description": "Name of the metric that counts packets.",
      "type": "string",
    },
  },
}
const Rule_ClusterSpec: Schema = {
  "description": "The protocol of the cluster and its parameters.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.JSONSocket), has(self.Echo), has(self.Discard), has(self.Stdio), has(self.Sdtio), has(self.Logger), has(self.JSONEncap), has(self.JSONDecap), has(self.Sync), has(self.Metric), has(self.Prometheus), has(self.L7mpController)].exists_one(given, given)",
    "message": "set exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": Rule_UDPCluster,
    "TCP": Rule_TCPCluster,
    "WebSocket": Rule_WebSocketCluster,
    "UnixDomainSocket": Rule_UnixDomainSocketCluster,
    "JSONSocket": Rule_JSONSocketCluster,
    "Echo": {
      "description": "Sends all received data back.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Discards all received data.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Stdio": {
      "description": "The standard input and output of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sdtio": {
      "description": "Alias of Stdio.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Logger": Rule_LoggerCluster,
    "JSONEncap": {
      "description": "Wraps each message in a JSON object, together with the metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "JSONDecap": {
      "description": "Extracts each message from the JSON object around it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sync": Rule_SyncCluster,
    "Metric": Rule_MetricCluster,
    "Prometheus": {
      "description": "Serves the metrics of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "L7mpController": {
      "description": "The REST API of the proxy itself. Rejected unless the operator allows it, because it gives full control of the proxy to anybody with access to it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Rule_Weight: Schema = {
  "description": "Share of the sessions relative to the other endpoints. Defaults to 1.",
  "type": "integer",
}
const Rule_EndpointSpec: Schema = {
  "description": "A single address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "set exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
  }],
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "filename": {
      "description": "Path of a Unix domain socket.",
      "type": "string",
    },
    "weight": Rule_Weight,
  },
}
const Rule_Endpoint: Schema = {
  "description": "An address, or the pods that match a selector.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "set `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": Rule_EndpointSpec,
    "selector": Rule_Selector,
    "weight": Rule_Weight,
  },
}
const Rule_Endpoints: Schema = {
  "description": "The endpoints of the service. Clusters that do not open connections have none.",
  "type": "array",
  "maxItems": 4096,
  "items": Rule_Endpoint,
}
const Rule_LoadBalancer: Schema = {
  "description": "How the endpoint of a session is chosen. Defaults to Trivial.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "The load balancing policy. Trivial uses the first endpoint. ConsistentHash, with the alias HashRing, uses the same endpoint for the same key, or any endpoint if there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the field of the metadata that is used as the key.",
      "type": "string",
    },
  },
}
const Rule_Cluster: Schema = {
  "description": "A service that sessions can be routed to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": Rule_ClusterSpec,
    "endpoints": Rule_Endpoints,
    "endpointNum": {
      "description": "Accepted, but has no effect.",
      "type": "integer",
    },
    "loadbalancer": Rule_LoadBalancer,
    "options": {
      "description": "Accepted, but has no effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const Rule_ClusterOrRef: Schema = {
  "description": "A cluster, or a reference to one.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.clusterRef)",
    "message": "set exactly one of `cluster` and `clusterRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "cluster": Rule_Cluster,
    "clusterRef": {
      "description": "The Target, VirtualService or Service to pass through.",
      "type": "string",
    },
  },
}
const Rule_Chain: Schema = {
  "description": "Clusters that a session passes through, in this order.",
  "type": "array",
  "maxItems": 8,
  "items": Rule_ClusterOrRef,
}
const Rule_Retry: Schema = {
  "description": "The retry policy for failed connections.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "retry_on": {
      "description": "The failures that are retried.",
      "type": "string",
      "enum": ["never", "connect-failure", "disconnect", "always"],
      "default": "never",
    },
    "num_retries": {
      "description": "The number of retries.",
      "type": "integer",
      "default": 1,
    },
    "timeout": {
      "description": "The connect timeout, and the delay between two attempts, in milliseconds.",
      "type": "integer",
      "default": 2000,
    },
  },
}
const Rule_RouteSpec: Schema = {
  "description": "The destination of sessions, and the clusters that they pass through.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.destination) != has(self.destinationRef)",
    "message": "set exactly one of `destination` (a cluster) and `destinationRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "destination": Rule_Cluster,
    "destinationRef": {
      "description": "The Target, VirtualService or Service that sessions are routed to, looked up in this order. A reference without a kind never means the VirtualService that contains it.",
      "type": "string",
    },
    "ingress": Rule_Chain,
    "egress": Rule_Chain,
    "retry": Rule_Retry,
  },
}
const Rule_Action: Schema = {
  "description": "What to do with matching sessions. A session ends if the action has neither a route nor a rulelist to apply.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "!(has(self.route) && has(self.routeRef))",
    "message": "define the route in `route`, or name a Route in `routeRef`, but not both",
  }],
  "properties": {
    "rewrite": {
      "description": "Changes to the metadata of the session, applied in this order before the session is routed.",
      "type": "array",
      "maxItems": 256,
      "items": Rule_Rewrite,
    },
    "route": Rule_RouteSpec,
    "routeRef": {
      "description": "The Route of the session.",
      "type": "string",
    },
    "apply": {
      "description": "The rulelist to evaluate next.",
      "type": "string",
    },
  },
}
const Rule_InlineRule: Schema = {
  "description": "An inline rule.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["action"],
  "properties": {
    "name": Rule_RuleName,
    "match": Rule_Match,
    "action": Rule_Action,
  },
}
const Rule_RuleSpec: Schema = {
  "description": "The desired state.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["selector", "rulelist", "rule"],
  "properties": {
    "selector": Rule_Selector,
    "rulelist": {
      "description": "The VirtualService into whose rules this rule is inserted. If no VirtualService has that name, all Rules in the namespace with the same `rulelist` form a rulelist.",
      "type": "string",
    },
    "position": {
      "description": "The position in the list: 0 is first; if omitted or past the end, the rule is last. Rules with the same position are ordered by creation time.",
      "type": "integer",
    },
    "rule": Rule_InlineRule,
    "updateOwners": {
      "description": "Whether to record the applied generation of this resource in the status of each owner, in `status.children.applied[\"/l7mp.io/v1/KIND/NAMESPACE/NAME\"]`.",
      "type": "boolean",
      "default": false,
    },
  },
}
const Rule_Condition: Schema = {
  "description": "An aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "The type of the condition.",
      "type": "string",
    },
    "status": {
      "description": "Whether the condition holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "The reason, as a single word.",
      "type": "string",
    },
    "message": {
      "description": "The reason, in human-readable form.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "The last time that `status` changed.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition describes.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const Rule_ProxyCounts: Schema = {
  "description": "The number of proxies that hold the resource.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold the resource.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of proxies that hold the resource, as read back.",
      "type": "integer",
    },
  },
}
const Rule_EndpointCounts: Schema = {
  "description": "The endpoints of the resource's destinations.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The total number of endpoints, whether ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both numbers as text, like `2/3`. Followed by `!` if one of several destinations has none; `-` if no destination needs endpoints.",
      "type": "string",
    },
  },
}
const Rule_Status: Schema = {
  "description": "The observed state. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status describes.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "The conditions Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": Rule_Condition,
    },
    "proxies": Rule_ProxyCounts,
    "endpoints": Rule_EndpointCounts,
    "children": {
      "description": "Resources that this resource owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The last applied generation of each of them, by `/l7mp.io/v1/KIND/NAMESPACE/NAME`.",
          "type": "object",
          "additionalProperties": {
            "type": "integer",
          },
        },
      },
    },
  },
}
const Rule_CRD: CustomResourceDefinition = {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
    "name": "rules.l7mp.io",
  },
  "spec": {
    "group": "l7mp.io",
    "scope": "Namespaced",
    "names": {
      "kind": "Rule",
      "listKind": "RuleList",
      "plural": "rules",
      "singular": "rule",
      "categories": ["l7mp", "all"],
    },
    "versions": [{
      "name": "v1",
      "served": true,
      "storage": true,
      "subresources": {
        "status": {},
      },
      "additionalPrinterColumns": [{
        "name": "Rulelist",
        "type": "string",
        "jsonPath": ".spec.rulelist",
        "description": "The rulelist that contains the rule.",
      }, {
        "name": "Position",
        "type": "integer",
        "jsonPath": ".spec.position",
        "description": "The position in the rulelist.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource is valid.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether all referenced objects exist.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds the resource.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "The reason, as a single word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold the resource.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold the resource.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "The number of ready endpoints of the destinations, and their total number.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "Mistakes in the resource, and fields without effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "The referenced objects that do not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies do not hold yet.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "The destinations without endpoints.",
      }, {
        "name": "Age",
        "type": "date",
        "jsonPath": ".metadata.creationTimestamp",
      }],
      "schema": {
        "openAPIV3Schema": {
          "description": "A rule that is inserted into the rules of a VirtualService, or into a separate rulelist.",
          "type": "object",
          "required": ["spec"],
          "properties": {
            "spec": Rule_RuleSpec,
            "status": Rule_Status,
          },
        },
      },
    }],
  },
}

const Route_Port: Schema = {
  "description": "Port number.",
  "type": "integer",
  "minimum": 1,
  "maximum": 65535,
}
const Route_AddressPort: Schema = {
  "description": "An address, a port, or both. For a listener, the only peer that can send to it; for a cluster, the local address to send from.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "port": Route_Port,
  },
}
const Route_UDPCluster: Schema = {
  "description": "Sends datagrams to an endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Route_Port,
    "bind": Route_AddressPort,
  },
}
const Route_TCPCluster: Schema = {
  "description": "Connects to an endpoint over TCP.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Route_Port,
    "bind": Route_AddressPort,
  },
}
const Route_WebSocketCluster: Schema = {
  "description": "Connects to an endpoint over WebSocket.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["port"],
  "properties": {
    "port": Route_Port,
  },
}
const Route_UnixDomainSocketCluster: Schema = {
  "description": "Connects to a Unix domain socket, whose path is in the endpoint.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "filename": {
      "description": "Path of the socket.",
      "type": "string",
    },
  },
}
const Route_ClusterTransport: Schema = {
  "description": "The transport of the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "set exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": Route_UDPCluster,
    "TCP": Route_TCPCluster,
    "WebSocket": Route_WebSocketCluster,
    "UnixDomainSocket": Route_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but not supported by any proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Route_JSONSocketHeader: Schema = {
  "description": "An entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "set exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the session metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["from", "to"],
      "properties": {
        "from": {
          "description": "JSON pointer into the metadata.",
          "type": "string",
        },
        "to": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
      },
    },
    "set": {
      "description": "Sets a fixed value.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "required": ["key", "value"],
      "properties": {
        "key": {
          "description": "JSON pointer into the header.",
          "type": "string",
        },
        "value": {
          "description": "The value.",
          "type": "string",
        },
      },
    },
  },
}
const Route_JSONSocketCluster: Schema = {
  "description": "Opens a JSONSocket session, whose first message is a JSON header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["transport"],
  "properties": {
    "transport": Route_ClusterTransport,
    "header": {
      "description": "The content of the header.",
      "type": "array",
      "maxItems": 64,
      "items": Route_JSONSocketHeader,
    },
  },
}
const Route_LoggerCluster: Schema = {
  "description": "Logs the data that passes through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write on the node of the proxy. Defaults to `-`, the standard output; other values are rejected unless the operator allows them.",
      "type": "string",
    },
    "log_prefix": {
      "description": "The prefix of each line.",
      "type": "string",
    },
  },
}
const Route_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query has the same result.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["query"],
  "properties": {
    "query": {
      "description": "JSON pointer into the metadata.",
      "type": "string",
    },
  },
}
const Route_MetricCluster: Schema = {
  "description": "Counts the bytes and packets that pass through it.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["byteCounterName", "packetCounterName"],
  "properties": {
    "byteCounterName": {
      "description": "Name of the metric that counts bytes.",
      "type": "string",
    },
    "packetCounterName": {
      "description": "Name of the metric that counts packets.",
      "type": "string",
    },
  },
}
const Route_ClusterSpec: Schema = {
  "description": "The protocol of the cluster and its parameters.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.JSONSocket), has(self.Echo), has(self.Discard), has(self.Stdio), has(self.Sdtio), has(self.Logger), has(self.JSONEncap), has(self.JSONDecap), has(self.Sync), has(self.Metric), has(self.Prometheus), has(self.L7mpController)].exists_one(given, given)",
    "message": "set exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": Route_UDPCluster,
    "TCP": Route_TCPCluster,
    "WebSocket": Route_WebSocketCluster,
    "UnixDomainSocket": Route_UnixDomainSocketCluster,
    "JSONSocket": Route_JSONSocketCluster,
    "Echo": {
      "description": "Sends all received data back.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Discards all received data.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Stdio": {
      "description": "The standard input and output of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sdtio": {
      "description": "Alias of Stdio.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Logger": Route_LoggerCluster,
    "JSONEncap": {
      "description": "Wraps each message in a JSON object, together with the metadata.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "JSONDecap": {
      "description": "Extracts each message from the JSON object around it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Sync": Route_SyncCluster,
    "Metric": Route_MetricCluster,
    "Prometheus": {
      "description": "Serves the metrics of the proxy.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "L7mpController": {
      "description": "The REST API of the proxy itself. Rejected unless the operator allows it, because it gives full control of the proxy to anybody with access to it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Route_Weight: Schema = {
  "description": "Share of the sessions relative to the other endpoints. Defaults to 1.",
  "type": "integer",
}
const Route_EndpointSpec: Schema = {
  "description": "A single address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "set exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
  }],
  "properties": {
    "address": {
      "description": "IP address or domain name.",
      "type": "string",
    },
    "filename": {
      "description": "Path of a Unix domain socket.",
      "type": "string",
    },
    "weight": Route_Weight,
  },
}
const Route_LabelRequirement: Schema = {
  "description": "A requirement on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also match pods without the label. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist"],
    },
    "values": {
      "description": "One or more values for In and NotIn; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const Route_FieldRequirement: Schema = {
  "description": "A requirement on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the field relates to `values`. NotIn and DoesNotExist also match pods without the field. Gt and Lt compare integers. DoesNotexist is an alias of DoesNotExist.",
      "type": "string",
      "enum": ["In", "NotIn", "Exists", "DoesNotExist", "DoesNotexist", "Gt", "Lt"],
    },
    "values": {
      "description": "One or more values for In and NotIn; one integer for Gt and Lt; none for Exists and DoesNotExist.",
      "type": "array",
      "items": {
        "type": "string",
      },
    },
  },
}
const Route_Selector: Schema = {
  "description": "Selects pods in all namespaces. A pod must satisfy all of the given fields; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels, with their values, that the pod must have.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Requirements on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": Route_LabelRequirement,
    },
    "matchFields": {
      "description": "Requirements on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": Route_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace of the pod.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, whose endpoints must include the pod. NAME alone refers to the namespace of this resource.",
      "type": "string",
      "nullable": true,
    },
  },
}
const Route_Endpoint: Schema = {
  "description": "An address, or the pods that match a selector.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "set `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": Route_EndpointSpec,
    "selector": Route_Selector,
    "weight": Route_Weight,
  },
}
const Route_Endpoints: Schema = {
  "description": "The endpoints of the service. Clusters that do not open connections have none.",
  "type": "array",
  "maxItems": 4096,
  "items": Route_Endpoint,
}
const Route_LoadBalancer: Schema = {
  "description": "How the endpoint of a session is chosen. Defaults to Trivial.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "The load balancing policy. Trivial uses the first endpoint. ConsistentHash, with the alias HashRing, uses the same endpoint for the same key, or any endpoint if there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the field of the metadata that is used as the key.",
      "type": "string",
    },
  },
}
const Route_Cluster: Schema = {
  "description": "A service that sessions can be routed to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "spec": Route_ClusterSpec,
    "endpoints": Route_Endpoints,
    "endpointNum": {
      "description": "Accepted, but has no effect.",
      "type": "integer",
    },
    "loadbalancer": Route_LoadBalancer,
    "options": {
      "description": "Accepted, but has no effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const Route_ClusterOrRef: Schema = {
  "description": "A cluster, or a reference to one.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.clusterRef)",
    "message": "set exactly one of `cluster` and `clusterRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "cluster": Route_Cluster,
    "clusterRef": {
      "description": "The Target, VirtualService or Service to pass through.",
      "type": "string",
    },
  },
}
const Route_Chain: Schema = {
  "description": "Clusters that a session passes through, in this order.",
  "type": "array",
  "maxItems": 8,
  "items": Route_ClusterOrRef,
}
const Route_Retry: Schema = {
  "description": "The retry policy for failed connections.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "retry_on": {
      "description": "The failures that are retried.",
      "type": "string",
      "enum": ["never", "connect-failure", "disconnect", "always"],
      "default": "never",
    },
    "num_retries": {
      "description": "The number of retries.",
      "type": "integer",
      "default": 1,
    },
    "timeout": {
      "description": "The connect timeout, and the delay between two attempts, in milliseconds.",
      "type": "integer",
      "default": 2000,
    },
  },
}
const Route_RouteSpec: Schema = {
  "description": "The destination of sessions, and the clusters that they pass through.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.destination) != has(self.destinationRef)",
    "message": "set exactly one of `destination` (a cluster) and `destinationRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, but has no effect.",
      "type": "string",
    },
    "destination": Route_Cluster,
    "destinationRef": {
      "description": "The Target, VirtualService or Service that sessions are routed to, looked up in this order. A reference without a kind never means the VirtualService that contains it.",
      "type": "string",
    },
    "ingress": Route_Chain,
    "egress": Route_Chain,
    "retry": Route_Retry,
  },
}
const Route_Condition: Schema = {
  "description": "An aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "The type of the condition.",
      "type": "string",
    },
    "status": {
      "description": "Whether the condition holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "The reason, as a single word.",
      "type": "string",
    },
    "message": {
      "description": "The reason, in human-readable form.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "The last time that `status` changed.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition describes.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const Route_ProxyCounts: Schema = {
  "description": "The number of proxies that hold the resource.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold the resource.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of proxies that hold the resource, as read back.",
      "type": "integer",
    },
  },
}
const Route_EndpointCounts: Schema = {
  "description": "The endpoints of the resource's destinations.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The total number of endpoints, whether ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both numbers as text, like `2/3`. Followed by `!` if one of several destinations has none; `-` if no destination needs endpoints.",
      "type": "string",
    },
  },
}
const Route_Status: Schema = {
  "description": "The observed state. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status describes.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "The conditions Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": Route_Condition,
    },
    "proxies": Route_ProxyCounts,
    "endpoints": Route_EndpointCounts,
    "children": {
      "description": "Resources that this resource owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The last applied generation of each of them, by `/l7mp.io/v1/KIND/NAMESPACE/NAME`.",
          "type": "object",
          "additionalProperties": {
            "type": "integer",
          },
        },
      },
    },
  },
}
const Route_CRD: CustomResourceDefinition = {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
    "name": "routes.l7mp.io",
  },
  "spec": {
    "group": "l7mp.io",
    "scope": "Namespaced",
    "names": {
      "kind": "Route",
      "listKind": "RouteList",
      "plural": "routes",
      "singular": "route",
      "shortNames": ["rt"],
      "categories": ["l7mp", "all"],
    },
    "versions": [{
      "name": "v1",
      "served": true,
      "storage": true,
      "subresources": {
        "status": {},
      },
      "additionalPrinterColumns": [{
        "name": "Destination",
        "type": "string",
        "jsonPath": ".spec.destinationRef",
        "description": "The referenced destination.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource is valid.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether all referenced objects exist.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds the resource.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "The reason, as a single word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold the resource.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold the resource.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "The number of ready endpoints of the destinations, and their total number.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "Mistakes in the resource, and fields without effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "The referenced objects that do not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies do not hold yet.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "The destinations without endpoints.",
      }, {
        "name": "Age",
        "type": "date",
        "jsonPath": ".metadata.creationTimestamp",
      }],
      "schema": {
        "openAPIV3Schema": {
          "description": "A route that rules can refer to.",
          "type": "object",
          "required": ["spec"],
          "properties": {
            "spec": Route_RouteSpec,
            "status": Route_Status,
          },
        },
      },
    }],
  },
}

/** The CRDs by kind, ready to be sent to an API server. */
export const CRDS = {
  VirtualService: VirtualService_CRD,
  Target: Target_CRD,
  Rule: Rule_CRD,
  Route: Route_CRD,
} as const
