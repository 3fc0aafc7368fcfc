package plugin

import (
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/azure"
	"github.com/k8slog/k8slog/plugin/backend/cloudwatch"
	"github.com/k8slog/k8slog/plugin/backend/elasticsearch"
	"github.com/k8slog/k8slog/plugin/backend/file"
	"github.com/k8slog/k8slog/plugin/backend/googlecloudlogging"
	"github.com/k8slog/k8slog/plugin/backend/http"
	"github.com/k8slog/k8slog/plugin/backend/kafka"
	"github.com/k8slog/k8slog/plugin/backend/loki"
	"github.com/k8slog/k8slog/plugin/backend/otlp"
	"github.com/k8slog/k8slog/plugin/backend/s3"
	"github.com/k8slog/k8slog/plugin/backend/splunk"
	"github.com/k8slog/k8slog/plugin/backend/stdout"
	"github.com/k8slog/k8slog/plugin/backend/syslog"
	"github.com/k8slog/k8slog/plugin/backend/victorialogs"
)

// Backends is the list of all backends. The values of the option backend, the checks of
// the configuration, and docs/options.md follow from it.
var Backends = backend.Registry{
	backend.Register("file", file.New),
	backend.Register("stdout", stdout.New),
	backend.Register("http", http.New),
	backend.Register("loki", loki.New),
	backend.Register("otlp", otlp.New),
	backend.Register("elasticsearch", elasticsearch.New),
	backend.Register("victorialogs", victorialogs.New),
	backend.Register("splunk", splunk.New),
	backend.Register("cloudwatch", cloudwatch.New),
	backend.Register("google_cloud_logging", googlecloudlogging.New),
	backend.Register("azure", azure.New),
	backend.Register("kafka", kafka.New),
	backend.Register("s3", s3.New),
	backend.Register("syslog", syslog.New),
}
