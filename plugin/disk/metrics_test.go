package disk

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestMetrics: a log that is behind has metrics of its own.
func TestMetrics(t *testing.T) {
	n := newNode(t)
	l := n.ledger()
	n.write(100)
	r, _ := n.read(l, n.target, 0, 60)
	r.Settle()
	waitFor(t, "the rest is unread", func() bool { return l.Figures().Unread > 0 })
	l.mu.Lock()
	for _, log := range l.logs {
		log.files[0].marks[0].at = time.Now().Add(-time.Minute)
	}
	l.mu.Unlock()
	registry := prometheus.NewRegistry()
	n.must(registry.Register(NewMetrics(l)))
	families, err := registry.Gather()
	n.must(err)
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.Metric {
			name := family.GetName()
			for _, label := range m.Label {
				name += " " + label.GetValue()
			}
			values[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"k8slog_disk_bytes settled": 2870, "k8slog_disk_bytes unread": 1920, "k8slog_disk_missing_bytes_total removed": 0, "k8slog_disk_missing_bytes_total dropped": 0,
		"k8slog_disk_log_unread_bytes app shop web-1": 1920,
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if behind := values["k8slog_disk_log_behind_seconds app shop web-1"]; behind < 60 || behind > 600 {
		t.Error("behind:", behind)
	}
	n.must(l.Close())
}
