{{/* The names and labels of all objects. */}}
{{- define "k8slog.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "k8slog.labels" -}}
{{ include "k8slog.selector" . }}
{{ include "k8slog.versions" . }}
{{- end }}

{{- define "k8slog.directLabels" -}}
{{ include "k8slog.directSelector" . }}
{{ include "k8slog.versions" . }}
{{- end }}

{{- define "k8slog.versions" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "k8slog.selector" -}}
app.kubernetes.io/name: k8slog
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: agent
{{- end }}

{{- define "k8slog.directSelector" -}}
app.kubernetes.io/name: k8slog
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: direct
{{- end }}

{{- define "k8slog.serviceAccount" -}}
{{- with .Values.serviceAccount -}}
{{ .name | default (ternary (include "k8slog.name" $) "default" .create) }}
{{- end }}
{{- end }}

{{- define "k8slog.priorityClass" -}}
{{- with .Values.priorityClass -}}
{{ .name | default (ternary (printf "%s-%s" $.Release.Namespace (include "k8slog.name" $)) "" .create) }}
{{- end }}
{{- end }}

{{- define "k8slog.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ $tag }}
{{- end }}
{{- end }}
