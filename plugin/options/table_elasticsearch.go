package options

import "strings"

// The shapes of documents.
const (
	FluentBitSchema = "fluentbit"
	ECSSchema       = "ecs"
)

var schemas = []string{FluentBitSchema, ECSSchema}

// elasticsearchOptions are for Elasticsearch and OpenSearch.
var elasticsearchOptions = []Option{
	{
		Name: "index", Type: "template", Default: "logs-k8slog-default", Example: "logs-{namespace|component|node}-{%Y.%m.%d}",
		Backends: []string{Elasticsearch},
		Range:    "text with {field|field|word} and {%Y.%m.%d} in it, fields being " + strings.Join(TemplateFields, ", ") + ", dates being made of %Y, %m, %d, %H, %G and %V; the rest lower-case letters, digits, dots, - and _, and none of the last three at the beginning",
		Doc:      "The index or data stream that records go to. Without a date it should be a data stream, which the server rolls over by size and age; the default is one for everything, in the naming of data streams (type-dataset-namespace), because every further one costs the cluster shards. A date is that of the record's time, in UTC; one that is more than 30 days old or a day ahead counts as that. No text of a log can get into it otherwise.",
		set:      setIndex,
	},
	{
		Name: "document_id", Type: "switch", Default: "on", Example: "off",
		Backends: []string{Elasticsearch},
		Range:    "on, off",
		Doc:      "Whether documents get an id that is the same in every try, so that what is sent again is not stored twice. Off spares the server looking each of them up.",
		set:      onOff(func(c *Config) *bool { return &c.DocumentID }),
	},
	{
		Name: "schema", Type: "name", Default: FluentBitSchema, Example: ECSSchema,
		Backends: []string{Elasticsearch},
		Range:    strings.Join(schemas, ", "),
		Doc:      "The names of a document's fields. fluentbit: as Fluent Bit's own es output has them behind its kubernetes filter (@timestamp, log, stream, kubernetes.pod_name, …). ecs: those of the Elastic Common Schema and of Elastic Agent's Kubernetes integration (message, log.level, kubernetes.pod.name, …).",
		set:      oneOf(schemas, func(c *Config) *string { return &c.Schema }),
	},
}
