package ledger

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Gauges reads the values that are not in the ledger. Its functions are called by
// any goroutine at any time.
type Gauges struct {
	// MemoryBytes is about the memory of the chunks in work.
	MemoryBytes func() int64
	// ParkedBytes is the size of the parked records on the disk.
	ParkedBytes func() int64
	// Waiting is the number of chunks that wait for the rest of a message.
	Waiting func() int
	// Down reports whether the backend is known to be down.
	Down func() bool
	// PartitionsDown and ScopesRefused are the number of partitions that are down,
	// and of scopes that the backend refuses for now. Stuck is since when the
	// first of them has been so; the zero time for none.
	PartitionsDown, ScopesRefused func() int
	Stuck                         func() time.Time
	// Rules calls each for every counter of the operator's rules; nil for no rules.
	Rules func(each func(rule, action string, n int64))
	// Destinations are the destinations; nil for an output with one.
	Destinations []DestinationGauges
	// RateLimited is true where records above a rate limit may be dropped.
	RateLimited bool
}

// Metrics collects the metrics of a ledger and of the requests of an instance.
// It implements prometheus.Collector. Names follow
// https://prometheus.io/docs/practices/naming/. It is created by NewMetrics.
type Metrics struct {
	ledger *Ledger

	received, settled, pending, parked, abandoned *prometheus.Desc
	namespaceRecords, namespaceBytes              *prometheus.Desc
	namespaceRateLimited                          *prometheus.Desc // nil where nothing is dropped for its rate
	ruleRecords                                   *prometheus.Desc
	rules                                         func(each func(rule, action string, n int64)) // nil for none
	destinationRecords, destinationParked         *prometheus.Desc
	destinationUp                                 *prometheus.Desc
	destinations                                  []DestinationGauges
	counters                                      []counter
	gauges                                        []gauge

	requests *prometheus.HistogramVec
	bytes    prometheus.Histogram
}

type counter struct {
	desc  *prometheus.Desc
	count *atomic.Int64
}

type gauge struct {
	desc  *prometheus.Desc
	value func() float64
}

// NewMetrics creates the metrics of a ledger.
func NewMetrics(l *Ledger, g Gauges) *Metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("k8slog_"+name, help, labels, nil)
	}
	m := &Metrics{
		ledger:   l,
		received: desc("records_received_total", "Records that Fluent Bit handed over, each once."),
		settled:  desc("records_settled_total", "Records by their outcome.", "fate"),
		pending:  desc("records_pending", "Records that are with a worker, or given back to Fluent Bit."),
		abandoned: desc("records_abandoned",
			"Records given back to Fluent Bit that it has not presented again for abandon_after: it has dropped them. Those that come after all count no more."),
		parked: desc("records_parked", "Records that wait alone on the disk (park_path)."),
		namespaceRecords: desc("namespace_records_total",
			"Records by namespace and outcome. Those of the node's components have no namespace.", "namespace", "fate"),
		namespaceBytes: desc("namespace_bytes_total",
			"Bytes of the delivered records of a namespace, as Fluent Bit keeps them.", "namespace"),
		ruleRecords: desc("rule_records_total",
			"Records to which a rule of rules_file, or an annotation, did something: dropped, sampled_out, redacted; or which it could not read: unparsed.", "rule", "action"),
		rules: g.Rules,
		destinationRecords: desc("destination_records_total",
			"Records that a destination has taken or refused, by outcome. A record counts at each of its destinations.", "destination", "fate"),
		destinationParked: desc("destination_records_parked", "Records that wait on the disk for a destination (park_path).", "destination"),
		destinationUp:     desc("destination_up", "1 as long as the destination is not known to be down.", "destination"),
		destinations:      g.Destinations,
		counters: []counter{
			{desc("records_undecoded_total", "Lines of containers that are in no container runtime's format."), &l.Undecoded},
			{desc("records_unidentified_total", "Lines of containers of which neither the path nor the tag names the pod."), &l.Unidentified},
			{desc("records_repaired_total", "Damaged lines of containers that were decoded nevertheless."), &l.Repaired},
			{desc("records_joined_total", "Records that became part of another one: partial lines, and lines of a message."), &l.Reassembled},
			{desc("records_refused_path_total", "Dropped records of paths that lead to a file that is no log file."), &l.Refused},
			{desc("records_without_metadata_total", "Records of pods of which the API server has not told, flagged metadata_missing."), &l.NoMetadata},
			{desc("chunks_corrupt_total", "Chunks with a remainder that is no event."), &l.Corrupt},
			{desc("chunks_given_back_total", "Chunks given back to Fluent Bit for a retry."), &l.returned},
			{desc("requests_retried_total", "Requests that were tried again."), &l.Retried},
			{desc("dead_letter_files_removed_total", "Dead-letter files that were removed to make room."), &l.FilesRemoved},
			{desc("parked_damaged_total", "Lines of parked records that were damaged on the disk, and went to the dead-letter file."), &l.Damaged},
			{desc("park_failures_total", "Records that could not be parked, each time: park_bytes is reached, or the disk is full. They stay in the chunks of Fluent Bit."), &l.ParkFailed},
			{desc("panics_total", "Panics, each of which is a bug and costs a retry."), &l.Panics},
		},
		gauges: []gauge{
			{desc("chunks_waiting", "Chunks that wait for the rest of a message in another chunk."), number(g.Waiting)},
			{desc("parked_bytes", "Size of the parked records on the disk; park_bytes limits it."), number(g.ParkedBytes)},
			{desc("memory_bytes", "About what the chunks that are worked on take; memory_limit bounds it."), number(g.MemoryBytes)},
			{desc("backend_up", "1 as long as the backend is not known to be down."), func() float64 {
				if g.Down() {
					return 0
				}
				return 1
			}},
			{desc("last_accepted_timestamp_seconds", "When the backend last accepted something; 0 for never."), func() float64 {
				return float64(l.accepted.Load()) / 1e9
			}},
			{desc("dead_letters_failing_seconds", "For how long refused records cannot be written to the dead-letter file; 0 when they can."), func() float64 {
				if since, err := l.Letters.Failing(); err != nil {
					return time.Since(since).Seconds()
				}
				return 0
			}},
			{desc("partitions_down", "Partitions (tenants, or the one that there is) that are known to be down."), number(g.PartitionsDown)},
			{desc("scopes_refused", "Streams or indices that the backend refuses for now."), number(g.ScopesRefused)},
			{desc("stuck_seconds", "For how long the first of these has been so; 0 for none."), func() float64 {
				if since := g.Stuck(); !since.IsZero() {
					return time.Since(since).Seconds()
				}
				return 0
			}},
		},
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "k8slog_request_duration_seconds", Help: "How long requests took, by their outcome.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"outcome"}),
		bytes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "k8slog_request_bytes", Help: "The size of the bodies of requests, after compression.",
			Buckets: prometheus.ExponentialBuckets(1<<10, 4, 8),
		}),
	}
	if g.RateLimited {
		m.namespaceRateLimited = desc("namespace_rate_limited_records_total",
			"Records of a namespace that were above its rate limit and dropped. They are among the dropped ones.", "namespace")
	}
	return m
}

