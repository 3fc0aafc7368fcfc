package metadata

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts counts requests by their verb. The zero counts is ready for use.
type counts struct {
	mu sync.Mutex
	of map[string]int64
}

func (c *counts) add(verb string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int64{}
	}
	c.of[verb]++
}

func (c *counts) each(f func(verb string, n int64)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, verb := range []string{"list", "watch", "get"} {
		f(verb, c.of[verb])
	}
}

// figures are the numbers of a Store at one moment.
type figures struct {
	present, gone, missing, namespaces int
	failing                            bool
	age                                time.Duration
}

func (s *Store) figures() figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := figures{gone: s.gone, missing: len(s.missing), namespaces: len(s.namespaces), failing: !s.synced || s.failing != nil, age: time.Since(s.heard)}
	f.present = s.present()
	return f
}

// Metrics collects the metrics of a Store. It implements prometheus.Collector.
type Metrics struct{ store *Store }

// NewMetrics returns the metrics of a Store.
func NewMetrics(s *Store) *Metrics { return &Metrics{s} }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("k8slog_metadata_"+name, help, labels, nil)
}

var (
	upDesc       = desc("up", "1 while the pods of the node are followed at the API server.")
	ageDesc      = desc("age_seconds", "How long ago the API server was last heard of. In order, it is a few minutes at most.")
	podsDesc     = desc("pods", "Pods by what is known of them: present, gone (kept for their last records), missing (records have come, and the API server has not told of the pod).", "state")
	nsDesc       = desc("namespaces", "Namespaces that are kept, which have pods here.")
	requestsDesc = desc("requests_total", "Requests to the API server.", "verb")
	eventsDesc   = desc("events_total", "Changes of pods and namespaces that the API server has told of.")
)

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	f := m.store.figures()
	up := 1.0
	if f.failing {
		up = 0
	}
	send(upDesc, prometheus.GaugeValue, up)
	send(ageDesc, prometheus.GaugeValue, f.age.Seconds())
	send(podsDesc, prometheus.GaugeValue, float64(f.present), "present")
	send(podsDesc, prometheus.GaugeValue, float64(f.gone), "gone")
	send(podsDesc, prometheus.GaugeValue, float64(f.missing), "missing")
	send(nsDesc, prometheus.GaugeValue, float64(f.namespaces))
	m.store.requests.each(func(verb string, n int64) { send(requestsDesc, prometheus.CounterValue, float64(n), verb) })
	send(eventsDesc, prometheus.CounterValue, float64(m.store.events.Load()))
}

// Up reports whether the pods of the node are followed at the API server.
func (s *Store) Up() bool { return !s.figures().failing }
