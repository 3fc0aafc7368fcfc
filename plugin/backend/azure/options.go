package azure

import (
	"net/url"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

const (
	apiVersion = "2023-01-01"
	rulePath   = "/dataCollectionRules"
)

// protocol is the Logs Ingestion API. Its limits are a request of 1 MB, compressed or not,
// and a value of 64 KB
// (https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api).
var protocol = httpbackend.Protocol{
	Path:         rulePath + "/<azure_dcr_id>/streams/<azure_stream>",
	ContentType:  "application/json",
	Compressions: []string{"none", "gzip"},
	// A longer text becomes several records. Azure Monitor would cut it off.
	TextLimit: backend.TextLimit{Bytes: maxText},
}

// maxRequest is the most that a request may have. What is above it is for the last record
// of a batch.
const maxRequest = 1_000_000

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	Rule               string           // azure_dcr_id
	Stream             options.Template // azure_stream
	TenantID, ClientID string
	SecretFile         string
	FederatedTokenFile string
	Authority          *url.URL // azure_authority_host
	Audience           string
	MetadataURL        *url.URL
	TraceIDs           bool
	IDKey              string
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	// A workspace is the tenant, and the rule says which it is.
	shared := slices.DeleteFunc(c.OptionsFor(protocol), func(o options.Option) bool { return strings.HasPrefix(o.Name, "tenant") })
	return append(shared, []options.Option{
		{Name: "endpoint", Note: "the logs ingestion endpoint of the data collection rule, or a data collection endpoint."},
		{Name: "text_bytes", Note: "64000, because Azure Monitor cuts off a value above 64 KB."},
		{
			Name: "azure_dcr_id", Type: "name", Example: "dcr-00000000000000000000000000000000", Required: true,
			Range: "dcr- and 32 hexadecimal digits",
			Doc:   "The immutable ID of the data collection rule, which its overview page shows. It is not the rule's name, and not its resource ID.",
			Set:   c.setRule,
		},
		{
			Name: "azure_stream", Type: "template", Default: "Custom-K8slog", Example: "Custom-K8slog_{namespace|component}",
			Range: options.TemplateRange + "; the rest letters, digits and _ -, beginning with Custom- or Microsoft-",
			Doc:   "The stream of the rule (streamDeclarations) that records go to. Records of different streams travel in different requests, and those of a stream that the rule does not declare wait. What a stream cannot be called becomes _. Beside the name of a namespace, that of a component is component_kubelet, as in the option tenant.",
			Rule:  "index",
			Set:   c.setStream,
		},
		{
			Name: "azure_tenant_id", Type: "name", Example: "aaaabbbb-0000-cccc-1111-dddd2222eeee",
			Range: "the directory (tenant) ID, or a domain of it",
			Doc:   "The tenant of Entra ID that gives the tokens. Without it, that of AZURE_TENANT_ID in the environment, as AKS sets it.",
			Set:   c.setTenantID,
		},
		{
			Name: "azure_client_id", Type: "name", Example: "00001111-aaaa-2222-bbbb-3333cccc4444",
			Range: "the application (client) ID",
			Doc:   "The application or managed identity that may write to the rule. Without it, that of AZURE_CLIENT_ID in the environment; of a machine with one managed identity, that one.",
			Set:   c.setClientID,
		},
		{
			Name: "azure_client_secret_file", Type: "path", Example: "/var/run/secrets/k8slog/client-secret",
			Doc: "The file with the value of the application's client secret. It is read for each token. Without it, workload identity: the service account's token in azure_federated_token_file. Without that, the managed identity of the machine. Options that set Authorization take the place of all three.",
			Set: options.Text(&c.SecretFile),
		},
		{
			Name: "azure_federated_token_file", Type: "path", Example: "/var/run/secrets/azure/tokens/azure-identity-token",
			Doc: "The token of the service account, for workload identity. Without it, that of AZURE_FEDERATED_TOKEN_FILE in the environment, as AKS sets it for pods with the label azure.workload.identity/use.",
			Set: options.Text(&c.FederatedTokenFile),
		},
		{
			Name: "azure_authority_host", Type: "URL", Example: "https://login.microsoftonline.us",
			Range: authorityRange,
			Doc:   "Where Entra ID gives tokens. Without it, AZURE_AUTHORITY_HOST in the environment, or the one for the cloud of endpoint: https://login.microsoftonline.com, but for endpoints in azure.us and azure.cn. ca_file counts here as well.",
			Set: func(value string) (problem string) {
				c.Authority, problem = parseAuthority(value)
				return problem
			},
		},
		{
			Name: "azure_audience", Type: "URL", Example: "https://monitor.azure.us",
			Range: "an https:// URL",
			Doc:   "What a token is for. Without it, that of the cloud of endpoint: https://monitor.azure.com, but for endpoints in azure.us and azure.cn.",
			Set:   c.setAudience,
		},
		{
			Name: "azure_metadata_url", Type: "URL", Default: "http://169.254.169.254", Example: "http://127.0.0.1:8080",
			Range: "an http:// URL",
			Doc:   "The instance metadata service, which gives the tokens of a managed identity.",
			Set:   httpbackend.MetadataURL(&c.MetadataURL),
		},
		httpbackend.TraceIDs(&c.TraceIDs),
		ndjson.IDKey(&c.IDKey),
	}...)
}

