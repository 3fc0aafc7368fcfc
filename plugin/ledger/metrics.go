package ledger

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Gauges reads what the ledger does not count itself. Every function may be
// called at any time by any goroutine.
type Gauges struct {
	// MemoryBytes is about what the chunks that are worked on take.
	MemoryBytes func() int64
	// Waiting is how many chunks wait for the rest of a message.
	Waiting func() int
	// Down says whether the backend is known to be down.
	Down func() bool
	// PartitionsDown and ScopesRefused are how many partitions are down, and how
	// many scopes the backend refuses for now; Stuck is since when the first of
	// them has been so, zero for none.
	PartitionsDown, ScopesRefused func() int
	Stuck                         func() time.Time
}

// Metrics serves a ledger and the requests of an instance to Prometheus. It
// implements prometheus.Collector. Names follow
// https://prometheus.io/docs/practices/naming/. It is made by NewMetrics.
type Metrics struct {
	ledger   *Ledger
	gauges   Gauges
	records  *prometheus.Desc
	pending  *prometheus.Desc
	parked   *prometheus.Desc
	received *prometheus.Desc
	counters []counter
	waiting  *prometheus.Desc
	memory   *prometheus.Desc
	spaces   *prometheus.Desc
	bytesOf  *prometheus.Desc
	up       *prometheus.Desc
	accepted *prometheus.Desc
	parts    *prometheus.Desc
	scopes   *prometheus.Desc
	stuck    *prometheus.Desc
	requests *prometheus.HistogramVec
	bytes    prometheus.Histogram
}

type counter struct {
	desc  *prometheus.Desc
	count *atomic.Int64
}

// NewMetrics returns the metrics of a ledger.
func NewMetrics(l *Ledger, g Gauges) *Metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("k8slog_"+name, help, labels, nil)
	}
	return &Metrics{
		ledger: l, gauges: g,
		received: desc("records_received_total", "Records that Fluent Bit handed over, each once."),
		records:  desc("records_settled_total", "Records by their outcome.", "fate"),
		pending:  desc("records_pending", "Records that are with a worker, or given back to Fluent Bit."),
		parked:   desc("records_parked", "Records that wait alone on the disk (park_path)."),
		counters: []counter{
			{desc("records_undecoded_total", "Lines of containers that are in no container runtime's format."), &l.Undecoded},
			{desc("records_joined_total", "Records that became part of another one: partial lines, and lines of a message."), &l.Reassembled},
			{desc("chunks_corrupt_total", "Chunks with a remainder that is no event."), &l.Corrupt},
			{desc("chunks_given_back_total", "Chunks given back to Fluent Bit for a retry."), &l.returned},
			{desc("requests_retried_total", "Requests that were tried again."), &l.Retried},
			{desc("dead_letter_files_removed_total", "Dead-letter files that were removed to make room."), &l.FilesRemoved},
			{desc("panics_total", "Panics, each of which is a bug and costs a retry."), &l.Panics},
		},
		waiting:  desc("chunks_waiting", "Chunks that wait for the rest of a message in another chunk."),
		memory:   desc("memory_bytes", "About what the chunks that are worked on take; memory_limit bounds it."),
		spaces:   desc("namespace_records_total", "Records by namespace and outcome. Those of the node's components have no namespace.", "namespace", "fate"),
		bytesOf:  desc("namespace_bytes_total", "Bytes of the delivered records of a namespace, as Fluent Bit keeps them.", "namespace"),
		up:       desc("backend_up", "1 as long as the backend is not known to be down."),
		accepted: desc("last_accepted_timestamp_seconds", "When the backend last accepted something; 0 for never."),
		parts:    desc("partitions_down", "Partitions (tenants, or the one that there is) that are known to be down."),
		scopes:   desc("scopes_refused", "Streams or indices that the backend refuses for now."),
		stuck:    desc("stuck_seconds", "For how long the first of these has been so; 0 for none."),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "k8slog_request_duration_seconds", Help: "How long requests took, by their outcome.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"outcome"}),
		bytes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "k8slog_request_bytes", Help: "The size of the bodies of requests, after compression.",
			Buckets: prometheus.ExponentialBuckets(1<<10, 4, 8),
		}),
	}
}

// ObserveRequest takes note of a request: the bytes of its body, how long it
// took, and its error.
func (m *Metrics) ObserveRequest(size int, took time.Duration, err error) {
	outcome := "accepted"
	if err != nil {
		outcome = "failed"
	}
	m.requests.WithLabelValues(outcome).Observe(took.Seconds())
	m.bytes.Observe(float64(size))
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector. The records of one scrape balance.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	count := func(desc *prometheus.Desc, n int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(desc *prometheus.Desc, n float64) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, n)
	}
	b := m.ledger.Balance()
	count(m.received, b.Received)
	count(m.records, b.Delivered, Delivered.String())
	count(m.records, b.DeadLettered, DeadLettered.String())
	count(m.records, b.Dropped, Dropped.String())
	gauge(m.pending, float64(b.Pending))
	gauge(m.parked, float64(b.Parked))
	for _, c := range m.counters {
		count(c.desc, c.count.Load())
	}
	m.ledger.Namespaces.each(func(ns *Namespace) {
		for o := range outcomes {
			if n := ns.records[o].Load(); n > 0 {
				count(m.spaces, n, ns.Name, o.String())
			}
		}
		if n := ns.bytes.Load(); n > 0 {
			count(m.bytesOf, n, ns.Name)
		}
	})
	gauge(m.memory, float64(m.gauges.MemoryBytes()))
	gauge(m.waiting, float64(m.gauges.Waiting()))
	up := 1.0
	if m.gauges.Down() {
		up = 0
	}
	gauge(m.up, up)
	gauge(m.accepted, float64(m.ledger.accepted.Load())/1e9)
	gauge(m.parts, float64(m.gauges.PartitionsDown()))
	gauge(m.scopes, float64(m.gauges.ScopesRefused()))
	stuck := 0.0
	if since := m.gauges.Stuck(); !since.IsZero() {
		stuck = time.Since(since).Seconds()
	}
	gauge(m.stuck, stuck)
	m.requests.Collect(out)
	m.bytes.Collect(out)
}
