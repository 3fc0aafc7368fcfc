package googlecloudlogging

import (
	"net/url"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is entries:write. Its quotas are an entry of 256 KB and a request of 10 MB
// (https://cloud.google.com/logging/quotas).
var protocol = httpbackend.Protocol{
	Path:         "/v2/entries:write",
	PathEnds:     []string{"/v2", "/v2/entries:write"},
	Endpoint:     "https://logging.googleapis.com",
	ContentType:  "application/json",
	Compressions: []string{"none", "gzip"},
	// What is left of an entry is for fields and labels.
	TextLimit: backend.TextLimit{Bytes: maxText},
}

// maxRequest is the most that a request may have.
const maxRequest = 10_000_000

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	Project, Location string
	CredentialsFile   string
	MetadataURL       *url.URL
	TraceIDs          bool
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	// All entries of a project travel together.
	shared := slices.DeleteFunc(c.OptionsFor(protocol), func(o options.Option) bool { return strings.HasPrefix(o.Name, "tenant") })
	return append(shared, []options.Option{
		{Name: "text_bytes", Note: "192KiB, because an entry may have 256 KB."},
		{
			Name: "google_project", Type: "name", Example: "my-project",
			Range: "the ID of a project: lower-case letters, digits, - and, for projects of a domain, . and :",
			Doc:   "The Google Cloud project whose logs the records become. Without it, the project of google_credentials_file, or that of the metadata server.",
			Set:   c.setProject,
		},
		{
			Name: "google_location", Type: "name", Example: "europe-west1",
			Doc: "The region or zone of the cluster, as the label location of the resource has it. Without it, that of the metadata server.",
			Set: options.Text(&c.Location),
		},
		{
			Name: "google_credentials_file", Type: "path", Example: "/var/run/secrets/k8slog/service-account.json",
			Doc: "The JSON key of a service account that may write logs (roles/logging.logWriter). Without it, the metadata server gives tokens: those of Workload Identity, or of the node's service account. Options that set Authorization take the place of both.",
			Set: options.Text(&c.CredentialsFile),
		},
		{
			Name: "google_metadata_url", Type: "URL", Default: "http://metadata.google.internal", Example: "http://169.254.169.254",
			Range: "an http:// URL",
			Doc:   "The metadata server. It is asked for tokens, and at start once for what google_project, google_location and cluster_name leave open, for 15s at most.",
			Set:   httpbackend.MetadataURL(&c.MetadataURL),
		},
		httpbackend.TraceIDs(&c.TraceIDs),
	}...)
}

func (c *Config) setProject(value string) string {
	if !isProject(value) {
		return "is no project"
	}
	c.Project = value
	return ""
}

// isProject reports whether a text can be the ID of a project, and so needs no escapes.
func isProject(value string) bool {
	return value != "" && len(value) <= 100 && strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789-.:") == ""
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	if common.BatchBytes > maxRequest {
		return &options.Error{Option: "batch_bytes", Problem: "is more than Google Cloud Logging takes in a request; allowed: up to 10000000"}
	}
	return c.CheckHeaders()
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