func (c *Config) setRule(value string) string {
	digits, ok := strings.CutPrefix(value, "dcr-")
	if !ok || len(digits) != 32 || strings.Trim(digits, "0123456789abcdef") != "" {
		if strings.HasPrefix(value, "/subscriptions/") {
			return "is the resource ID of a rule, and not its immutable ID"
		}
		return "is no immutable ID"
	}
	c.Rule = value
	return ""
}

// setStream takes a template whose text is a name, also for a source of which nothing is
// known.
func (c *Config) setStream(value string) (problem string) {
	t, problem := options.ParseTemplate(value)
	if problem != "" {
		return problem
	}
	if t.Timed() {
		return "has a date"
	}
	for _, sample := range []filters.Source{
		{Cluster: "x", Node: "x", Namespace: "x", Pod: "x", Container: "x", Component: "x"}, {},
	} {
		text := t.Text(&sample, 0, streamPart)
		if strings.ContainsFunc(text, func(r rune) bool { return !isStreamRune(r) }) || len(text) > maxStream {
			return "makes names that no stream has"
		}
		if isStream(text) {
			continue
		}
		if strings.HasSuffix(text, "_CL") {
			return "is the name of a table, and not that of a stream"
		}
		return "begins with neither Custom- nor Microsoft-, as all streams do"
	}
	c.Stream = t
	return ""
}

func (c *Config) setTenantID(value string) string {
	if strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return "is no tenant"
	}
	c.TenantID = value
	return ""
}

func (c *Config) setClientID(value string) string {
	parts := strings.Split(value, "-")
	if len(value) != 36 || len(parts) != 5 || strings.Trim(strings.ToLower(value), "0123456789abcdef-") != "" {
		return "is no client ID, which is a GUID"
	}
	c.ClientID = value
	return ""
}

func (c *Config) setAudience(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "is no such URL"
	}
	// Both options and documents write it with the scope behind it.
	c.Audience = strings.TrimRight(strings.TrimSuffix(value, "/.default"), "/")
	return ""
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	common.CheckTemplate("azure_stream", c.Stream, true)
	if err := c.checkEndpoints(); err != nil {
		return err
	}
	if common.BatchBytes > maxRequest {
		return &options.Error{Option: "batch_bytes", Problem: "is more than Azure Monitor takes in a request; allowed: up to 1000000"}
	}
	if c.SecretFile != "" && c.FederatedTokenFile != "" {
		return &options.Error{Option: "azure_client_secret_file", Problem: "and azure_federated_token_file are two identities; allowed: one of them"}
	}
	if c.SecretFile != "" && (c.TenantID == "" || c.ClientID == "") {
		return &options.Error{Option: "azure_client_secret_file", Problem: "needs azure_tenant_id and azure_client_id; allowed: all three"}
	}
	return c.CheckHeaders()
}

// checkEndpoints refuses the addresses that stand beside the right one in the portal and in
// documents.
func (c *Config) checkEndpoints() error {
	for _, u := range c.Endpoints {
		host := strings.ToLower(u.Hostname())
		problem := ""
		switch {
		case strings.Contains(strings.ToLower(u.Path), strings.ToLower(rulePath)):
			problem = "contains the path of the protocol, which is appended to it"
		case strings.Contains(host, ".ods.opinsights."):
			problem = "is for the HTTP Data Collector API, which is gone"
		case strings.Contains(host, ".handler.control.monitor."):
			problem = "gives out configurations, and takes no logs"
		case strings.Contains(host, ".metrics.ingest.monitor."):
			problem = "takes metrics, and no logs"
		case strings.HasPrefix(host, "management.azure.") || strings.HasPrefix(host, "management.usgovcloudapi.") || strings.HasPrefix(host, "management.chinacloudapi."):
			problem = "manages resources, and takes no logs"
		default:
			continue
		}
		return &options.Error{Option: "endpoint", Value: u.String(), Problem: problem + "; allowed: the logs ingestion endpoint of the data collection rule, as in https://my-rule-a1b2.westeurope-1.ingest.monitor.azure.com"}
	}
	return nil
}

// FieldNames implements options.FieldNamer: the columns, in lower case, because names of
// columns that differ in case alone are easily taken for one another.
func (c *Config) FieldNames() []string {
	names := make([]string, len(Columns))
	for i, name := range Columns {
		names[i] = strings.ToLower(name)
	}
	return names
}
