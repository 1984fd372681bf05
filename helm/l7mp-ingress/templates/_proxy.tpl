{{/*
The container `l7mp`: the command and the static configuration of the proxy. All access control of its REST port is here.
*/}}

{{/* The port on which the proxy serves its metrics. */}}
{{- define "l7mp-ingress.metricsPort" -}}8080{{- end -}}

{{/*
The static configuration: the REST API and, if enabled, the metrics. The rulelist declares that harden.cjs hardens this
proxy, so that it survives calls that would terminate other proxies; both are in the same ConfigMap.
*/}}
{{- define "l7mp-ingress.config" -}}
{{- $controller := dict "name" "l7mp-controller" "spec" (dict "protocol" "L7mpController") -}}
{{- $listeners := list (dict
  "name" "controller-listener"
  "spec" (dict "protocol" "HTTP" "port" .Values.l7mpProxy.controllerPort)
  "rules" (list (dict "action" (dict "route" (dict "destination" $controller))))
) -}}
{{- if .Values.l7mpProxy.prometheus -}}
{{- $metrics := dict "name" "l7mp-metrics" "spec" (dict "protocol" "Prometheus") -}}
{{- $listeners = append $listeners (dict
  "name" "metrics-listener"
  "spec" (dict "protocol" "HTTP" "port" (include "l7mp-ingress.metricsPort" . | int))
  "rules" (list (dict
    "match" (dict "op" "test" "path" "/HTTP/url/path" "value" "/metrics")
    "action" (dict "route" (dict "destination" $metrics))
  ))
) -}}
{{- end -}}
{{- dict
  "admin" (dict "log_level" .Values.l7mpProxy.logLevel)
  "listeners" $listeners
  "rulelists" (list (dict "name" "/apis/l7mp.io/v1/hardened" "rules" list))
  | toPrettyJson -}}
{{- end -}}

{{- define "l7mp-ingress.proxy" -}}
name: l7mp
image: {{ include "l7mp-ingress.image" . }}
imagePullPolicy: {{ .Values.l7mpProxyImage.pullPolicy }}
command:
  - node
  - --require=/etc/l7mesh/harden.cjs
  - --require=/etc/l7mesh/drain.cjs
  - l7mp-proxy.js
args: [-c, /etc/l7mesh/l7mp.json, -l, {{ .Values.l7mpProxy.logLevel }}]
ports:
  - name: controller
    containerPort: {{ .Values.l7mpProxy.controllerPort }}
  {{- if .Values.l7mpProxy.prometheus }}
  - name: metrics
    containerPort: {{ include "l7mp-ingress.metricsPort" . }}
  {{- end }}
startupProbe:
  {{- include "l7mp-ingress.asks" . | nindent 2 }}
  periodSeconds: 1
  failureThreshold: 60
# The operator does not write to a proxy that is not ready; its sessions continue. A busy proxy can respond slowly.
readinessProbe:
  {{- include "l7mp-ingress.asks" . | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
# A restart ends every session, so a proxy is restarted only after five minutes without a response.
livenessProbe:
  {{- include "l7mp-ingress.asks" . | nindent 2 }}
  periodSeconds: 30
  timeoutSeconds: 15
  failureThreshold: 10
securityContext: {{- include "l7mp-ingress.containerSecurity" . | nindent 2 }}
resources: {{- toYaml .Values.l7mpProxy.resources | nindent 2 }}
volumeMounts:
  - name: start
    mountPath: /etc/l7mesh
    readOnly: true
  {{- with .Values.l7mpProxy.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "l7mp-ingress.asks" -}}
httpGet:
  path: /api/v1/admin
  port: controller
{{- end -}}

{{/* On the host network, ports below 1024 require root with this single capability; no other setting allows them. */}}
{{- define "l7mp-ingress.containerSecurity" -}}
{{- if .Values.l7mpProxy.lowPorts -}}
runAsNonRoot: false
runAsUser: 0
runAsGroup: 0
{{- else -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
{{- end }}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  {{- if .Values.l7mpProxy.lowPorts }}
  add: [NET_BIND_SERVICE]
  {{- end }}
{{- end -}}

{{/* Scheduling of the pods. */}}
{{- define "l7mp-ingress.scheduling" -}}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}
