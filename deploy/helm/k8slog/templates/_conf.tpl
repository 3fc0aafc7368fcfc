{{/* The configuration of the node agent: conf/fluent-bit.yaml and the file of the
backend in conf/backends, with the values of the chart. */}}
{{- define "k8slog.conf" -}}
{{- $v := .Values -}}
{{- $conf := include "k8slog.file" (list . "fluent-bit.yaml") | fromJson -}}
{{- $output := index (include "k8slog.file" (list . (printf "backends/%s.yaml" $v.backend)) | fromJson).pipeline.outputs 0 -}}

{{- $service := $conf.service -}}
{{- include "k8slog.set" (list $service (dict "http_server" true "http_listen" "0.0.0.0" "http_port" $v.metrics.fluentBitPort)) -}}
{{- include "k8slog.set" (list $service $v.service) -}}

{{- $exclude := list "/var/log/containers/${POD_NAME}_${POD_NAMESPACE}_*.log" -}}
{{- range $v.logs.containers.excludeNamespaces }}{{ $exclude = append $exclude (printf "/var/log/containers/*_%s_*.log" .) }}{{ end -}}
{{- $exclude = join "," (concat $exclude $v.logs.containers.exclude) -}}

{{- $inputs := list -}}
{{- range $conf.pipeline.inputs -}}
{{- if eq .tag "containers" -}}
{{- $_ := set . "exclude_path" $exclude -}}
{{- $inputs = append $inputs . -}}
{{- else if and (eq .tag "node") $v.logs.node.enabled -}}
{{- if $v.logs.node.paths }}{{ $_ := set . "path" (join "," $v.logs.node.paths) }}{{ end -}}
{{- $inputs = append $inputs . -}}
{{- else if and (eq .tag "journald") $v.logs.journal.enabled -}}
{{- if $v.logs.journal.path }}{{ $_ := set . "path" $v.logs.journal.path }}{{ end -}}
{{- $units := list -}}
{{- range $v.logs.journal.units }}{{ $units = append $units (printf "_SYSTEMD_UNIT=%s" .) }}{{ end -}}
{{- if $units }}{{ $_ := set . "systemd_filter" $units }}{{ end -}}
{{- $inputs = append $inputs . -}}
{{- end -}}
{{- end -}}

{{- include "k8slog.set" (list $output (include "k8slog.options" . | fromJson)) -}}
{{- $_ := set $output "disk_ledger_exclude" $exclude -}}
{{- $_ := set $output "status_listen" (printf "0.0.0.0:%v" $v.metrics.port) -}}
{{- with $v.timeZone }}{{ $_ := set $output "time_zone" . }}{{ end -}}
{{- if $v.rules }}{{ $_ := set $output "rules_file" "/etc/k8slog-rules/rules.yaml" }}{{ end -}}
{{- with $v.metadata }}{{ if .enabled -}}
{{- include "k8slog.set" (list $output (dict "metadata" "api" "metadata_path" "/var/lib/k8slog/metadata" "metadata_labels" .labels
  "metadata_annotations" .annotations "metadata_fields" .fields "metadata_steer" .steer)) -}}
{{- end }}{{ end -}}
{{- include "k8slog.unset" $output -}}
{{- include "k8slog.set" (list $output $v.options) -}}

{{- include "k8slog.whole" (dict "plugins" $conf.plugins "service" $service "parsers" $v.parsers
  "inputs" (concat $inputs $v.extraInputs) "filters" $v.extraFilters "outputs" (prepend $v.extraOutputs $output)) -}}
{{- end }}

{{/* The configuration for applications that send: conf/direct.yaml, and of the
backend what is not about files. */}}
{{- define "k8slog.directConf" -}}
{{- $v := .Values -}}
{{- $conf := include "k8slog.file" (list . "direct.yaml") | fromJson -}}
{{- $output := index $conf.pipeline.outputs 0 -}}
{{- $common := index (include "k8slog.file" (list . "clusters/default.yaml") | fromJson).pipeline.outputs 0 -}}
{{- range $name, $value := index (include "k8slog.file" (list . (printf "backends/%s.yaml" $v.backend)) | fromJson).pipeline.outputs 0 -}}
{{- if or (not (hasKey $common $name)) (has $name (list "backend" "compression")) }}{{ $_ := set $output $name $value }}{{ end -}}
{{- end -}}
{{- include "k8slog.set" (list $output (include "k8slog.options" . | fromJson)) -}}
{{- $_ := set $output "identity" $v.direct.identity -}}
{{- $_ := set $output "status_listen" (printf "0.0.0.0:%v" $v.metrics.port) -}}
{{- if $v.rules }}{{ $_ := set $output "rules_file" "/etc/k8slog-rules/rules.yaml" }}{{ end -}}
{{- include "k8slog.unset" $output -}}
{{- $about := list "path_key" "offset_key" "multiline" "time_zone" "log_folders" -}}
{{- range $name, $value := $v.options -}}
{{- if not (or (has $name $about) (hasPrefix "disk_ledger" $name) (hasPrefix "join_" $name) (hasPrefix "metadata" $name)) }}{{ include "k8slog.set" (list $output (dict $name $value)) }}{{ end -}}
{{- end -}}

{{- $service := $conf.service -}}
{{- include "k8slog.set" (list $service (dict "http_server" true "http_listen" "0.0.0.0" "http_port" $v.metrics.fluentBitPort)) -}}
{{- include "k8slog.set" (list $service $v.service) -}}
{{- $ports := dict "forward" $v.direct.forwardPort "http" $v.direct.httpPort "opentelemetry" $v.direct.otlpPort -}}
{{- $inputs := list -}}
{{- range $conf.pipeline.inputs -}}
{{- $port := get $ports .name -}}
{{- if $port -}}
{{- $_ := set . "port" $port -}}
{{- if $v.direct.tls.secret -}}
{{- include "k8slog.set" (list . (dict "tls" true "tls.crt_file" "/var/run/secrets/k8slog/server/tls.crt" "tls.key_file" "/var/run/secrets/k8slog/server/tls.key")) -}}
{{- if $v.direct.tls.clientCA -}}
{{- include "k8slog.set" (list . (dict "tls.verify_client_cert" true "tls.ca_file" "/var/run/secrets/k8slog/server/ca.crt")) -}}
{{- end -}}
{{- end -}}
{{- $inputs = append $inputs . -}}
{{- end -}}
{{- end -}}
{{- include "k8slog.whole" (dict "plugins" $conf.plugins "service" $service "parsers" list "inputs" $inputs "filters" list "outputs" (list $output)) -}}
{{- end }}

{{- define "k8slog.whole" -}}
plugins:
  {{- toYaml .plugins | nindent 2 }}
service:
  {{- include "k8slog.pairs" .service | nindent 2 }}
{{- with .parsers }}
parsers:
  {{- include "k8slog.sections" . | trim | nindent 2 }}
{{- end }}
pipeline:
  inputs:
    {{- include "k8slog.sections" .inputs | trim | nindent 4 }}
  {{- with .filters }}
  filters:
    {{- include "k8slog.sections" . | trim | nindent 4 }}
  {{- end }}
  outputs:
    {{- include "k8slog.sections" .outputs | trim | nindent 4 }}
{{- end }}
