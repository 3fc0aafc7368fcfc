package rules

import "slices"

// presets are all presets.
var presets = slices.Concat(webPresets, databasePresets, clusterPresets)

// quoted is what stands in quotes, where quotes in it are escaped by a backslash.
const quoted = `(?:[^"\\]|\\.)*`

// request is the request of an access log in quotes. What is no HTTP is in quotes as well.
const request = `"(?:(?P<http_method>[A-Z]+) (?P<http_path>[^ "]*)(?: (?P<http_protocol>[^ "]+))?|` + quoted + `)"`

// combined is the format that Apache calls combined, without what may follow.
const combined = `(?P<client_address>\S+) \S+ (?P<user_name>\S+) \[[^\]]+\] ` + request +
	` (?P<http_status>\d{3}) (?P<bytes_sent>\d+|-)(?: "(?P<http_referrer>` + quoted + `)" "(?P<http_user_agent>` + quoted + `)"`

// webPresets are servers and proxies.
var webPresets = []presetSpec{
	{
		// https://nginx.org/en/docs/http/ngx_http_log_module.html: combined, and the
		// format main of the image, which adds X-Forwarded-For.
		name:     "nginx-access",
		patterns: []string{`^` + combined + `(?: "(?P<forwarded_for>` + quoted + `)")?)?`},
		numbers:  "http_status bytes_sent", byStatus: true,
	},
	{
		// https://httpd.apache.org/docs/current/logs.html: common, combined, and
		// vhost_combined.
		name:     "apache-access",
		patterns: []string{`^(?:(?P<virtual_host>[^\s:]+:\d+) )?` + combined + `)?`},
		numbers:  "http_status bytes_sent", byStatus: true,
	},
	{
		// https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/
		name: "ingress-nginx-access",
		patterns: []string{`^` + combined + `) (?P<bytes_received>\d+) (?P<duration_seconds>[\d.]+) \[(?P<upstream_name>[^\]]*)\] \[(?P<upstream_alternative>[^\]]*)\]` +
			` (?P<upstream_address>\S+(?:, \S+)*) (?P<upstream_bytes>[\d-]+(?:, [\d-]+)*) (?P<upstream_seconds>[\d.-]+(?:, [\d.-]+)*) (?P<upstream_status>[\d-]+(?:, [\d-]+)*) (?P<request_id>\S+)`},
		numbers: "http_status bytes_sent bytes_received duration_seconds", byStatus: true,
	},
	{
		// https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string
		name: "envoy-access",
		patterns: []string{`^\[[^\]]+\] ` + request + ` (?P<http_status>\d+) (?P<response_flags>\S+) (?P<bytes_received>\d+) (?P<bytes_sent>\d+) (?P<duration_ms>\d+) (?P<upstream_ms>\S+)` +
			` "(?P<forwarded_for>` + quoted + `)" "(?P<http_user_agent>` + quoted + `)" "(?P<request_id>` + quoted + `)" "(?P<http_host>` + quoted + `)" "(?P<upstream_address>` + quoted + `)"`},
		numbers: "http_status bytes_received bytes_sent duration_ms upstream_ms", byStatus: true,
	},
	{
		// https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format
		name: "istio-access",
		patterns: []string{`^\[[^\]]+\] ` + request + ` (?P<http_status>\d+) (?P<response_flags>\S+) (?P<response_details>\S+) (?P<connection_details>\S+) "(?P<upstream_failure>` + quoted + `)"` +
			` (?P<bytes_received>\d+) (?P<bytes_sent>\d+) (?P<duration_ms>\d+) (?P<upstream_ms>\S+)` +
			` "(?P<forwarded_for>` + quoted + `)" "(?P<http_user_agent>` + quoted + `)" "(?P<request_id>` + quoted + `)" "(?P<http_host>` + quoted + `)" "(?P<upstream_address>` + quoted + `)"` +
			` (?P<upstream_name>\S+) \S+ \S+ (?P<client_address>\S+) (?P<tls_server_name>\S+) (?P<route_name>\S+)`},
		numbers: "http_status bytes_received bytes_sent duration_ms upstream_ms", byStatus: true,
	},
	{
		// https://docs.haproxy.org/3.0/configuration.html#8.2: option httplog and tcplog,
		// with or without the header of syslog.
		name: "haproxy",
		patterns: []string{
			`^(?:.*?haproxy\[\d+\]: )?(?P<client_address>\S+):(?P<client_port>\d+) \[[^\]]+\] (?P<frontend>\S+) (?P<backend>[^\s/]+)/(?P<server_name>\S+)` +
				` -?\d+/-?\d+/-?\d+/-?\d+/\+?(?P<duration_ms>\d+) (?P<http_status>-?\d+) \+?(?P<bytes_sent>\d+) \S+ \S+ (?P<termination_state>\S{4}) \S+ \S+ (?:\{[^}]*\} ){0,2}` + request,
			`^(?:.*?haproxy\[\d+\]: )?(?P<client_address>\S+):(?P<client_port>\d+) \[[^\]]+\] (?P<frontend>\S+) (?P<backend>[^\s/]+)/(?P<server_name>\S+)` +
				` -?\d+/-?\d+/\+?(?P<duration_ms>\d+) \+?(?P<bytes_sent>\d+) (?P<termination_state>\S{2}) \S+ \S+`,
		},
		numbers: "client_port duration_ms http_status bytes_sent", byStatus: true,
	},
}
