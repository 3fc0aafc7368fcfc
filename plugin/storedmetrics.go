package plugin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/k8slog/k8slog/plugin/backend"
)

// storedOne is a metric of what a destination has on the disk.
type storedOne struct {
	name, help string
	kind       prometheus.ValueType
	value      func(s *backend.Stored) float64
}

var storedSeries = []storedOne{
	{"records", "Records on the disk that count as delivered and are not uploaded yet.", prometheus.GaugeValue, func(s *backend.Stored) float64 { return float64(s.Records) }},
	{"bytes", "Bytes on the disk of the records that are not uploaded yet, and of those that were uploaded within two minutes.", prometheus.GaugeValue, func(s *backend.Stored) float64 { return float64(s.Bytes) }},
	{"limit_bytes", "The most of these bytes; above it chunks are returned.", prometheus.GaugeValue, func(s *backend.Stored) float64 { return float64(s.Limit) }},
	{"files", "Files with records that are not uploaded yet.", prometheus.GaugeValue, func(s *backend.Stored) float64 { return float64(s.Files) }},
	{"oldest_seconds", "The age of the oldest of these records; 0 for none.", prometheus.GaugeValue, func(s *backend.Stored) float64 {
		if s.Oldest.IsZero() {
			return 0
		}
		return max(time.Since(s.Oldest).Seconds(), 0)
	}},
	{"limit_seconds", "The age at which they are uploaded (upload_timeout).", prometheus.GaugeValue, func(s *backend.Stored) float64 { return s.MaxAge.Seconds() }},
	{"repeated_records_total", "Records that Fluent Bit presented again after a crash, and that were on the disk; they are not stored again.", prometheus.CounterValue, func(s *backend.Stored) float64 { return float64(s.Repeated) }},
	{"uploaded_objects_total", "Objects that were uploaded.", prometheus.CounterValue, func(s *backend.Stored) float64 { return float64(s.Objects) }},
	{"uploaded_records_total", "Records of these objects.", prometheus.CounterValue, func(s *backend.Stored) float64 { return float64(s.ObjectRecords) }},
	{"uploaded_bytes_total", "Bytes of these objects, as they were uploaded.", prometheus.CounterValue, func(s *backend.Stored) float64 { return float64(s.ObjectBytes) }},
	{"uploads_failed_total", "Uploads that failed, and are tried again.", prometheus.CounterValue, func(s *backend.Stored) float64 { return float64(s.Failures) }},
}

// storedMetrics collects the metrics of the destinations that store records on the disk. Of
// several, each has its own, by the label destination. It implements prometheus.Collector.
type storedMetrics struct {
	all   []store
	descs []*prometheus.Desc // as storedSeries
}

// newStoredMetrics returns the metrics of at least one destination.
func newStoredMetrics(all []store) *storedMetrics {
	m := &storedMetrics{all: all}
	var labels []string
	if len(all) > 1 {
		labels = []string{"destination"}
	}
	for _, of := range storedSeries {
		m.descs = append(m.descs, prometheus.NewDesc("k8slog_stored_"+of.name, of.help, labels, nil))
	}
	return m
}

// Describe implements prometheus.Collector.
func (m *storedMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range m.descs {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (m *storedMetrics) Collect(out chan<- prometheus.Metric) {
	for _, d := range m.all {
		now := d.Stored()
		var labels []string
		if len(m.all) > 1 {
			labels = []string{d.name}
		}
		for i, of := range storedSeries {
			out <- prometheus.MustNewConstMetric(m.descs[i], of.kind, of.value(&now), labels...)
		}
	}
}
