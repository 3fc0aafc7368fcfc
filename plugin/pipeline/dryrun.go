package pipeline

import (
	"time"

	"github.com/k8slog/k8slog/filters"
)

// DryRun reads a chunk with a tag as Process does, up to the filters, and sends nothing. each
// is called for every message: its record, which is valid during the call, the numbers of
// the chunk's records that it is made of, and whether the filters keep it. explain is told
// what rules do to the next message.
func (p *Pipeline) DryRun(tag string, data []byte, explain func(rule, what string), each func(r *filters.Record, members []int, kept bool)) {
	m := newMessages(p, func(int) bool { return false }, new(reading))
	m.begin(tag, data, time.Now().Add(time.Minute), 0, false, false)
	defer m.plan.Leave()
	for it, ok := m.next(); ok; it, ok = m.next() {
		var members []int
		for _, at := range m.members(it.mark) {
			members = append(members, at.Index)
		}
		m.record.Explain = explain
		kept := p.Filters.Apply(&m.record)
		each(&m.record, members, kept)
	}
}
