package faults

import (
	"regexp"
	"strconv"
	"time"

	"github.com/grafana/loki/pkg/push"

	"github.com/k8slog/k8slog/test/fake"
)

// serveLoki refuses entries as Loki's distributor does, and stores all others of
// the request.
func serveLoki(b *Backend) Server {
	streams := lokiStreams{}
	newest := map[string]time.Time{}
	return &fake.Loki{
		Behind: func(labels string, e push.Entry) bool {
			return b.Window > 0 && e.Timestamp.Before(newest[labels].Add(-b.Window))
		},
		Invalid: func(labels string, e push.Entry) string {
			if b.refuses(func() Row { return streams.row(labels, e) }) {
				return "entry for stream '%s' has timestamp too old: 2018-08-11T03:42:05Z, oldest acceptable timestamp is: 2026-01-01T00:00:00Z"
			}
			return ""
		},
		Limited: func(labels string) bool { return b.limits(func() Row { return streams.row(labels, push.Entry{}) }) },
		Keep: func(labels string, e push.Entry) {
			if e.Timestamp.After(newest[labels]) {
				newest[labels] = e.Timestamp
			}
			b.Ledger.Store(streams.row(labels, e))
		},
	}
}

var lokiLabel = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*")`)

// lokiStreams are the streams whose labels were read.
type lokiStreams map[string]Row

// row reads an entry. Loki hides one with the same labels, time and line.
func (s lokiStreams) row(labels string, e push.Entry) Row {
	row, known := s[labels]
	if !known {
		for _, match := range lokiLabel.FindAllStringSubmatch(labels, -1) {
			value, _ := strconv.Unquote(match[2])
			row.set(match[1], value)
		}
		s[labels] = row
	}
	for _, m := range e.StructuredMetadata {
		row.set(m.Name, m.Value)
	}
	row.Log, row.Time = e.Line, e.Timestamp
	row.ID = idOf(labels) ^ idOf(e.Line) ^ uint64(e.Timestamp.UnixNano())
	return row
}

func (r *Row) set(name, value string) {
	switch name {
	case "namespace":
		r.Namespace = value
	case "pod":
		r.Pod = value
	case "container":
		r.Container = value
	case "stream":
		r.Stream = value
	case "partial", "undecoded":
		r.Cut = true
	}
}
