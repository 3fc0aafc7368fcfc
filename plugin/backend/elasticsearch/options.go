package elasticsearch

import (
	"slices"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is the bulk API
// (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk).
var protocol = httpbackend.Protocol{
	Path:     "/_bulk",
	PathEnds: []string{"/_bulk"},
	// The filter leaves the members of the answer that decide. Without it every
	// item comes with its index, id, version and shards, ten times as much. Each
	// item keeps its status, and so its place.
	Query:        "filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason",
	ContentType:  "application/x-ndjson",
	Compressions: []string{"none", "gzip"},
	AWS:          httpbackend.AWSUse{Offered: true, Service: "es"},
}

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	Index      options.Template
	DocumentID bool
	Schema     string
}

// The values of the option schema.
const (
	fluentBitSchema = "fluentbit"
	ecsSchema       = "ecs"
)

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	schemas := []string{fluentBitSchema, ecsSchema}
	return append(c.OptionsFor(protocol), []options.Option{
		{
			Name: "index", Type: "template", Default: "logs-k8slog-default", Example: "logs-{namespace|component|node}-{%Y.%m.%d}",
			Range: "text with {field|field|word} and {%Y.%m.%d} in it, fields being " + strings.Join(options.TemplateFields, ", ") + options.LabelFields + ", dates being made of %Y, %m, %d, %H, %G and %V; the rest lower-case letters, digits, dots, - and _, and none of the last three at the beginning",
			Doc:   "The index or data stream that records go to. Without a date it should be a data stream, which the server rolls over by size and age; the default is one for everything, in the naming of data streams (type-dataset-namespace), because every further one costs the cluster shards. A date is that of the record's time, in UTC; one that is more than 30 days old or a day ahead counts as that. No text of a log can get into it otherwise. Beside the name of a namespace, that of a component is component_kubelet, as in the option tenant.",
			Rule:  "index",
			Set:   c.setIndex,
		},
		{
			Name: "document_id", Type: "switch", Default: "on", Example: "off",
			Range: "on, off",
			Doc:   "Whether documents get an id that is the same in every try, so that what is sent again is not stored twice. Off spares the server looking each of them up.",
			Set:   options.Switch(&c.DocumentID),
		},
		{
			Name: "schema", Type: "name", Default: fluentBitSchema, Example: ecsSchema,
			Range: strings.Join(schemas, ", "),
			Doc:   "The names of a document's fields. fluentbit: as Fluent Bit's own es output has them behind its kubernetes filter (@timestamp, log, stream, kubernetes.pod_name, …). ecs: those of the Elastic Common Schema and of Elastic Agent's Kubernetes integration (message, log.level, kubernetes.pod.name, …).",
			Set:   options.OneOf(schemas, &c.Schema),
		},
	}...)
}

// documentFields are the names at the top of a document that no field of a
// record can have in either schema, beside those of package ndjson.
var documentFields = []string{
	"ecs", "event", "host", "k8slog", "orchestrator", "process", "service", "span", "trace", "data_stream",
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string {
	return slices.Concat(ndjson.FieldNames, documentFields)
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	if slices.Contains(serverFields, common.MergeLogKey) {
		return &options.Error{Option: "merge_log_key", Value: common.MergeLogKey, Problem: "is a field of the server's own; allowed: another name"}
	}
	common.CheckTemplate("index", c.Index, true)
	return c.Config.Check(common)
}
