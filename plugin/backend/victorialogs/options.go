package victorialogs

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is the JSON stream API
// (https://docs.victoriametrics.com/victorialogs/data-ingestion/#json-stream-api).
var protocol = httpbackend.Protocol{
	Path:         "/insert/jsonline",
	PathEnds:     []string{"/jsonline"},
	ContentType:  "application/x-ndjson",
	Compressions: []string{"none", "gzip", "zstd", "snappy"},
	TextLimit:    backend.TextLimit{Bytes: maxText, Escaped: true},
}

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	StreamFields []string
}

// streamFields are the fields of a record that can be fields of a stream.
var streamFields = []string{"cluster", "node", "namespace", "pod", "container", "component", "stream", "severity"}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	shared := c.OptionsFor(protocol)
	for i := range shared {
		shared[i].Rule = "" // all records have one tenant
	}
	return append(shared, []options.Option{
		{Name: "tenant", Note: "tenants are numbers, and the option is one tenant, AccountID or AccountID:ProjectID, as in 12:0."},
		{Name: "compression", Note: "a version that does not know a compression answers that all is well, and stores nothing. zstd and snappy need a version that has them."},
		{Name: "text_bytes", Note: "192KiB as JSON, because a line of 256KiB is dropped."},
		{
			Name: "stream_fields", Type: "names", Default: "cluster,namespace,pod,container,component,stream", Example: "cluster, namespace, container",
			Range: "names separated by commas, of " + strings.Join(streamFields, ", ") + ", or label:key, namespace_label:key or node_label:key of a label that is sent",
			Doc:   "The fields of VictoriaLogs' streams. Keep them few: every combination of values is a stream; but keep pod and container, because VictoriaLogs drops records of streams whose fields have too many names, which is counted for each container. No field of a text can be one.",
			Set:   c.setStreamFields,
		},
	}...)
}

func (c *Config) setStreamFields(value string) string {
	c.StreamFields = nil
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		switch {
		case !slices.Contains(streamFields, name) && !filters.IsLabelField(name):
			return "has the unknown field " + strconv.Quote(name)
		case slices.Contains(c.StreamFields, name):
			return "has the field " + name + " twice"
		}
		c.StreamFields = append(c.StreamFields, name)
	}
	return ""
}

// Check implements options.Checker.
func (c *Config) Check(*options.Config) error {
	if _, ok := c.tenantHeader(); !ok {
		return &options.Error{Option: "tenant", Value: c.Tenant.String(), Problem: "is no tenant of VictoriaLogs; allowed: AccountID or AccountID:ProjectID, numbers below 2^32, as in 12:0"}
	}
	return c.CheckHeaders("Accountid", "Projectid")
}

// tenantHeader returns the headers of the one tenant. It returns false where
// the option is not a pair of numbers: a template is none, though a name of
// Kubernetes may consist of digits by chance.
func (c *Config) tenantHeader() (h http.Header, ok bool) {
	if c.Tenant.IsZero() {
		return nil, true
	}
	account, project, both := strings.Cut(c.Tenant.String(), ":")
	isNumber := func(s string) bool {
		_, err := strconv.ParseUint(s, 10, 32)
		return err == nil
	}
	if !isNumber(account) || both && !isNumber(project) {
		return nil, false
	}
	return http.Header{"Accountid": {account}, "Projectid": {cmp.Or(project, "0")}}, true
}

// fieldNames are the names that VictoriaLogs keeps for itself, and those that
// only this package writes.
var fieldNames = []string{"_msg", "_time", "_stream", "_stream_id", otherFields, fieldsCut}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return slices.Concat(ndjson.FieldNames, fieldNames) }
