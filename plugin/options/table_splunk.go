package options

import "strings"

// splunkOptions are for the backend splunk only.
var splunkOptions = []Option{
	{
		Name: "splunk_index", Type: "template", Example: "k8s_{namespace|node}",
		Backends: []string{Splunk},
		Range:    splunkTemplates,
		Doc:      "The index of the events; without it, that of the token. Records of different indexes travel in different requests: those of an index that Splunk does not have, or not for this token, go to the dead-letter file if the template has fields, and wait if it has none. Capitals become small letters, and what no index can be called becomes _.",
		set:      setSplunkTemplate(func(c *Config) *Template { return &c.SplunkIndex }),
	},
	{
		Name: "splunk_source", Type: "template", Example: "{pod|component}",
		Backends: []string{Splunk},
		Range:    splunkTemplates,
		Doc:      "The source of the events; without it, that of the token.",
		set:      setSplunkTemplate(func(c *Config) *Template { return &c.SplunkSource }),
	},
	{
		Name: "splunk_sourcetype", Type: "template", Example: "kube:{container|component|other}",
		Backends: []string{Splunk},
		Range:    splunkTemplates,
		Doc:      "The source type of the events, by which Splunk finds the fields of their texts; without it, that of the token.",
		set:      setSplunkTemplate(func(c *Config) *Template { return &c.SplunkSourcetype }),
	},
	{
		Name: "splunk_event", Type: "name", Default: "text", Example: "object",
		Backends: []string{Splunk},
		Range:    "text, object",
		Doc:      "What an event is. text: the text, and everything else that is known of it as indexed fields. object: one JSON object, the same that the backend file writes, whose fields Splunk finds when it searches.",
		set:      oneOf([]string{"text", "object"}, func(c *Config) *string { return &c.SplunkEvent }),
	},
	{
		Name: "splunk_ack", Type: "switch", Default: "off", Example: "on",
		Backends: []string{Splunk},
		Range:    "on, off",
		Doc:      "Whether records count as delivered only when the indexers have them (indexer acknowledgement, which must be on for the token). What is not acknowledged within request_timeout is sent again, and may come twice: set request_timeout and flush_deadline to 60s or more. The endpoint must be one machine, or a load balancer with sticky sessions.",
		set:      onOff(func(c *Config) *bool { return &c.SplunkAck }),
	},
}

var splunkTemplates = "text with {field|field|word} in it, fields being " + strings.Join(TemplateFields, ", ")

func setSplunkTemplate(field func(*Config) *Template) func(*Config, string) string {
	return func(c *Config, value string) (problem string) {
		t := field(c)
		if *t, problem = parseTemplate(value); problem == "" && t.Timed() {
			problem = "has a date"
		}
		return problem
	}
}
