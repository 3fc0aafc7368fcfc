package rules

import (
	"time"
	_ "time/tzdata" // the image has no time zones of its own

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// timeAction sets the time of a record.
type timeAction struct {
	place
	layouts []layout
	zone    *time.Location
}

// Times are ignored unless they are plausible, as those of time_keys are. A clock that was
// never set is in 1970. A clock that is ahead would hide its records.
const (
	earliest = 946684800 * int64(time.Second) // 2000-01-01
	maxAhead = int64(24 * time.Hour)          // after the record's time
)

// apply returns whether the record has a plausible time where the rule looks for it.
func (a *timeAction) apply(r *filters.Record) bool {
	text := a.find(r)
	if len(text) == 0 {
		return false
	}
	for i := range a.layouts {
		ns, ok := a.layouts[i].parse(text, r.Time, a.zone)
		if ok && ns >= earliest && ns-maxAhead <= r.Time {
			r.Time = ns
			r.Flags |= filters.TimeByRule
			return true
		}
	}
	return false
}

// timeAction reads where the time is found, and how it is written.
func (p *parser) timeAction(n *yaml.Node) *timeAction {
	a := &timeAction{zone: p.config.Zone}
	if a.zone == nil {
		a.zone = time.UTC
	}
	found := p.object(n, "time",
		a.patternMember(p, "time"), a.keyMember(p),
		member{"layout", func(n *yaml.Node) {
			p.list(n, "layout", func(n *yaml.Node) {
				text := p.text(n, "layout")
				l, problem := newLayout(text)
				if problem != "" && text != "" {
					p.problem(n, "layout %q %s; allowed: rfc3339, unix, strftime as in %%Y-%%m-%%d %%H:%%M:%%S, or Go as in 2006-01-02 15:04:05", text, problem)
				}
				a.layouts = append(a.layouts, l)
			})
		}},
		member{"zone", func(n *yaml.Node) {
			name := p.text(n, "zone")
			zone, err := time.LoadLocation(name)
			if err != nil {
				p.problem(n, "zone %q is no time zone; allowed: Local, UTC, or a name as in Europe/Berlin", name)
				return
			}
			a.zone = zone
		}},
	)
	if n.Kind != yaml.MappingNode {
		return a
	}
	if (found["pattern"] == nil) == (found["key"] == nil) {
		p.problem(n, "time needs either key or pattern, which say where the time is found")
	}
	if found["layout"] == nil {
		a.layouts = []layout{{auto: true}}
	}
	return a
}
