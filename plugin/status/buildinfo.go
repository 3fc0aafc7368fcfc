package status

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/k8slog/k8slog/internal/version"
)

// buildInfo is the metric that says which build runs. Its labels are those of Prometheus' own
// programs.
func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "k8slog_build_info", Help: "Always 1. The labels say which build runs.",
		ConstLabels: prometheus.Labels{"version": version.Version, "revision": version.Revision(), "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
