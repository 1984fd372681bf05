/**
 * The CRDs, as values. Generated from the files in `crds/` by `npm run generate`; changes made here are lost.
 */
import type { CustomResourceDefinition, Schema } from './crd.ts'

const VirtualService_LabelRequirement: Schema = {
  "description": "One condition on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the label. DoesNotexist is DoesNotExist.",
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
  "description": "One condition on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the field relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the field. Gt and Lt compare integers. DoesNotexist is DoesNotExist.",
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
  "description": "Selects pods of all namespaces. Everything that is given must hold; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels that the pod must have, with these values.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Conditions on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": VirtualService_LabelRequirement,
    },
    "matchFields": {
      "description": "Conditions on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": VirtualService_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace that the pod must be in.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, that the pod must be behind. NAME alone is looked up in the namespace of this resource.",
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
  "description": "Address or port, or both. For a listener the peer that may send to it, for a cluster the local end to send from.",
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
      "description": "The address to listen on. 0.0.0.0 if not given.",
      "type": "string",
    },
    "connect": VirtualService_AddressPort,
    "options": {
      "description": "How the socket behaves.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
        "mode": {
          "description": "In server mode each new peer starts a session; in singleton mode there is one session, with the peer in `connect`. Singleton if `connect` has both address and port, else server.",
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
  "description": "Accepted, without effect: every path is served. Rules can match on /HTTP/url/path.",
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
  "description": "What carries the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket)].exists_one(given, given)",
    "message": "give exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": VirtualService_UDPListener,
    "TCP": VirtualService_TCPListener,
    "WebSocket": VirtualService_WebSocketListener,
    "UnixDomainSocket": VirtualService_UnixDomainSocketListener,
  },
}
const VirtualService_JSONSocketParse: Schema = {
  "description": "A field of the header and where to put it.",
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
  "description": "A listener of the JSONSocket protocol. The first message of a session is a JSON header, which is added to the metadata of the session.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["transport"],
  "properties": {
    "transport": VirtualService_ListenerTransport,
    "parse": {
      "description": "Accepted, without effect.",
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
    "message": "give exactly one protocol: UDP, TCP, HTTP, WebSocket, UnixDomainSocket or JSONSocket",
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
  "description": "Accepted, without effect.",
  "type": "string",
}
const VirtualService_Match: Schema = {
  "description": "JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. Without it, or empty, the rule matches every session. Besides the operators of the proxy there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of them. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
}
const VirtualService_Rewrite: Schema = {
  "description": "One change to the metadata.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["path"],
  "x-kubernetes-validations": [{
    "rule": "has(self.value) != has(self.valueStr)",
    "message": "give exactly one of `value` (an object) and `valueStr` (text)",
  }],
  "properties": {
    "path": {
      "description": "JSON pointer to what is set. What is missing on the way is made.",
      "type": "string",
    },
    "value": {
      "description": "The new value, an object.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
    "valueStr": {
      "description": "The new value as text. Text of a JSON object or list becomes that object or list; any other text is unchanged, quotes included.",
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
  "description": "Connects to a Unix domain socket, which each endpoint names.",
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
  "description": "What carries the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "give exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": VirtualService_UDPCluster,
    "TCP": VirtualService_TCPCluster,
    "WebSocket": VirtualService_WebSocketCluster,
    "UnixDomainSocket": VirtualService_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const VirtualService_JSONSocketHeader: Schema = {
  "description": "One entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "give exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the metadata of the session.",
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
      "description": "What the header holds.",
      "type": "array",
      "maxItems": 64,
      "items": VirtualService_JSONSocketHeader,
    },
  },
}
const VirtualService_LoggerCluster: Schema = {
  "description": "Writes what passes through it to a log.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write, on the node of the proxy. `-`, the standard output, if not given; anything else only where the operator allows it.",
      "type": "string",
    },
    "log_prefix": {
      "description": "What each line starts with.",
      "type": "string",
    },
  },
}
const VirtualService_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query gives the same value.",
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
    "message": "give exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": VirtualService_UDPCluster,
    "TCP": VirtualService_TCPCluster,
    "WebSocket": VirtualService_WebSocketCluster,
    "UnixDomainSocket": VirtualService_UnixDomainSocketCluster,
    "JSONSocket": VirtualService_JSONSocketCluster,
    "Echo": {
      "description": "Sends back what it gets.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Drops what it gets.",
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
      "description": "The same as Stdio.",
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
      "description": "Takes each message out of the JSON object around it.",
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
      "description": "The REST API of the proxy itself. Refused unless the operator allows it: it gives control of the proxy to whoever reaches it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const VirtualService_Weight: Schema = {
  "description": "Share of the sessions, relative to the other endpoints. 1 if not given.",
  "type": "integer",
}
const VirtualService_EndpointSpec: Schema = {
  "description": "One address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "give exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
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
  "description": "An address, or the pods that a selector selects.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "give `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": VirtualService_EndpointSpec,
    "selector": VirtualService_Selector,
    "weight": VirtualService_Weight,
  },
}
const VirtualService_Endpoints: Schema = {
  "description": "Where the service is. Clusters that connect to nothing have none.",
  "type": "array",
  "maxItems": 256,
  "items": VirtualService_Endpoint,
}
const VirtualService_LoadBalancer: Schema = {
  "description": "How an endpoint is chosen for a session. Trivial if not given.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "Trivial takes the first endpoint. ConsistentHash, also called HashRing, takes the same endpoint for the same key, or any endpoint where there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the part of the metadata that is the key.",
      "type": "string",
    },
  },
}
const VirtualService_Cluster: Schema = {
  "description": "A service that sessions can be sent to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": VirtualService_ClusterSpec,
    "endpoints": VirtualService_Endpoints,
    "endpointNum": {
      "description": "Accepted, without effect.",
      "type": "integer",
    },
    "loadbalancer": VirtualService_LoadBalancer,
    "options": {
      "description": "Accepted, without effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const VirtualService_ClusterOrRef: Schema = {
  "description": "A cluster or a reference to one.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.clusterRef)",
    "message": "give exactly one of `cluster` and `clusterRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "cluster": VirtualService_Cluster,
    "clusterRef": {
      "description": "The Target, VirtualService or Service.",
      "type": "string",
    },
  },
}
const VirtualService_Chain: Schema = {
  "description": "Clusters that a session passes on its way, in this order.",
  "type": "array",
  "maxItems": 8,
  "items": VirtualService_ClusterOrRef,
}
const VirtualService_Retry: Schema = {
  "description": "What happens when a connection fails.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "retry_on": {
      "description": "Which failures are retried.",
      "type": "string",
      "enum": ["never", "connect-failure", "disconnect", "always"],
      "default": "never",
    },
    "num_retries": {
      "description": "How often is retried.",
      "type": "integer",
      "default": 1,
    },
    "timeout": {
      "description": "How long a connection may take to be made, and how long is waited between two attempts, in milliseconds.",
      "type": "integer",
      "default": 2000,
    },
  },
}
const VirtualService_RouteSpec: Schema = {
  "description": "Where sessions go, and through what.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.destination) != has(self.destinationRef)",
    "message": "give exactly one of `destination` (a cluster) and `destinationRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "destination": VirtualService_Cluster,
    "destinationRef": {
      "description": "The Target, VirtualService or Service that sessions go to, looked up in this order. Without a kind it never means the VirtualService that contains it.",
      "type": "string",
    },
    "ingress": VirtualService_Chain,
    "egress": VirtualService_Chain,
    "retry": VirtualService_Retry,
  },
}
const VirtualService_Action: Schema = {
  "description": "What happens to a session that matches. Without a route, and nothing to apply, it ends.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "!(has(self.route) && has(self.routeRef))",
    "message": "give the route here in `route`, or name a Route in `routeRef`, but not both",
  }],
  "properties": {
    "rewrite": {
      "description": "Changes to the metadata of the session, made in this order before it is routed.",
      "type": "array",
      "maxItems": 256,
      "items": VirtualService_Rewrite,
    },
    "route": VirtualService_RouteSpec,
    "routeRef": {
      "description": "The Route that the session takes.",
      "type": "string",
    },
    "apply": {
      "description": "The rulelist that goes on with the session.",
      "type": "string",
    },
  },
}
const VirtualService_InlineRule: Schema = {
  "description": "A rule.",
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
  "description": "A rule as it stands, or as {rule: …}, or a reference to one.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.action), has(self.rule), has(self.ruleRef)].exists_one(given, given)",
    "message": "give exactly one of `action` (with or without `match`), `rule` and `ruleRef`",
  }, {
    "rule": "has(self.action) || !has(self.match)",
    "message": "`match` stands beside `action`: put both into `rule`, or leave `match` out",
  }],
  "properties": {
    "name": VirtualService_RuleName,
    "match": VirtualService_Match,
    "action": VirtualService_Action,
    "rule": VirtualService_InlineRule,
    "ruleRef": {
      "description": "A Rule.",
      "type": "string",
    },
  },
}
const VirtualService_Listener: Schema = {
  "description": "What the selected proxies listen on, and the rules for the sessions that arrive there.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "x-kubernetes-validations": [{
    "rule": "!(has(self.rules) && has(self.rulesRef))",
    "message": "give the rules here in `rules`, or name a rulelist in `rulesRef`, but not both",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": VirtualService_ListenerSpec,
    "rules": {
      "description": "Tried in this order; the first rule that matches acts. With neither `rules` nor `rulesRef` no listener is made, and the VirtualService only gives Targets a protocol, a port and pods.",
      "type": "array",
      "maxItems": 1024,
      "items": VirtualService_RuleItem,
    },
    "rulesRef": {
      "description": "A rulelist.",
      "type": "string",
    },
    "options": {
      "description": "How sessions are kept.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
        "track": {
          "description": "For how many seconds a session can still be seen after its end.",
          "type": "integer",
        },
      },
    },
  },
}
const VirtualService_VirtualServiceSpec: Schema = {
  "description": "What is wanted.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["selector", "listener"],
  "properties": {
    "selector": VirtualService_Selector,
    "listener": VirtualService_Listener,
    "options": {
      "description": "What happens to the sessions.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
        "removeOrphanSessions": {
          "description": "Whether the sessions end when the VirtualService goes.",
          "type": "boolean",
          "default": false,
        },
      },
    },
    "updateOwners": {
      "description": "Whether each owner of this resource is told when it is applied, in `status.children.applied[\"/l7mp.io/v1/KIND/NAMESPACE/NAME\"]`.",
      "type": "boolean",
      "default": false,
    },
  },
}
const VirtualService_Condition: Schema = {
  "description": "One aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "Which aspect.",
      "type": "string",
    },
    "status": {
      "description": "Whether it holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "Why, in one word.",
      "type": "string",
    },
    "message": {
      "description": "Why, for people.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "Since when `status` has been what it is.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition is about.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const VirtualService_ProxyCounts: Schema = {
  "description": "On how many proxies it is.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold it.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of them that do, as read back.",
      "type": "integer",
    },
  },
}
const VirtualService_EndpointCounts: Schema = {
  "description": "The endpoints of the destinations that its sessions go to.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The number of endpoints, ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both as text, like `2/3`; with `!` where one of several destinations has none; `-` where no destination needs endpoints.",
      "type": "string",
    },
  },
}
const VirtualService_Status: Schema = {
  "description": "What has become of it. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status is about.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": VirtualService_Condition,
    },
    "proxies": VirtualService_ProxyCounts,
    "endpoints": VirtualService_EndpointCounts,
    "children": {
      "description": "Resources that this one owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The generation in which each of them, `/l7mp.io/v1/KIND/NAMESPACE/NAME`, was last applied.",
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
        "description": "What the proxies listen on.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource makes sense.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether everything that it refers to exists.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds it.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "Why, in one word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold it.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold it.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "How many endpoints of its destinations are ready, and how many there are.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "What is wrong with it, or has no effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "What it refers to and does not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies still lack.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "Which of its destinations have no endpoint.",
      }, {
        "name": "Age",
        "type": "date",
        "jsonPath": ".metadata.creationTimestamp",
      }],
      "schema": {
        "openAPIV3Schema": {
          "description": "A listener on a set of proxies, and the rules that say where its sessions go.",
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
  "description": "One condition on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the label. DoesNotexist is DoesNotExist.",
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
  "description": "One condition on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the field relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the field. Gt and Lt compare integers. DoesNotexist is DoesNotExist.",
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
  "description": "Selects pods of all namespaces. Everything that is given must hold; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels that the pod must have, with these values.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Conditions on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": Target_LabelRequirement,
    },
    "matchFields": {
      "description": "Conditions on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": Target_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace that the pod must be in.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, that the pod must be behind. NAME alone is looked up in the namespace of this resource.",
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
  "description": "Address or port, or both. For a listener the peer that may send to it, for a cluster the local end to send from.",
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
  "description": "Connects to a Unix domain socket, which each endpoint names.",
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
  "description": "What carries the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "give exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": Target_UDPCluster,
    "TCP": Target_TCPCluster,
    "WebSocket": Target_WebSocketCluster,
    "UnixDomainSocket": Target_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Target_JSONSocketHeader: Schema = {
  "description": "One entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "give exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the metadata of the session.",
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
      "description": "What the header holds.",
      "type": "array",
      "maxItems": 64,
      "items": Target_JSONSocketHeader,
    },
  },
}
const Target_LoggerCluster: Schema = {
  "description": "Writes what passes through it to a log.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write, on the node of the proxy. `-`, the standard output, if not given; anything else only where the operator allows it.",
      "type": "string",
    },
    "log_prefix": {
      "description": "What each line starts with.",
      "type": "string",
    },
  },
}
const Target_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query gives the same value.",
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
    "message": "give exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": Target_UDPCluster,
    "TCP": Target_TCPCluster,
    "WebSocket": Target_WebSocketCluster,
    "UnixDomainSocket": Target_UnixDomainSocketCluster,
    "JSONSocket": Target_JSONSocketCluster,
    "Echo": {
      "description": "Sends back what it gets.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Drops what it gets.",
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
      "description": "The same as Stdio.",
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
      "description": "Takes each message out of the JSON object around it.",
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
      "description": "The REST API of the proxy itself. Refused unless the operator allows it: it gives control of the proxy to whoever reaches it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Target_Weight: Schema = {
  "description": "Share of the sessions, relative to the other endpoints. 1 if not given.",
  "type": "integer",
}
const Target_EndpointSpec: Schema = {
  "description": "One address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "give exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
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
  "description": "An address, or the pods that a selector selects.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "give `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": Target_EndpointSpec,
    "selector": Target_Selector,
    "weight": Target_Weight,
  },
}
const Target_Endpoints: Schema = {
  "description": "Where the service is. Clusters that connect to nothing have none.",
  "type": "array",
  "maxItems": 4096,
  "items": Target_Endpoint,
}
const Target_LoadBalancer: Schema = {
  "description": "How an endpoint is chosen for a session. Trivial if not given.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "Trivial takes the first endpoint. ConsistentHash, also called HashRing, takes the same endpoint for the same key, or any endpoint where there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the part of the metadata that is the key.",
      "type": "string",
    },
  },
}
const Target_Cluster: Schema = {
  "description": "A service that sessions can be sent to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": Target_ClusterSpec,
    "endpoints": Target_Endpoints,
    "endpointNum": {
      "description": "Accepted, without effect.",
      "type": "integer",
    },
    "loadbalancer": Target_LoadBalancer,
    "options": {
      "description": "Accepted, without effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const Target_TargetSpec: Schema = {
  "description": "What is wanted.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.linkedVirtualService)",
    "message": "give exactly one of `cluster` and `linkedVirtualService` (the name of a VirtualService)",
  }],
  "properties": {
    "selector": Target_Selector,
    "cluster": Target_Cluster,
    "linkedVirtualService": {
      "description": "The VirtualService whose protocol, port and pods make up the cluster.",
      "type": "string",
    },
  },
}
const Target_Condition: Schema = {
  "description": "One aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "Which aspect.",
      "type": "string",
    },
    "status": {
      "description": "Whether it holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "Why, in one word.",
      "type": "string",
    },
    "message": {
      "description": "Why, for people.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "Since when `status` has been what it is.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition is about.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const Target_ProxyCounts: Schema = {
  "description": "On how many proxies it is.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold it.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of them that do, as read back.",
      "type": "integer",
    },
  },
}
const Target_EndpointCounts: Schema = {
  "description": "The endpoints of the destinations that its sessions go to.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The number of endpoints, ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both as text, like `2/3`; with `!` where one of several destinations has none; `-` where no destination needs endpoints.",
      "type": "string",
    },
  },
}
const Target_Status: Schema = {
  "description": "What has become of it. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status is about.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": Target_Condition,
    },
    "proxies": Target_ProxyCounts,
    "endpoints": Target_EndpointCounts,
    "children": {
      "description": "Resources that this one owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The generation in which each of them, `/l7mp.io/v1/KIND/NAMESPACE/NAME`, was last applied.",
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
        "description": "How its endpoints are reached.",
      }, {
        "name": "Linked",
        "type": "string",
        "jsonPath": ".spec.linkedVirtualService",
        "description": "The VirtualService that it leads to.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource makes sense.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether everything that it refers to exists.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds it.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "Why, in one word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold it.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold it.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "How many endpoints of its destinations are ready, and how many there are.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "What is wrong with it, or has no effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "What it refers to and does not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies still lack.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "Which of its destinations have no endpoint.",
      }, {
        "name": "Age",
        "type": "date",
        "jsonPath": ".metadata.creationTimestamp",
      }],
      "schema": {
        "openAPIV3Schema": {
          "description": "A service that sessions can be sent to or through.",
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
  "description": "One condition on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the label. DoesNotexist is DoesNotExist.",
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
  "description": "One condition on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the field relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the field. Gt and Lt compare integers. DoesNotexist is DoesNotExist.",
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
  "description": "Selects pods of all namespaces. Everything that is given must hold; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels that the pod must have, with these values.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Conditions on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": Rule_LabelRequirement,
    },
    "matchFields": {
      "description": "Conditions on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": Rule_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace that the pod must be in.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, that the pod must be behind. NAME alone is looked up in the namespace of this resource.",
      "type": "string",
      "nullable": true,
    },
  },
}
const Rule_RuleName: Schema = {
  "description": "Accepted, without effect.",
  "type": "string",
}
const Rule_Match: Schema = {
  "description": "JSON predicate on the metadata of the session, like {op: test, path: /HTTP/method, value: GET}. Without it, or empty, the rule matches every session. Besides the operators of the proxy there is `cidr`, whose value is an IPv4 range like 10.0.0.0/8 or a list of them. An address at /IP/src_addr or /IP/dst_addr matches over every protocol, with or without the prefix `::ffff:`.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
}
const Rule_Rewrite: Schema = {
  "description": "One change to the metadata.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["path"],
  "x-kubernetes-validations": [{
    "rule": "has(self.value) != has(self.valueStr)",
    "message": "give exactly one of `value` (an object) and `valueStr` (text)",
  }],
  "properties": {
    "path": {
      "description": "JSON pointer to what is set. What is missing on the way is made.",
      "type": "string",
    },
    "value": {
      "description": "The new value, an object.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
    "valueStr": {
      "description": "The new value as text. Text of a JSON object or list becomes that object or list; any other text is unchanged, quotes included.",
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
  "description": "Address or port, or both. For a listener the peer that may send to it, for a cluster the local end to send from.",
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
  "description": "Connects to a Unix domain socket, which each endpoint names.",
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
  "description": "What carries the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "give exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": Rule_UDPCluster,
    "TCP": Rule_TCPCluster,
    "WebSocket": Rule_WebSocketCluster,
    "UnixDomainSocket": Rule_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Rule_JSONSocketHeader: Schema = {
  "description": "One entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "give exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the metadata of the session.",
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
      "description": "What the header holds.",
      "type": "array",
      "maxItems": 64,
      "items": Rule_JSONSocketHeader,
    },
  },
}
const Rule_LoggerCluster: Schema = {
  "description": "Writes what passes through it to a log.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write, on the node of the proxy. `-`, the standard output, if not given; anything else only where the operator allows it.",
      "type": "string",
    },
    "log_prefix": {
      "description": "What each line starts with.",
      "type": "string",
    },
  },
}
const Rule_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query gives the same value.",
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
    "message": "give exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": Rule_UDPCluster,
    "TCP": Rule_TCPCluster,
    "WebSocket": Rule_WebSocketCluster,
    "UnixDomainSocket": Rule_UnixDomainSocketCluster,
    "JSONSocket": Rule_JSONSocketCluster,
    "Echo": {
      "description": "Sends back what it gets.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Drops what it gets.",
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
      "description": "The same as Stdio.",
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
      "description": "Takes each message out of the JSON object around it.",
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
      "description": "The REST API of the proxy itself. Refused unless the operator allows it: it gives control of the proxy to whoever reaches it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Rule_Weight: Schema = {
  "description": "Share of the sessions, relative to the other endpoints. 1 if not given.",
  "type": "integer",
}
const Rule_EndpointSpec: Schema = {
  "description": "One address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "give exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
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
  "description": "An address, or the pods that a selector selects.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "give `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": Rule_EndpointSpec,
    "selector": Rule_Selector,
    "weight": Rule_Weight,
  },
}
const Rule_Endpoints: Schema = {
  "description": "Where the service is. Clusters that connect to nothing have none.",
  "type": "array",
  "maxItems": 4096,
  "items": Rule_Endpoint,
}
const Rule_LoadBalancer: Schema = {
  "description": "How an endpoint is chosen for a session. Trivial if not given.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "Trivial takes the first endpoint. ConsistentHash, also called HashRing, takes the same endpoint for the same key, or any endpoint where there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the part of the metadata that is the key.",
      "type": "string",
    },
  },
}
const Rule_Cluster: Schema = {
  "description": "A service that sessions can be sent to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": Rule_ClusterSpec,
    "endpoints": Rule_Endpoints,
    "endpointNum": {
      "description": "Accepted, without effect.",
      "type": "integer",
    },
    "loadbalancer": Rule_LoadBalancer,
    "options": {
      "description": "Accepted, without effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const Rule_ClusterOrRef: Schema = {
  "description": "A cluster or a reference to one.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.clusterRef)",
    "message": "give exactly one of `cluster` and `clusterRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "cluster": Rule_Cluster,
    "clusterRef": {
      "description": "The Target, VirtualService or Service.",
      "type": "string",
    },
  },
}
const Rule_Chain: Schema = {
  "description": "Clusters that a session passes on its way, in this order.",
  "type": "array",
  "maxItems": 8,
  "items": Rule_ClusterOrRef,
}
const Rule_Retry: Schema = {
  "description": "What happens when a connection fails.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "retry_on": {
      "description": "Which failures are retried.",
      "type": "string",
      "enum": ["never", "connect-failure", "disconnect", "always"],
      "default": "never",
    },
    "num_retries": {
      "description": "How often is retried.",
      "type": "integer",
      "default": 1,
    },
    "timeout": {
      "description": "How long a connection may take to be made, and how long is waited between two attempts, in milliseconds.",
      "type": "integer",
      "default": 2000,
    },
  },
}
const Rule_RouteSpec: Schema = {
  "description": "Where sessions go, and through what.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.destination) != has(self.destinationRef)",
    "message": "give exactly one of `destination` (a cluster) and `destinationRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "destination": Rule_Cluster,
    "destinationRef": {
      "description": "The Target, VirtualService or Service that sessions go to, looked up in this order. Without a kind it never means the VirtualService that contains it.",
      "type": "string",
    },
    "ingress": Rule_Chain,
    "egress": Rule_Chain,
    "retry": Rule_Retry,
  },
}
const Rule_Action: Schema = {
  "description": "What happens to a session that matches. Without a route, and nothing to apply, it ends.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "!(has(self.route) && has(self.routeRef))",
    "message": "give the route here in `route`, or name a Route in `routeRef`, but not both",
  }],
  "properties": {
    "rewrite": {
      "description": "Changes to the metadata of the session, made in this order before it is routed.",
      "type": "array",
      "maxItems": 256,
      "items": Rule_Rewrite,
    },
    "route": Rule_RouteSpec,
    "routeRef": {
      "description": "The Route that the session takes.",
      "type": "string",
    },
    "apply": {
      "description": "The rulelist that goes on with the session.",
      "type": "string",
    },
  },
}
const Rule_InlineRule: Schema = {
  "description": "A rule.",
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
  "description": "What is wanted.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["selector", "rulelist", "rule"],
  "properties": {
    "selector": Rule_Selector,
    "rulelist": {
      "description": "The VirtualService into whose rules it is inserted. Where no VirtualService has that name, all Rules of the namespace with the same `rulelist` make up a rulelist.",
      "type": "string",
    },
    "position": {
      "description": "Where it is inserted: 0 is first; not given, or past the end, is last. Rules with the same position are in the order of their creation.",
      "type": "integer",
    },
    "rule": Rule_InlineRule,
    "updateOwners": {
      "description": "Whether each owner of this resource is told when it is applied, in `status.children.applied[\"/l7mp.io/v1/KIND/NAMESPACE/NAME\"]`.",
      "type": "boolean",
      "default": false,
    },
  },
}
const Rule_Condition: Schema = {
  "description": "One aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "Which aspect.",
      "type": "string",
    },
    "status": {
      "description": "Whether it holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "Why, in one word.",
      "type": "string",
    },
    "message": {
      "description": "Why, for people.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "Since when `status` has been what it is.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition is about.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const Rule_ProxyCounts: Schema = {
  "description": "On how many proxies it is.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold it.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of them that do, as read back.",
      "type": "integer",
    },
  },
}
const Rule_EndpointCounts: Schema = {
  "description": "The endpoints of the destinations that its sessions go to.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The number of endpoints, ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both as text, like `2/3`; with `!` where one of several destinations has none; `-` where no destination needs endpoints.",
      "type": "string",
    },
  },
}
const Rule_Status: Schema = {
  "description": "What has become of it. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status is about.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": Rule_Condition,
    },
    "proxies": Rule_ProxyCounts,
    "endpoints": Rule_EndpointCounts,
    "children": {
      "description": "Resources that this one owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The generation in which each of them, `/l7mp.io/v1/KIND/NAMESPACE/NAME`, was last applied.",
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
        "description": "The rulelist that it is in.",
      }, {
        "name": "Position",
        "type": "integer",
        "jsonPath": ".spec.position",
        "description": "Where in the rulelist it is.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource makes sense.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether everything that it refers to exists.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds it.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "Why, in one word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold it.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold it.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "How many endpoints of its destinations are ready, and how many there are.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "What is wrong with it, or has no effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "What it refers to and does not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies still lack.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "Which of its destinations have no endpoint.",
      }, {
        "name": "Age",
        "type": "date",
        "jsonPath": ".metadata.creationTimestamp",
      }],
      "schema": {
        "openAPIV3Schema": {
          "description": "A rule that is put into the rules of a VirtualService or into a rulelist of its own.",
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
  "description": "Address or port, or both. For a listener the peer that may send to it, for a cluster the local end to send from.",
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
  "description": "Connects to a Unix domain socket, which each endpoint names.",
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
  "description": "What carries the JSONSocket protocol.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "[has(self.UDP), has(self.TCP), has(self.WebSocket), has(self.UnixDomainSocket), has(self.Stdio), has(self.Echo), has(self.Discard)].exists_one(given, given)",
    "message": "give exactly one transport: UDP, TCP, WebSocket or UnixDomainSocket",
  }],
  "properties": {
    "UDP": Route_UDPCluster,
    "TCP": Route_TCPCluster,
    "WebSocket": Route_WebSocketCluster,
    "UnixDomainSocket": Route_UnixDomainSocketCluster,
    "Stdio": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Echo": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Accepted, but no proxy can do it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Route_JSONSocketHeader: Schema = {
  "description": "One entry of the header.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.path) != has(self.set)",
    "message": "give exactly one of `path` (copy from the metadata) and `set` (a fixed value)",
  }],
  "properties": {
    "path": {
      "description": "Copies a part of the metadata of the session.",
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
      "description": "What the header holds.",
      "type": "array",
      "maxItems": 64,
      "items": Route_JSONSocketHeader,
    },
  },
}
const Route_LoggerCluster: Schema = {
  "description": "Writes what passes through it to a log.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "log_file": {
      "description": "The file to write, on the node of the proxy. `-`, the standard output, if not given; anything else only where the operator allows it.",
      "type": "string",
    },
    "log_prefix": {
      "description": "What each line starts with.",
      "type": "string",
    },
  },
}
const Route_SyncCluster: Schema = {
  "description": "Joins all sessions for which the query gives the same value.",
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
    "message": "give exactly one protocol: UDP, TCP, WebSocket, UnixDomainSocket, JSONSocket, Echo, Discard, Stdio, Logger, JSONEncap, JSONDecap, Sync, Metric, Prometheus or L7mpController",
  }],
  "properties": {
    "UDP": Route_UDPCluster,
    "TCP": Route_TCPCluster,
    "WebSocket": Route_WebSocketCluster,
    "UnixDomainSocket": Route_UnixDomainSocketCluster,
    "JSONSocket": Route_JSONSocketCluster,
    "Echo": {
      "description": "Sends back what it gets.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
    "Discard": {
      "description": "Drops what it gets.",
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
      "description": "The same as Stdio.",
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
      "description": "Takes each message out of the JSON object around it.",
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
      "description": "The REST API of the proxy itself. Refused unless the operator allows it: it gives control of the proxy to whoever reaches it.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
      "properties": {},
    },
  },
}
const Route_Weight: Schema = {
  "description": "Share of the sessions, relative to the other endpoints. 1 if not given.",
  "type": "integer",
}
const Route_EndpointSpec: Schema = {
  "description": "One address.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.address) != has(self.filename)",
    "message": "give exactly one of `address` (IP address or domain name) and `filename` (of a Unix domain socket)",
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
  "description": "One condition on a label.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "The key of the label.",
      "type": "string",
    },
    "operator": {
      "description": "How the value of the label relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the label. DoesNotexist is DoesNotExist.",
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
  "description": "One condition on a field.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["key", "operator"],
  "properties": {
    "key": {
      "description": "Dotted path into the Pod, like `spec.nodeName` or `status.phase`.",
      "type": "string",
    },
    "operator": {
      "description": "How the field relates to `values`. NotIn and DoesNotExist also hold for a pod that does not have the field. Gt and Lt compare integers. DoesNotexist is DoesNotExist.",
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
  "description": "Selects pods of all namespaces. Everything that is given must hold; an empty selector matches every pod.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "matchLabels": {
      "description": "Labels that the pod must have, with these values.",
      "type": "object",
      "nullable": true,
      "additionalProperties": {
        "type": "string",
        "nullable": true,
      },
    },
    "matchExpressions": {
      "description": "Conditions on the labels of the pod.",
      "type": "array",
      "nullable": true,
      "items": Route_LabelRequirement,
    },
    "matchFields": {
      "description": "Conditions on fields of the pod.",
      "type": "array",
      "nullable": true,
      "items": Route_FieldRequirement,
    },
    "matchNamespace": {
      "description": "The namespace that the pod must be in.",
      "type": "string",
      "nullable": true,
    },
    "matchService": {
      "description": "A Service, as NAME or NAMESPACE/NAME, that the pod must be behind. NAME alone is looked up in the namespace of this resource.",
      "type": "string",
      "nullable": true,
    },
  },
}
const Route_Endpoint: Schema = {
  "description": "An address, or the pods that a selector selects.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.spec) || has(self.selector)",
    "message": "give `spec` (an address) or `selector` (of pods)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": Route_EndpointSpec,
    "selector": Route_Selector,
    "weight": Route_Weight,
  },
}
const Route_Endpoints: Schema = {
  "description": "Where the service is. Clusters that connect to nothing have none.",
  "type": "array",
  "maxItems": 4096,
  "items": Route_Endpoint,
}
const Route_LoadBalancer: Schema = {
  "description": "How an endpoint is chosen for a session. Trivial if not given.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["policy"],
  "properties": {
    "policy": {
      "description": "Trivial takes the first endpoint. ConsistentHash, also called HashRing, takes the same endpoint for the same key, or any endpoint where there is no key.",
      "type": "string",
      "enum": ["Trivial", "ConsistentHash", "HashRing"],
    },
    "key": {
      "description": "JSON pointer to the part of the metadata that is the key.",
      "type": "string",
    },
  },
}
const Route_Cluster: Schema = {
  "description": "A service that sessions can be sent to or through, and its endpoints.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "required": ["spec"],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "spec": Route_ClusterSpec,
    "endpoints": Route_Endpoints,
    "endpointNum": {
      "description": "Accepted, without effect.",
      "type": "integer",
    },
    "loadbalancer": Route_LoadBalancer,
    "options": {
      "description": "Accepted, without effect.",
      "type": "object",
      "x-kubernetes-preserve-unknown-fields": true,
    },
  },
}
const Route_ClusterOrRef: Schema = {
  "description": "A cluster or a reference to one.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.cluster) != has(self.clusterRef)",
    "message": "give exactly one of `cluster` and `clusterRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "cluster": Route_Cluster,
    "clusterRef": {
      "description": "The Target, VirtualService or Service.",
      "type": "string",
    },
  },
}
const Route_Chain: Schema = {
  "description": "Clusters that a session passes on its way, in this order.",
  "type": "array",
  "maxItems": 8,
  "items": Route_ClusterOrRef,
}
const Route_Retry: Schema = {
  "description": "What happens when a connection fails.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "retry_on": {
      "description": "Which failures are retried.",
      "type": "string",
      "enum": ["never", "connect-failure", "disconnect", "always"],
      "default": "never",
    },
    "num_retries": {
      "description": "How often is retried.",
      "type": "integer",
      "default": 1,
    },
    "timeout": {
      "description": "How long a connection may take to be made, and how long is waited between two attempts, in milliseconds.",
      "type": "integer",
      "default": 2000,
    },
  },
}
const Route_RouteSpec: Schema = {
  "description": "Where sessions go, and through what.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "x-kubernetes-validations": [{
    "rule": "has(self.destination) != has(self.destinationRef)",
    "message": "give exactly one of `destination` (a cluster) and `destinationRef` (the name of a Target, VirtualService or Service)",
  }],
  "properties": {
    "name": {
      "description": "Accepted, without effect.",
      "type": "string",
    },
    "destination": Route_Cluster,
    "destinationRef": {
      "description": "The Target, VirtualService or Service that sessions go to, looked up in this order. Without a kind it never means the VirtualService that contains it.",
      "type": "string",
    },
    "ingress": Route_Chain,
    "egress": Route_Chain,
    "retry": Route_Retry,
  },
}
const Route_Condition: Schema = {
  "description": "One aspect of the state.",
  "type": "object",
  "required": ["type", "status", "lastTransitionTime", "reason", "message"],
  "properties": {
    "type": {
      "description": "Which aspect.",
      "type": "string",
    },
    "status": {
      "description": "Whether it holds.",
      "type": "string",
      "enum": ["True", "False", "Unknown"],
    },
    "reason": {
      "description": "Why, in one word.",
      "type": "string",
    },
    "message": {
      "description": "Why, for people.",
      "type": "string",
    },
    "lastTransitionTime": {
      "description": "Since when `status` has been what it is.",
      "type": "string",
      "format": "date-time",
    },
    "observedGeneration": {
      "description": "The generation that this condition is about.",
      "type": "integer",
      "format": "int64",
    },
  },
}
const Route_ProxyCounts: Schema = {
  "description": "On how many proxies it is.",
  "type": "object",
  "required": ["selected", "programmed"],
  "properties": {
    "selected": {
      "description": "The number of proxies that should hold it.",
      "type": "integer",
    },
    "programmed": {
      "description": "The number of them that do, as read back.",
      "type": "integer",
    },
  },
}
const Route_EndpointCounts: Schema = {
  "description": "The endpoints of the destinations that its sessions go to.",
  "type": "object",
  "required": ["ready", "total"],
  "properties": {
    "ready": {
      "description": "The number of endpoints that sessions are sent to.",
      "type": "integer",
    },
    "total": {
      "description": "The number of endpoints, ready or not.",
      "type": "integer",
    },
    "summary": {
      "description": "Both as text, like `2/3`; with `!` where one of several destinations has none; `-` where no destination needs endpoints.",
      "type": "string",
    },
  },
}
const Route_Status: Schema = {
  "description": "What has become of it. Written by the operator.",
  "type": "object",
  "x-kubernetes-preserve-unknown-fields": true,
  "properties": {
    "observedGeneration": {
      "description": "The generation that this status is about.",
      "type": "integer",
      "format": "int64",
    },
    "conditions": {
      "description": "Accepted, ResolvedRefs, Programmed and EndpointsReady.",
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      "items": Route_Condition,
    },
    "proxies": Route_ProxyCounts,
    "endpoints": Route_EndpointCounts,
    "children": {
      "description": "Resources that this one owns.",
      "type": "object",
      "properties": {
        "applied": {
          "description": "The generation in which each of them, `/l7mp.io/v1/KIND/NAMESPACE/NAME`, was last applied.",
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
        "description": "The reference that it leads to.",
      }, {
        "name": "Accepted",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].status",
        "description": "Whether the resource makes sense.",
      }, {
        "name": "Resolved",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].status",
        "description": "Whether everything that it refers to exists.",
      }, {
        "name": "Programmed",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].status",
        "description": "Whether every selected proxy holds it.",
      }, {
        "name": "Reason",
        "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].reason",
        "description": "Why, in one word.",
      }, {
        "name": "Proxies",
        "type": "integer",
        "jsonPath": ".status.proxies.programmed",
        "description": "The number of proxies that hold it.",
      }, {
        "name": "Of",
        "type": "integer",
        "jsonPath": ".status.proxies.selected",
        "description": "The number of proxies that should hold it.",
      }, {
        "name": "Endpoints",
        "type": "string",
        "jsonPath": ".status.endpoints.summary",
        "description": "How many endpoints of its destinations are ready, and how many there are.",
      }, {
        "name": "Notes",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Accepted\")].message",
        "description": "What is wrong with it, or has no effect.",
      }, {
        "name": "References",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"ResolvedRefs\")].message",
        "description": "What it refers to and does not exist.",
      }, {
        "name": "Message",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"Programmed\")].message",
        "description": "What the proxies still lack.",
      }, {
        "name": "Destinations",
        "type": "string",
        "priority": 1,
        "jsonPath": ".status.conditions[?(@.type==\"EndpointsReady\")].message",
        "description": "Which of its destinations have no endpoint.",
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

/** The definitions, by kind, ready to be sent to an API server. */
export const CRDS = {
  VirtualService: VirtualService_CRD,
  Target: Target_CRD,
  Rule: Rule_CRD,
  Route: Route_CRD,
} as const
