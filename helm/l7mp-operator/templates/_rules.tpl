{{/* RBAC rules from files/rbac.yaml: `include "l7mp-operator.rules" (dict "part" PART "chart" $)`. */}}

{{- define "l7mp-operator.rules" -}}
{{- $rules := list -}}
{{- range get (.chart.Files.Get "files/rbac.yaml" | fromYaml) .part -}}
{{- $rule := omit . "why" -}}
{{- if has "lease" (default list .resourceNames) -}}
{{- $_ := set $rule "resourceNames" (list (include "l7mp-operator.fullname" $.chart)) -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- if eq .part "mesh" -}}
{{- range .chart.Values.rbac.owners -}}
{{- $rules = append $rules (dict "apiGroups" (list .apiGroup) "resources" (list .resource) "verbs" (list "patch")) -}}
{{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}
