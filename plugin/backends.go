package plugin

import (
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/elasticsearch"
	"github.com/k8slog/k8slog/plugin/backend/file"
	"github.com/k8slog/k8slog/plugin/backend/http"
	"github.com/k8slog/k8slog/plugin/backend/loki"
	"github.com/k8slog/k8slog/plugin/backend/otlp"
	"github.com/k8slog/k8slog/plugin/backend/splunk"
	"github.com/k8slog/k8slog/plugin/backend/stdout"
	"github.com/k8slog/k8slog/plugin/backend/victorialogs"
	"github.com/k8slog/k8slog/plugin/options"
)

// backends makes each backend from the options: the one place where they are
// registered, under the names of options.Backends.
var backends = map[string]func(*options.Config) (backend.Backend, error){
	options.File:   func(c *options.Config) (backend.Backend, error) { return file.New(c) },
	options.Stdout: func(c *options.Config) (backend.Backend, error) { return stdout.New(c) },
	options.HTTP:   func(c *options.Config) (backend.Backend, error) { return http.New(c) },
	options.Loki:   func(c *options.Config) (backend.Backend, error) { return loki.New(c) },

	options.Elasticsearch: func(c *options.Config) (backend.Backend, error) { return elasticsearch.New(c) },
	options.VictoriaLogs:  func(c *options.Config) (backend.Backend, error) { return victorialogs.New(c) },
	options.Splunk:        func(c *options.Config) (backend.Backend, error) { return splunk.New(c) },
	options.OTLP:          func(c *options.Config) (backend.Backend, error) { return otlp.New(c) },
}
