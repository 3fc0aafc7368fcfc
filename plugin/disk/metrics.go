package disk

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/k8slog/k8slog/filters/source/kubepath"
)

// maxBehind is the number of logs that have metrics of their own, and behindAfter the age
// of the first line from which on they have: the names of pods are many.
const (
	maxBehind   = 20
	behindAfter = 10 * time.Second
)

// Metrics collects the metrics of a Ledger. It implements prometheus.Collector.
type Metrics struct{ ledger *Ledger }

// NewMetrics returns the metrics of a ledger.
func NewMetrics(l *Ledger) *Metrics { return &Metrics{l} }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("k8slog_disk_"+name, help, labels, nil)
}

var (
	bytesDesc      = desc("bytes", "Bytes of the containers' log files: settled (delivered, dead-lettered, dropped or parked), waiting (handed over by Fluent Bit), unread.", "state")
	missingDesc    = desc("missing_bytes_total", "Bytes of files that are gone: removed before Fluent Bit has handed them over, or handed over and dropped by Fluent Bit.", "reason")
	caughtUpDesc   = desc("caught_up_bytes_total", "Bytes that Fluent Bit has missed, and the plugin has read from the files.")
	repeatedDesc   = desc("repeated_records_total", "Records that Fluent Bit handed over although they had an outcome; they are not sent again.")
	unlocatedDesc  = desc("unlocated_runs_total", "Runs of lines whose file was not found.")
	unseenDesc     = desc("unseen_rotations_total", "Looks at a log between which files may have come and gone: the file that was written last was removed. What such files had is not counted.")
	unreadableDesc = desc("unreadable_logs", "Logs of which a file cannot be read.")
	behindDesc     = desc("behind_seconds", "The age of the first byte that has no outcome; 0 for none.")
	logBehindDesc  = desc("log_behind_seconds", "The same for the logs that are furthest behind, at most 20.", "namespace", "pod", "container")
	logUnreadDesc  = desc("log_unread_bytes", "Bytes of these logs that were not handed over.", "namespace", "pod", "container")
)

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	g := m.ledger.Figures()
	send(bytesDesc, prometheus.GaugeValue, float64(g.Settled), "settled")
	send(bytesDesc, prometheus.GaugeValue, float64(g.Waiting), "waiting")
	send(bytesDesc, prometheus.GaugeValue, float64(g.Unread), "unread")
	removed, dropped := m.ledger.missingSoFar()
	send(missingDesc, prometheus.CounterValue, float64(removed), "removed")
	send(missingDesc, prometheus.CounterValue, float64(dropped), "dropped")
	send(caughtUpDesc, prometheus.CounterValue, float64(m.ledger.caughtUp.Load()))
	send(repeatedDesc, prometheus.CounterValue, float64(m.ledger.repeated.Load()))
	send(unlocatedDesc, prometheus.CounterValue, float64(m.ledger.unlocated.Load()))
	send(unseenDesc, prometheus.CounterValue, float64(m.ledger.unseen.Load()))
	send(behindDesc, prometheus.GaugeValue, g.Behind.Seconds())
	logs, cannot := m.ledger.Logs(), 0
	for i := range logs {
		if logs[i].Problem != "" {
			cannot++
		}
	}
	send(unreadableDesc, prometheus.GaugeValue, float64(cannot))
	type name struct{ namespace, pod, container string }
	sent := map[name]bool{}
	for _, log := range logs {
		if log.Behind < behindAfter || len(sent) == maxBehind {
			break
		}
		source, _ := kubepath.FromPath(log.Path)
		n := name{source.Namespace, source.Pod, source.Container}
		if !sent[n] { // of a container that was restarted, the log that is furthest behind
			sent[n] = true
			send(logBehindDesc, prometheus.GaugeValue, log.Behind.Seconds(), n.namespace, n.pod, n.container)
			send(logUnreadDesc, prometheus.GaugeValue, float64(log.Unread), n.namespace, n.pod, n.container)
		}
	}
}
