package stdout

import (
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Config is the options of the backend.
type Config struct{ IDKey string }

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	return []options.Option{ndjson.IDKey(&c.IDKey)}
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
