{{/* Sets the values of the second map in the first one; null removes. */}}
{{- define "k8slog.set" -}}
{{- $to := index . 0 -}}
{{- range $name, $value := index . 1 -}}
{{- if kindIs "invalid" $value }}{{ $_ := unset $to $name }}{{ else }}{{ $_ := set $to $name $value }}{{ end -}}
{{- end -}}
{{- end }}

{{/* A file of conf/, for a node whose file system is at /, as JSON. */}}
{{- define "k8slog.file" -}}
{{- $root := index . 0 -}}
{{- $text := $root.Files.Get (printf "files/conf/%s" (index . 1)) | replace "${K8SLOG_NODE_ROOT}" "" -}}
{{- fromYaml $text | toRawJson -}}
{{- end }}

{{/* The options of the plugin that follow from the values, as JSON. */}}
{{- define "k8slog.options" -}}
{{- $v := .Values -}}
{{- $o := dict -}}
{{- if has $v.backend (list "stdout" "file") -}}
{{- if or $v.endpoint $v.tenant $v.auth.secret $v.headers }}{{ fail (printf "backend %s has no endpoint, tenant, auth and headers" $v.backend) }}{{ end -}}
{{- if eq $v.backend "file" }}{{ $_ := set $o "file_path" "/var/lib/k8slog/records.ndjson" }}{{ end -}}
{{- else if eq $v.backend "cloudwatch" -}}
{{- if or $v.tenant $v.auth.secret }}{{ fail "backend cloudwatch has no tenant and auth: its credentials are those of a role" }}{{ end -}}
{{- with $v.endpoint }}{{ $_ := set $o "endpoint" . }}{{ end -}}
{{- else if eq $v.backend "s3" -}}
{{- if or $v.tenant $v.auth.secret }}{{ fail "backend s3 has no tenant and auth: its credentials are those of a role, or in the environment (extraEnv)" }}{{ end -}}
{{- $_ := set $o "bucket" (required "set options.bucket: backend s3 needs a bucket" $v.options.bucket) -}}
{{- with $v.endpoint }}{{ $_ := set $o "endpoint" . }}{{ end -}}
{{- else if eq $v.backend "google_cloud_logging" -}}
{{- if $v.tenant }}{{ fail "backend google_cloud_logging has no tenant" }}{{ end -}}
{{- with $v.endpoint }}{{ $_ := set $o "endpoint" . }}{{ end -}}
{{- else if eq $v.backend "azure" -}}
{{- if $v.tenant }}{{ fail "backend azure has no tenant: options.azure_dcr_id says where records go" }}{{ end -}}
{{- $_ := set $o "endpoint" (required "set endpoint: backend azure needs the logs ingestion endpoint of the data collection rule" $v.endpoint) -}}
{{- $_ := set $o "azure_dcr_id" (required "set options.azure_dcr_id: backend azure needs the immutable ID of the data collection rule" $v.options.azure_dcr_id) -}}
{{- else if eq $v.backend "kafka" -}}
{{- if or $v.tenant $v.headers $v.auth.type $v.auth.headerKeys }}{{ fail "backend kafka has no tenant, headers, auth.type and auth.headerKeys: see options.topic and options.record_headers" }}{{ end -}}
{{- $_ := set $o "brokers" (required "set endpoint: backend kafka needs its brokers, as in kafka-0.kafka:9092" $v.endpoint) -}}
{{- if $v.tls.enabled }}{{ $_ := set $o "use_tls" true }}{{ end -}}
{{- else if eq $v.backend "syslog" -}}
{{- if or $v.tenant $v.headers $v.auth.secret $v.compression }}{{ fail "backend syslog has no tenant, headers, auth and compression" }}{{ end -}}
{{- $_ := set $o "syslog_addresses" (required "set endpoint: backend syslog needs host:port of its receiver" $v.endpoint) -}}
{{- if $v.tls.enabled }}{{ $_ := set $o "use_tls" true }}{{ end -}}
{{- else -}}
{{- if $v.tls.enabled }}{{ fail (printf "tls.enabled is for kafka and syslog: for backend %s the endpoint begins with https://" $v.backend) }}{{ end -}}
{{- $_ := set $o "endpoint" (required (printf "set endpoint: backend %s needs the URL that it listens at" $v.backend) $v.endpoint) -}}
{{- end -}}
{{- with $v.tenant }}{{ $_ := set $o "tenant" . }}{{ end -}}
{{- with $v.cluster }}{{ $_ := set $o "cluster_name" . }}{{ end -}}
{{- with $v.compression }}{{ $_ := set $o "compression" . }}{{ end -}}
{{- $headers := list -}}
{{- range $name, $value := $v.headers }}{{ $headers = append $headers (printf "%s: %s" $name $value) }}{{ end -}}
{{- with $headers }}{{ $_ := set $o "headers" (join " | " .) }}{{ end -}}
{{- $auth := "/var/run/secrets/k8slog/auth" -}}
{{- with $v.auth -}}
{{- if and (or .tokenKey .passwordKey .headerKeys) (not .secret) }}{{ fail "set auth.secret: tokenKey, passwordKey and headerKeys are keys of it" }}{{ end -}}
{{- $token := "authorization_file" }}{{ $user := "basic_auth_user" }}{{ $password := "basic_auth_password_file" -}}
{{- if eq $v.backend "kafka" }}{{ $token = "sasl_token_file" }}{{ $user = "sasl_user" }}{{ $password = "sasl_password_file" }}{{ end -}}
{{- if .tokenKey }}{{ $_ := set $o $token (printf "%s/%s" $auth .tokenKey) }}{{ end -}}
{{- if .type }}{{ $_ := set $o "authorization_type" .type }}{{ end -}}
{{- if .user }}{{ $_ := set $o $user .user }}{{ end -}}
{{- if .passwordKey }}{{ $_ := set $o $password (printf "%s/%s" $auth .passwordKey) }}{{ end -}}
{{- $files := list -}}
{{- range $name, $key := .headerKeys }}{{ $files = append $files (printf "%s: %s/%s" $name $auth $key) }}{{ end -}}
{{- with $files }}{{ $_ := set $o "header_files" (join " | " .) }}{{ end -}}
{{- end -}}
{{- with $v.tls -}}
{{- if or .ca.configMap .ca.secret }}{{ $_ := set $o "ca_file" (printf "/var/run/secrets/k8slog/ca/%s" .ca.key) }}{{ end -}}
{{- if .clientSecret -}}
{{- $_ := set $o "client_cert_file" "/var/run/secrets/k8slog/client/tls.crt" -}}
{{- $_ := set $o "client_key_file" "/var/run/secrets/k8slog/client/tls.key" -}}
{{- end -}}
{{- if .serverName }}{{ $_ := set $o "server_name" .serverName }}{{ end -}}
{{- if .insecureSkipVerify }}{{ $_ := set $o "insecure_skip_verify" true }}{{ end -}}
{{- end -}}
{{- toRawJson $o -}}
{{- end }}

{{/* Removes what has a variable of conf/ for which no value is set. */}}
{{- define "k8slog.unset" -}}
{{- $o := . -}}
{{- range $name, $value := . -}}
{{- if contains "${K8SLOG_" (toString $value) }}{{ $_ := unset $o $name }}{{ end -}}
{{- end -}}
{{- end }}

{{/* Sections of Fluent Bit's configuration in YAML, of their maps. */}}
{{- define "k8slog.sections" -}}
{{- range . }}
- name: {{ .name }}
  {{- include "k8slog.pairs" (omit . "name") | nindent 2 }}
{{- end }}
{{- end }}

{{- define "k8slog.pairs" -}}
{{- $lines := list -}}
{{- range $name, $value := . -}}
{{- if kindIs "bool" $value }}{{ $value = ternary "on" "off" $value }}{{ end -}}
{{- $lines = append $lines (printf "%s: %s" $name (toRawJson $value)) -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end }}
