package http

import (
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
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
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return append(c.OptionsFor(protocol), []options.Option{
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
		ndjson.IDKey(&c.IDKey),
	}...)
}

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	if err := c.Config.Check(common); err != nil {
		return err
	}
	return c.Answers.check()
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
