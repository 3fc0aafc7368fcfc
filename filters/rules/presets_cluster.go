package rules

// clusterPresets are parts of a cluster.
var clusterPresets = []presetSpec{
	{
		// https://coredns.io/plugins/log/ (format common) and https://coredns.io/plugins/errors/
		name: "coredns",
		patterns: []string{
			`^\[(?P<level>[A-Z]+)\] (?P<client_address>\S+):(?P<client_port>\d+) - (?P<query_id>\d+) "(?P<query_type>\S+) (?P<query_class>\S+) (?P<query_name>\S+) (?P<query_protocol>\S+) (?P<query_bytes>\d+) \S+ \d+"` +
				` (?P<response_code>\S+) (?P<response_flags>\S+) (?P<response_bytes>\d+) (?P<duration_seconds>[\d.]+)s`,
			`^\[(?P<level>[A-Z]+)\] plugin/errors: \d+ (?P<query_name>\S+) (?P<query_type>\S+): (?P<error_message>.*)`,
		},
		numbers: "client_port query_id query_bytes response_bytes duration_seconds",
		levels:  []string{"warning", "warn"},
	},
	{
		// https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
		name: "kube-audit",
		keys: []string{
			"auditID", "audit_id", "level", "audit_level", "stage", "audit_stage", "verb", "verb", "requestURI", "http_path",
			"user.username", "user_name", "impersonatedUser.username", "impersonated_user", "sourceIPs", "source_addresses", "userAgent", "http_user_agent",
			"objectRef.resource", "object_resource", "objectRef.subresource", "object_subresource", "objectRef.namespace", "object_namespace", "objectRef.name", "object_name",
			"responseStatus.code", "http_status", "responseStatus.reason", "response_reason", "annotations.authorization.k8s.io/decision", "decision",
		},
		numbers: "http_status", byStatus: true,
	},
}
