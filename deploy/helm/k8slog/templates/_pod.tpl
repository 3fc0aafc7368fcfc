{{/* What both kinds of pods have in common. */}}
{{- define "k8slog.podDefaults" -}}
serviceAccountName: {{ include "k8slog.serviceAccount" . }}
# Above grace (15 s) and 5 s together.
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
dnsPolicy: {{ .Values.dnsPolicy }}
{{- with include "k8slog.priorityClass" . }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The environment. POD_NAME and POD_NAMESPACE tell the agent its own log. */}}
{{- define "k8slog.env" -}}
- name: NODE_NAME
  valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The list is the values, and the capabilities. The user is root, because the logs
and the folder on the node are root's. */}}
{{- define "k8slog.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsUser: 0
capabilities: {{ index . 1 }}
seccompProfile: {type: RuntimeDefault}
{{- with (index . 0).seLinuxType }}
seLinuxOptions: {type: {{ . }}}
{{- end }}
{{- end }}

{{- define "k8slog.probes" -}}
{{- if .Values.probes.enabled }}
# Only whether Fluent Bit answers: an outage of the backend is no reason to restart.
livenessProbe:
  httpGet: {path: /, port: fluent-bit}
  initialDelaySeconds: 30
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 5
# A pod that has delivered nothing for status_healthy stops a rollout.
readinessProbe:
  httpGet: {path: /healthz, port: metrics}
  periodSeconds: 10
  timeoutSeconds: 5
{{- end }}
{{- end }}

{{/* Secrets and authorities by reference, the configuration and the rules. */}}
{{- define "k8slog.mounts" -}}
{{- if .Values.rules }}
- {name: rules, mountPath: /etc/k8slog-rules, readOnly: true}
{{- end }}
{{- if .Values.auth.secret }}
- {name: auth, mountPath: /var/run/secrets/k8slog/auth, readOnly: true}
{{- end }}
{{- if or .Values.tls.ca.configMap .Values.tls.ca.secret }}
- {name: ca, mountPath: /var/run/secrets/k8slog/ca, readOnly: true}
{{- end }}
{{- if .Values.tls.clientSecret }}
- {name: client, mountPath: /var/run/secrets/k8slog/client, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "k8slog.volumes" -}}
{{- if .Values.rules }}
- name: rules
  configMap: {name: {{ include "k8slog.name" . }}-rules}
{{- end }}
{{- with .Values.auth.secret }}
- name: auth
  secret: {secretName: {{ . }}, defaultMode: 0400}
{{- end }}
{{- if .Values.tls.ca.configMap }}
- name: ca
  configMap: {name: {{ .Values.tls.ca.configMap }}}
{{- else if .Values.tls.ca.secret }}
- name: ca
  secret:
    secretName: {{ .Values.tls.ca.secret }}
    items: [{key: {{ .Values.tls.ca.key }}, path: {{ .Values.tls.ca.key }}}]
{{- end }}
{{- with .Values.tls.clientSecret }}
- name: client
  secret: {secretName: {{ . }}, defaultMode: 0400}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
