package plugin

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/k8slog/k8slog/plugin/reassemble"
)

// metrics are the books and the requests of an instance, for Prometheus. It
// implements prometheus.Collector. Names follow
// https://prometheus.io/docs/practices/naming/.
type metrics struct {
	in       *Instance
	records  *prometheus.Desc
	pending  *prometheus.Desc
	received *prometheus.Desc
	counters []counter
	waiting  *prometheus.Desc
	memory   *prometheus.Desc
	spaces   *prometheus.Desc
	bytesOf  *prometheus.Desc
	up       *prometheus.Desc
	accepted *prometheus.Desc
	requests *prometheus.HistogramVec
	bytes    prometheus.Histogram
}

type counter struct {
	desc  *prometheus.Desc
	count *atomic.Int64
}

func newMetrics(in *Instance) *metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("k8slog_"+name, help, labels, nil)
	}
	return &metrics{
		in:       in,
		received: desc("records_received_total", "Records that Fluent Bit handed over, each once."),
		records:  desc("records_settled_total", "Records by what became of them.", "fate"),
		pending:  desc("records_pending", "Records that are with a worker, or given back to Fluent Bit."),
		counters: []counter{
			{desc("records_undecoded_total", "Lines of containers that no runtime's format fitted."), &in.books.undecoded},
			{desc("records_joined_total", "Records that became part of another one: pieces, and lines of a text."), &in.books.joined},
			{desc("chunks_corrupt_total", "Chunks with a remainder that is no event."), &in.books.corrupt},
			{desc("chunks_given_back_total", "Chunks given back to Fluent Bit for a retry."), &in.books.retried},
			{desc("requests_retried_total", "Requests that were tried again."), &in.books.repeated},
			{desc("dead_letter_files_removed_total", "Dead-letter files that were removed to make room."), in.books.removed},
			{desc("panics_total", "Panics, each of which is a bug and costs a retry."), &in.books.panics},
		},
		waiting:  desc("chunks_waiting", "Chunks that wait for the rest of a text in another chunk."),
		memory:   desc("memory_bytes", "What the chunks that are worked on take, about; memory_limit bounds it."),
		spaces:   desc("namespace_records_total", "Records by namespace and by what became of them. Those of the node's components have none.", "namespace", "fate"),
		bytesOf:  desc("namespace_bytes_total", "Bytes of the delivered records of a namespace, as Fluent Bit keeps them.", "namespace"),
		up:       desc("backend_up", "1 as long as the backend is not known to be down."),
		accepted: desc("last_accepted_timestamp_seconds", "When the backend last took something; 0 for never."),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "k8slog_request_duration_seconds", Help: "How long requests took, by their outcome.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"outcome"}),
		bytes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "k8slog_request_bytes", Help: "The bodies of requests, as they travel.",
			Buckets: prometheus.ExponentialBuckets(1<<10, 4, 8),
		}),
	}
}

// observe takes note of a request.
func (m *metrics) observe(size int, took time.Duration, err error) {
	outcome := "accepted"
	if err != nil {
		outcome = "failed"
	}
	m.requests.WithLabelValues(outcome).Observe(took.Seconds())
	m.bytes.Observe(float64(size))
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector. The records of one scrape balance.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	count := func(desc *prometheus.Desc, n int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(desc *prometheus.Desc, n float64) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, n)
	}
	b := m.in.Balance()
	count(m.received, b.Received)
	count(m.records, b.Delivered, "delivered")
	count(m.records, b.DeadLettered, "dead-lettered")
	count(m.records, b.Dropped, "dropped")
	gauge(m.pending, float64(b.Pending))
	for _, c := range m.counters {
		count(c.desc, c.count.Load())
	}
	m.in.accounts.each(func(a *account) {
		for fate, name := range map[reassemble.Fate]string{
			reassemble.Delivered: "delivered", reassemble.Rejected: "dead-lettered", reassemble.Dropped: "dropped",
		} {
			if n := a.settled[fate].Load(); n > 0 {
				count(m.spaces, n, a.namespace, name)
			}
		}
		if n := a.bytes.Load(); n > 0 {
			count(m.bytesOf, n, a.namespace)
		}
	})
	gauge(m.memory, float64(m.in.memory.used.Load()))
	gauge(m.waiting, float64(m.in.joiner.Waiting()))
	up := 1.0
	if m.in.committer.Down() {
		up = 0
	}
	gauge(m.up, up)
	gauge(m.accepted, float64(m.in.books.accepted.Load())/1e9)
	m.requests.Collect(out)
	m.bytes.Collect(out)
}

// Healthy returns an error when chunks are given back and nothing has been
// delivered for the configured time.
func (in *Instance) Healthy() error {
	since := in.books.failing.Load()
	if since == 0 {
		return nil
	}
	if ago := time.Since(time.Unix(0, since)); ago >= in.config.StatusHealthy {
		last := "nothing was delivered yet"
		if at := in.books.accepted.Load(); at != 0 {
			last = fmt.Sprintf("the last delivery was %v ago", time.Since(time.Unix(0, at)).Round(time.Second))
		}
		return errors.New("chunks are given back since " + ago.Round(time.Second).String() + "; " + last)
	}
	return nil
}
