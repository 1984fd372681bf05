{{/* Names and labels of all objects of the release. */}}

{{- define "l7mp-ingress.fullname" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name .Release.Name) -}}
{{- $name = printf "%s-%s" .Release.Name .Chart.Name -}}
{{- end -}}
{{- default $name .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "l7mp-ingress.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "l7mp-ingress.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "l7mp-ingress.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "l7mp-ingress.labels" -}}
{{ include "l7mp-ingress.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: l7mesh
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "l7mp-ingress.image" -}}
{{- with .Values.l7mpProxyImage -}}
{{ .repository }}/{{ .name }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
