package options

// overOTLP are the options for OTLP.
var overOTLP = []Option{
	{
		Name: "trace_ids", Type: "switch", Default: "on", Example: "off",
		Backends: []string{OTLP},
		Range:    "on, off",
		Doc:      "Whether trace and span that a record names (trace_id, traceId, trace.id, span_id, …, in hexadecimal) become those of the log record. They are looked for in the fields of a record and in texts that are JSON objects or logfmt. Whoever writes the text chooses them; nothing else depends on them.",
		set: func(c *Config, value string) string {
			problem := onOff(func(c *Config) *bool { return &c.TraceIDs })(c, value)
			c.TraceIDs = c.TraceIDs && c.Backend == OTLP
			return problem
		},
	},
}