func number[N int | int64](read func() N) func() float64 {
	return func() float64 { return float64(read()) }
}

// ObserveRequest observes a request: the size of its body in bytes, its duration,
// and its error.
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

// Collect implements prometheus.Collector. The numbers of records in one scrape
// balance.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	b := m.ledger.Balance()
	send(m.received, prometheus.CounterValue, float64(b.Received))
	send(m.settled, prometheus.CounterValue, float64(b.Delivered), Delivered.String())
	send(m.settled, prometheus.CounterValue, float64(b.DeadLettered), DeadLettered.String())
	send(m.settled, prometheus.CounterValue, float64(b.Dropped), Dropped.String())
	send(m.pending, prometheus.GaugeValue, float64(b.Pending))
	send(m.parked, prometheus.GaugeValue, float64(b.Parked))
	send(m.abandoned, prometheus.GaugeValue, float64(b.Abandoned))
	m.ledger.Namespaces.each(func(ns *Namespace) {
		for o := range outcomes {
			if n := ns.records[o].Load(); n > 0 {
				send(m.namespaceRecords, prometheus.CounterValue, float64(n), ns.Name, o.String())
			}
		}
		if n := ns.bytes.Load(); n > 0 {
			send(m.namespaceBytes, prometheus.CounterValue, float64(n), ns.Name)
		}
		// Zero as well: Prometheus sees no increase in the first sample of a counter.
		if m.namespaceRateLimited != nil && ns.Name != "" {
			send(m.namespaceRateLimited, prometheus.CounterValue, float64(ns.RateLimited.Load()), ns.Name)
		}
	})
	if m.rules != nil {
		m.rules(func(rule, action string, n int64) {
			send(m.ruleRecords, prometheus.CounterValue, float64(n), rule, action)
		})
	}
	for _, d := range m.destinations {
		delivered, dead, parked := d.Figures.Figures()
		send(m.destinationRecords, prometheus.CounterValue, float64(delivered), d.Name, Delivered.String())
		send(m.destinationRecords, prometheus.CounterValue, float64(dead), d.Name, DeadLettered.String())
		send(m.destinationParked, prometheus.GaugeValue, float64(parked), d.Name)
		up := 1.0
		if d.Down() {
			up = 0
		}
		send(m.destinationUp, prometheus.GaugeValue, up, d.Name)
	}
	for _, c := range m.counters {
		send(c.desc, prometheus.CounterValue, float64(c.count.Load()))
	}
	for _, g := range m.gauges {
		send(g.desc, prometheus.GaugeValue, g.value())
	}
	m.requests.Collect(out)
	m.bytes.Collect(out)
}
