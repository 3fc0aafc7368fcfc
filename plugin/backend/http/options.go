package http

import (
	"slices"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is whatever the server speaks: endpoint is its whole URL.
var protocol = httpbackend.Protocol{
	Compressions: []string{"none", "gzip", "zstd", "snappy"},
	AWS:          httpbackend.AWSUse{Offered: true},
}

// Config is the options of the backend.
type Config struct {
	httpbackend.Config
	Method  string // http_method
	Format  string // http_format
	IDKey   string
	Answers Answers
	Vendor  string // preset
	// Time, Text and Severity are the names of what a record has; empty for the project's own.
	Time, Text, Severity string // http_time_key, …
	TimeFormat           string // http_time_format
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return append(c.OptionsFor(protocol), []options.Option{
		{
			Name: "preset", Type: "name", Example: "datadog",
			Range: strings.Join(presetNames(), ", "),
			Doc:   "The vendor whose API takes the records. It gives other options the defaults that the vendor documents (docs/backends.md#presets). For a vendor with a header of its own for the key, the file of authorization_file is that of the key.",
			Set:   options.OneOf(presetNames(), &c.Vendor),
		},
		{Name: "headers", Note: "a Content-Type replaces that of http_format. Fluent Bit's own http input, for one, takes lines as application/json only."},
		{
			Name: "http_method", Type: "name", Default: "POST", Example: "PUT",
			Range: "POST, PUT, PATCH",
			Doc:   "The method of requests.",
			Set:   options.OneOf([]string{"POST", "PUT", "PATCH"}, &c.Method),
		},
		{
			Name: "http_format", Type: "name", Default: "ndjson", Example: "json",
			Range: "ndjson, json",
			Doc:   "What a body is: a JSON object a line (Content-Type: application/x-ndjson), or an array of them (application/json).",
			Set:   options.OneOf([]string{"ndjson", "json"}, &c.Format),
		},
		{
			Name: "http_success", Type: "codes", Default: "2xx", Example: "200, 202, 409",
			Range: "codes from 200 to 599 and classes (2xx to 5xx), separated by commas",
			Doc:   "The answers that mean that every record of the request is stored. In this and the next options a code comes before its class, and 413 (which has a request divided) and 429 (which has the plugin wait) keep their meaning unless they are named themselves.",
			Set:   c.Answers.Success.set,
		},
		{
			Name: "http_retry", Type: "codes", Example: "404, 409",
			Range: "codes from 200 to 599 and classes (2xx to 5xx), separated by commas",
			Doc:   "Further answers after which a request is tried again. Without it, these are all but http_success, 400, 413 and 422: redirects, 5xx, and the other 4xx, which are about the request and not about a record.",
			Set:   c.Answers.Retry.set,
		},
		{
			Name: "http_reject", Type: "codes", Example: "404, 501",
			Range: "codes from 200 to 599 and classes (2xx to 5xx), separated by commas",
			Doc:   "Further answers after which the records go to the dead-letter file. Without it, these are 400 and 422, after which only the records go there that the server refuses when they come alone.",
			Set:   c.Answers.Reject.set,
		},
		{
			Name: "http_time_key", Type: "name", Default: "time", Example: "@timestamp",
			Range: "letters, digits, _ and @",
			Doc:   "The field that holds the time. A field of a record with the name that this or one of the next two options gives becomes field_….",
			Set:   fieldKey(&c.Time),
		},
		{
			Name: "http_time_format", Type: "name", Default: "rfc3339", Example: "unix_ms",
			Range: strings.Join(timeFormats, ", "),
			Doc:   "How the time is written: as a text with nanoseconds, or as a number of milliseconds or microseconds since 1970.",
			Set:   options.OneOf(timeFormats, &c.TimeFormat),
		},
		{
			Name: "http_text_key", Type: "name", Default: "log", Example: "message",
			Range: "letters, digits, _ and @",
			Doc:   "The field that holds the text.",
			Set:   fieldKey(&c.Text),
		},
		{
			Name: "http_severity_key", Type: "name", Default: "severity", Example: "level",
			Range: "letters, digits, _ and @",
			Doc:   "The field that holds the name of the severity.",
			Set:   fieldKey(&c.Severity),
		},
		ndjson.IDKey(&c.IDKey),
	}...)
}

// timeFormats are the choices of http_time_format, in the order of ndjson.TimeFormat.
var timeFormats = []string{"rfc3339", "unix_ms", "unix_us"}

func fieldKey(to *string) func(string) string {
	return func(value string) string {
		if strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz0123456789_@") != "" {
			return "is not made of letters, digits, _ and @"
		}
		*to = value
		return ""
	}
}

// Preset implements options.Presetter.
func (c *Config) Preset(get func(name string) string) map[string]string {
	return presetOf(get("preset")).defaults
}

// keys returns the names of what a record has; nil for the project's own.
func (c *Config) keys() *ndjson.Keys {
	p := presetOf(c.Vendor)
	if c.Time == "time" && c.Text == "log" && c.Severity == "severity" && c.TimeFormat == timeFormats[0] && p.data == "" && len(p.more) == 0 {
		return nil
	}
	return ndjson.NewKeys(ndjson.Keys{
		Time: c.Time, Text: c.Text, Severity: c.Severity, Data: p.data, More: p.more,
		TimeFormat: ndjson.TimeFormat(slices.Index(timeFormats, c.TimeFormat)),
	})
}

// checkKeys refuses one name for two things.
func (c *Config) checkKeys(common *options.Config) error {
	used := map[string]string{}
	own := []string{"time", "log", "severity"}
	for _, name := range ndjson.FieldNames {
		if !slices.Contains(own, name) {
			used[name] = "a name that the plugin writes itself"
		}
	}
	for _, name := range presetOf(c.Vendor).more {
		used[name] = "a name that the preset writes"
	}
	for _, k := range []struct{ option, name string }{
		{"id_key", c.IDKey}, {"merge_log_key", common.MergeLogKey},
		{"http_time_key", c.Time}, {"http_text_key", c.Text}, {"http_severity_key", c.Severity},
	} {
		folded := strings.ToLower(k.name)
		if other := used[folded]; other != "" && k.name != "" {
			return &options.Error{Option: k.option, Value: k.name, Problem: "is " + other + "; allowed: another name"}
		}
		used[folded] = k.option
	}
	return nil
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	if name := presetOf(c.Vendor).keyHeader; name != "" && c.Credentials.File != "" {
		c.Credentials.HeaderFiles = append(c.Credentials.HeaderFiles, httpclient.HeaderFile{Name: name, Path: c.Credentials.File})
		c.Credentials.File = ""
	}
	if err := c.checkKeys(common); err != nil {
		return err
	}
	if err := c.Config.Check(common); err != nil {
		return err
	}
	return c.Answers.check()
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
