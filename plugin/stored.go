package plugin

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/k8slog/k8slog/plugin/backend"
)

// This file says what a backend has on the disk of this machine, and counts as delivered.

// stored returns that of the backend; ok is false for one that stores nothing here.
func (in *Instance) stored() (s backend.Stored, ok bool) {
	if storing := in.storing(); storing != nil {
		return storing.Stored(), true
	}
	return backend.Stored{}, false
}

// storing returns the first of the destinations that stores records on the disk; nil for none.
func (in *Instance) storing() backend.Storing {
	for d := range in.all {
		if storing, ok := d.backend.(backend.Storing); ok {
			return storing
		}
	}
	return nil
}

// storedLine is the line of the periodic report; empty for none.
func (in *Instance) storedLine() string {
	s, ok := in.stored()
	if !ok {
		return ""
	}
	line := fmt.Sprintf("%d records in %d objects uploaded, %d records in %d files not yet, with %d of %d bytes on the disk",
		s.ObjectRecords, s.Objects, s.Records, s.Files, s.Bytes, s.Limit)
	if s.Repeated > 0 {
		line += fmt.Sprintf(", %d records that came again were on the disk", s.Repeated)
	}
	return line
}

// uploadsStuck returns why what is on the disk is not taken away, and since when; nil when it
// is.
func (in *Instance) uploadsStuck() *stuckPart {
	var stuck *stuckPart // for longest
	for d := range in.all {
		storing, ok := d.backend.(backend.Storing)
		if !ok {
			continue
		}
		s := storing.Stored()
		if s.Err == nil || stuck != nil && !s.FailingSince.Before(stuck.since) {
			continue
		}
		what := "uploads"
		if d != &in.own {
			what = ofDestination(d.Name, what)
		}
		stuck = &stuckPart{s.FailingSince, fmt.Errorf("%s fail since %s, and %d records are on the disk: %w",
			what, s.FailingSince.UTC().Format(time.RFC3339), s.Records, s.Err)}
	}
	return stuck
}

// storedMetrics collects the metrics of a Storing backend. It implements prometheus.Collector.
type storedMetrics struct{ backend.Storing }

func storedDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("k8slog_stored_"+name, help, nil, nil)
}

var (
	storedRecordsDesc  = storedDesc("records", "Records on the disk that count as delivered and are not uploaded yet.")
	storedBytesDesc    = storedDesc("bytes", "Bytes on the disk of the records that are not uploaded yet, and of those that were uploaded within two minutes.")
	storedLimitDesc    = storedDesc("limit_bytes", "The most of these bytes; above it chunks are returned.")
	storedFilesDesc    = storedDesc("files", "Files with records that are not uploaded yet.")
	storedOldestDesc   = storedDesc("oldest_seconds", "The age of the oldest of these records; 0 for none.")
	storedMaxAgeDesc   = storedDesc("limit_seconds", "The age at which they are uploaded (upload_timeout).")
	storedRepeatedDesc = storedDesc("repeated_records_total", "Records that Fluent Bit presented again after a crash, and that were on the disk; they are not stored again.")
	uploadedDesc       = storedDesc("uploaded_objects_total", "Objects that were uploaded.")
	uploadedRecsDesc   = storedDesc("uploaded_records_total", "Records of these objects.")
	uploadedBytesDesc  = storedDesc("uploaded_bytes_total", "Bytes of these objects, as they were uploaded.")
	uploadsFailedDesc  = storedDesc("uploads_failed_total", "Uploads that failed, and are tried again.")
)

// Describe implements prometheus.Collector.
func (m storedMetrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m storedMetrics) Collect(out chan<- prometheus.Metric) {
	s := m.Stored()
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64) {
		out <- prometheus.MustNewConstMetric(desc, kind, value)
	}
	send(storedRecordsDesc, prometheus.GaugeValue, float64(s.Records))
	send(storedBytesDesc, prometheus.GaugeValue, float64(s.Bytes))
	send(storedLimitDesc, prometheus.GaugeValue, float64(s.Limit))
	send(storedFilesDesc, prometheus.GaugeValue, float64(s.Files))
	age := 0.0
	if !s.Oldest.IsZero() {
		age = max(time.Since(s.Oldest).Seconds(), 0)
	}
	send(storedOldestDesc, prometheus.GaugeValue, age)
	send(storedMaxAgeDesc, prometheus.GaugeValue, s.MaxAge.Seconds())
	send(storedRepeatedDesc, prometheus.CounterValue, float64(s.Repeated))
	send(uploadedDesc, prometheus.CounterValue, float64(s.Objects))
	send(uploadedRecsDesc, prometheus.CounterValue, float64(s.ObjectRecords))
	send(uploadedBytesDesc, prometheus.CounterValue, float64(s.ObjectBytes))
	send(uploadsFailedDesc, prometheus.CounterValue, float64(s.Failures))
}
