package file

import (
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Config is the options of the backend.
type Config struct {
	Path  string // file_path
	IDKey string
}

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return []options.Option{
		{
			Name: "file_path", Type: "path", Example: "/var/log/k8slog/records.ndjson", Required: true,
			Doc: "The file that records are appended to, one JSON object a line. It is created with mode 0640; a file that was renamed away is made anew.",
			Set: options.Text(&c.Path),
		},
		ndjson.IDKey(&c.IDKey),
	}
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
