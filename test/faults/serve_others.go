package faults

import (
	"strconv"
	"time"

	"github.com/k8slog/k8slog/test/fake"
)

// serveOTLP refuses the whole request of a record that is refused, and stores
// nothing of it, as a Collector does.
func serveOTLP(b *Backend) Server {
	return &fake.OTLP{
		Bad:  func(l fake.LogRecord) bool { return b.refuses(func() Row { return otlpRow(l) }) },
		Keep: func(l fake.LogRecord) { b.Ledger.Store(otlpRow(l)) },
	}
}

func otlpRow(l fake.LogRecord) Row {
	row := Row{
		Namespace: l.Resource["k8s.namespace.name"], Pod: l.Resource["k8s.pod.name"], Container: l.Resource["k8s.container.name"],
		Stream: l.Attributes["log.iostream"], Log: l.Body, Time: time.Unix(0, int64(l.Nanoseconds)),
	}
	for _, name := range []string{"k8slog.partial", "k8slog.undecoded"} {
		if _, is := l.Attributes[name]; is {
			row.Cut = true
		}
	}
	return row
}

// splunkToken is the token of the collector.
const splunkToken = "11111111-2222-3333-4444-555555555555"

type splunkServer struct{ *fake.Splunk }

// Problems returns none: the ledger misses what is refused.
func (s splunkServer) Problems() []string { return nil }

// serveSplunk stores the events before one that is refused, and says which it is.
func serveSplunk(b *Backend) Server {
	return splunkServer{&fake.Splunk{
		Token: splunkToken,
		Bad:   func(e fake.Event) bool { return b.refuses(func() Row { return splunkRow(e) }) },
		Keep:  func(e fake.Event) { b.Ledger.Store(splunkRow(e)) },
	}}
}

func splunkRow(e fake.Event) Row {
	seconds, _ := strconv.ParseFloat(string(e.Time), 64)
	return Row{
		Namespace: e.Fields["k8s.namespace.name"], Pod: e.Fields["k8s.pod.name"], Container: e.Fields["k8s.container.name"],
		Stream: e.Fields["log.iostream"], Log: e.Text(), Time: time.UnixMicro(int64(seconds * 1e6)),
		Cut: e.Fields["partial"] != "" || e.Fields["undecoded"] != "",
	}
}

// jsonLines is VictoriaLogs, which refuses nothing for what it is: it drops what it
// does not take.
type jsonLines struct{ *fake.VictoriaLogs }

func (s jsonLines) Problems() []string { return s.Dropped() }

func serveVictoriaLogs(b *Backend) Server {
	return jsonLines{&fake.VictoriaLogs{Keep: func(r fake.Row) { b.Ledger.Store(jsonLineRow(r)) }}}
}

func jsonLineRow(r fake.Row) Row {
	f := r.Fields
	return Row{
		Namespace: f["kubernetes.namespace_name"], Pod: f["kubernetes.pod_name"], Container: f["kubernetes.container_name"],
		Stream: f["stream"], Log: f["_msg"], Time: r.Time, Cut: f["partial"] != "" || f["undecoded"] != "",
	}
}
