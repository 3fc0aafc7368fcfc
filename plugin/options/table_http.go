package options

import (
	"slices"
	"strings"
	"time"
)

// overHTTPOptions are for the backends that speak HTTP.
var overHTTPOptions = []Option{
	{
		Name: "endpoint", Type: "URLs", Example: "http://loki.logging:3100", Required: true,
		Backends: overHTTP, Secret: true,
		Range: "http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100",
		Doc:   "Where the backend listens: a base URL, to which the protocol's own path is appended (/loki/api/v1/push, /_bulk, …). Only for http it is the whole URL. Of several, the first is used until it fails, then the next; connection_max_age brings back the first.",
		set:   setEndpoints,
	},
	{
		Name: "headers", Type: "headers", Example: "X-Scope-OrgID: team-a | X-Source: k8slog",
		Backends: overHTTP, Secret: true,
		Range: "Name: value, several separated by |, and none that HTTP itself sets (Host, Content-Length, Content-Encoding, Transfer-Encoding, Connection; Content-Type only for http)",
		Doc:   "Headers of every request, as Name: value, separated by a vertical bar. For http, a Content-Type replaces that of http_format: Fluent Bit's own http input, for one, takes lines as application/json only.",
		set:   setHeaders,
	},
	{
		Name: "tenant", Type: "template", Example: "12",
		Backends: overHTTP,
		Range:    "text with {field|field|word} in it, fields being " + strings.Join(TemplateFields, ", "),
		Doc:      "Who the records belong to, where a backend has tenants: the value of the header tenant_header, as in {namespace|component|other}. Records of different tenants travel in different requests. In braces stand fields, of which the first that is known counts; the last may be a word that stands for itself. No text of a log can get into it. Where it comes to nothing, the header is absent. For victorialogs, whose tenants are numbers, it is one tenant, AccountID or AccountID:ProjectID, as in 12:0.",
		set:      setTenant,
	},
	{
		Name: "tenant_header", Type: "name", Default: "X-Scope-OrgID", Example: "X-Scope-OrgID",
		Backends: overHTTP,
		Range:    "the name of a header",
		Doc:      "The header that says who the tenant is.",
		set:      setTenantHeader,
	},
	{
		Name: "header_files", Type: "headers", Example: "X-Api-Key: /etc/k8slog/api-key",
		Backends: overHTTP,
		Range:    "Name: absolute path, several separated by |",
		Doc:      "Headers whose values lie in files. The files of this and the next options are read again when they change, so that secrets can be rotated.",
		set:      setHeaderFiles,
	},
	{
		Name: "authorization_file", Type: "path", Example: "/var/run/secrets/k8slog/token",
		Backends: overHTTP,
		Doc:      "The file with the token of the header Authorization.",
		set:      str(func(c *Config) *string { return &c.AuthorizationFile }),
	},
	{
		Name: "authorization_type", Type: "name", Default: "Bearer", Example: "ApiKey",
		Backends: overHTTP,
		Range:    "one word: Bearer, ApiKey, Splunk, …",
		Doc:      "What stands before that token. For splunk it is Splunk unless set.",
		set:      setAuthorizationType,
	},
	{
		Name: "basic_auth_user", Type: "text", Example: "k8slog",
		Backends: overHTTP,
		Doc:      "The user of HTTP's basic authentication.",
		set:      str(func(c *Config) *string { return &c.BasicAuthUser }),
	},
	{
		Name: "basic_auth_password_file", Type: "path", Example: "/var/run/secrets/k8slog/password",
		Backends: overHTTP,
		Doc:      "The file with the password of that user.",
		set:      str(func(c *Config) *string { return &c.BasicAuthPasswordFile }),
	},
	{
		Name: "ca_file", Type: "path", Example: "/etc/k8slog/ca.crt",
		Backends: overHTTP,
		Doc:      "The certificate authorities that an https:// endpoint's certificate may be signed by, in PEM. Without it, those of the system.",
		set:      str(func(c *Config) *string { return &c.CAFile }),
	},
	{
		Name: "client_cert_file", Type: "path", Example: "/etc/k8slog/client.crt",
		Backends: overHTTP,
		Doc:      "The certificate by which the plugin shows who it is, in PEM.",
		set:      str(func(c *Config) *string { return &c.ClientCertFile }),
	},
	{
		Name: "client_key_file", Type: "path", Example: "/etc/k8slog/client.key",
		Backends: overHTTP,
		Doc:      "The key of that certificate, in PEM.",
		set:      str(func(c *Config) *string { return &c.ClientKeyFile }),
	},
	{
		Name: "server_name", Type: "text", Example: "loki.example.com",
		Backends: overHTTP,
		Doc:      "The name that an https:// endpoint's certificate must have, where it is not that of the URL.",
		set:      str(func(c *Config) *string { return &c.ServerName }),
	},
	{
		Name: "insecure_skip_verify", Type: "switch", Default: "off", Example: "on",
		Backends: overHTTP,
		Range:    "on, off",
		Doc:      "Whether any certificate of an https:// endpoint is believed. Then anybody in between can read the logs and the credentials.",
		set:      onOff(func(c *Config) *bool { return &c.InsecureSkipVerify }),
	},
	{
		Name: "connection_max_age", Type: "duration", Default: "5m", Example: "1m",
		Backends: overHTTP,
		Range:    "0s to 24h; 0s for ever",
		Doc:      "How long connections are used before new ones are made, so that a load balancer can spread its clients.",
		set:      duration("0s", "24h", func(c *Config) *time.Duration { return &c.ConnectionMaxAge }),
	},
	{
		Name: "compression", Type: "name", Default: "none", Example: "gzip",
		Backends: []string{HTTP, OTLP, Elasticsearch, VictoriaLogs, Splunk},
		Range:    "none, gzip, zstd, snappy; for elasticsearch and splunk none, gzip; for otlp none, gzip, zstd",
		Doc:      "How the body of a request is compressed. Loki's is always snappy. A VictoriaLogs that does not know a compression answers that all is well, and stores nothing: zstd and snappy need a version that has them. zstd costs least for what it saves, where the receiver takes it.",
		set:      setCompression,
	},
}

// compressions are what the backends take that take no other.
var compressions = map[string][]string{
	Elasticsearch: {"none", "gzip"},
	Splunk:        {"none", "gzip"},
	OTLP:          {"none", "gzip", "zstd"},
}

func setCompression(c *Config, value string) string {
	choices := []string{"none", "gzip", "zstd", "snappy"}
	if few, ok := compressions[c.Backend]; ok && slices.Contains(choices, value) && !slices.Contains(few, value) {
		return "is not what " + c.Backend + " takes"
	}
	return oneOf(choices, func(c *Config) *string { return &c.Compression })(c, value)
}
