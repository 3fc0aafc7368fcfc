package splunk

import (
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is the HTTP Event Collector
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector).
var protocol = httpbackend.Protocol{
	Path:              "/services/collector/event",
	PathEnds:          []string{"/services/collector", "/services/collector/event"},
	ContentType:       "application/json",
	Compressions:      []string{"none", "gzip"},
	AuthorizationType: "Splunk",
	// Half of what Splunk Cloud takes in a request, and a tenth of what an event
	// may have (maxEventSize).
	TextLimit: backend.TextLimit{Bytes: 512 << 10, Escaped: true},
}

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	Index, Source, Sourcetype options.Template // splunk_index, …
	Event                     string           // splunk_event
	Ack                       bool             // splunk_ack
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return append(c.OptionsFor(protocol), []options.Option{
		{Name: "text_bytes", Note: "512KiB as JSON."},
		{
			Name: "splunk_index", Type: "template", Example: "k8s_{namespace|no_name}",
			Range: options.TemplateRange,
			Doc:   "The index of the events; without it, that of the token. Records of different indexes travel in different requests: those of an index that Splunk does not have, or not for this token, wait until it has (see park_path), and others do not wait for them. Capitals become small letters, and what no index can be called becomes _. Beside the name of a namespace, that of a component is component_kubelet, as in the option tenant.",
			Rule:  "index",
			Set:   template(&c.Index),
		},
		{
			Name: "splunk_source", Type: "template", Example: "{pod|component}",
			Range: options.TemplateRange,
			Doc:   "The source of the events; without it, that of the token.",
			Set:   template(&c.Source),
		},
		{
			Name: "splunk_sourcetype", Type: "template", Example: "kube:{container|component_name|other}",
			Range: options.TemplateRange,
			Doc:   "The source type of the events, by which Splunk finds the fields of their texts; without it, that of the token.",
			Set:   template(&c.Sourcetype),
		},
		{
			Name: "splunk_event", Type: "name", Default: "text", Example: "object",
			Range: "text, object",
			Doc:   "What an event is. text: the text, and everything else that is known of it as indexed fields. object: one JSON object, the same that the backend file writes, whose fields Splunk finds when it searches.",
			Set:   options.OneOf([]string{"text", "object"}, &c.Event),
		},
		{
			Name: "splunk_ack", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "Whether records count as delivered only when the indexers have them (indexer acknowledgement, which must be on for the token). What is not acknowledged within request_timeout is sent again, and may come twice: set request_timeout and flush_deadline to 60s or more. The endpoint must be one machine, or a load balancer with sticky sessions.",
			Set:   options.Switch(&c.Ack),
		},
	}...)
}

// Check implements options.Checker. Receivers other than Splunk may take requests
// without a token, so that it is no error.
func (c *Config) Check(common *options.Config) error {
	if err := c.Config.Check(common); err != nil {
		return err
	}
	common.CheckTemplate("splunk_index", c.Index, true)
	common.CheckTemplate("splunk_source", c.Source, false)
	common.CheckTemplate("splunk_sourcetype", c.Sourcetype, false)
	if !c.Authorizes() {
		common.Warn("backend", "backend splunk has no token, and Splunk refuses every request without one: set authorization_file to the file that holds it")
	}
	return nil
}

func template(to *options.Template) func(value string) string {
	return func(value string) (problem string) {
		if *to, problem = options.ParseTemplate(value); problem == "" && to.Timed() {
			problem = "has a date"
		}
		return problem
	}
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
