// Package rules is what an operator says of the records of some sources, in a rules file: how
// to read them, which to drop, what to redact, what to add, and where they go. docs/rules.md
// is the reference of the file.
//
// The rules of a source are worked out once, by Set.Resolve, and are kept in the source. A
// record of a source without rules costs one comparison in each filter here.
//
// Redact runs before all other filters that read the text, so that whatever they find in it
// is redacted as well. Filter runs behind the filter header, so that the rules know the
// severity. Finish runs last.
package rules

import (
	"slices"
	"sync/atomic"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
)

// Set is the rules of a file. It is made by Load or Parse, and is safe for concurrent use. A
// nil Set has no rules.
type Set struct {
	rules    []*rule
	notes    Problems
	steering *steering // nil for none

	file         string
	destinations []Destination
	routes       []route
}

// rule is one rule.
type rule struct {
	name      string
	line      int
	match     match
	when      *condition // nil for all records
	multiline *multiline.Custom
	redact    []redaction
	preset    *preset
	fields    *fieldsAction
	severity  *severityAction
	time      *timeAction
	drop      *condition
	keep      *condition
	sample    *sampling
	set       []filters.Field
	remove    [][]string
	text      [][]string // of which the first that is there counts
	tenant    string
	index     string

	counts *counters
}

// counters are the counters of a rule.
type counters [actions]atomic.Int64

// action is what a rule does to a record and counts.
type action uint8

const (
	dropped action = iota
	sampledOut
	redacted
	unparsed

	actions
)

// String returns the name of the action in metrics.
func (a action) String() string {
	return [...]string{"dropped", "sampled_out", "redacted", "unparsed"}[a]
}

// may returns whether the rule can do that.
func (r *rule) may(a action) bool {
	switch a {
	case dropped:
		return r.drop != nil || r.keep != nil
	case sampledOut:
		return r.sample != nil
	case redacted:
		return r.redact != nil
	}
	return r.parses()
}

func (r *rule) parses() bool {
	return r.preset != nil || r.fields != nil || r.time != nil || r.severity != nil && r.severity.fixed == 0
}

// resolved is the rules of a source, in the order of the file: all that one of the filters
// has to look at. It is the value of filters.Source.Rules.
type resolved struct {
	redact []*rule
	apply  []step
	finish []*rule
}

// step is a rule for Filter. finish is its number in resolved.finish; -1 for a rule that is
// not there. Whether such a rule applies is decided once, by Filter.
type step struct {
	*rule
	finish int
}

// maxFinish is the number of rules of a source that Finish looks at.
const maxFinish = 64

// Resolve sets Rules, Multiline, Tenant and Index of a new source.
func (s *Set) Resolve(source *filters.Source) {
	if s == nil {
		return
	}
	var all resolved
	var custom multiline.ByStream
	found := false
	for _, r := range slices.Concat(s.steering.rules(source), s.rules) {
		if !r.match.source(source) {
			// What may have to be redacted is, as long as the labels are not known.
			if r.redact != nil && source.Missing() && r.match.names(source) {
				all.redact = append(all.redact, r)
				found = true
			}
			continue
		}
		found = true
		if r.redact != nil {
			all.redact = append(all.redact, r)
		}
		one := step{r, -1}
		if (r.remove != nil || r.text != nil) && len(all.finish) < maxFinish {
			one.finish = len(all.finish)
			all.finish = append(all.finish, r)
		}
		if one.finish >= 0 || r.parses() || r.severity != nil || r.drop != nil || r.keep != nil || r.sample != nil || r.set != nil {
			all.apply = append(all.apply, one)
		}
		if r.multiline != nil {
			custom.Set(r.match.stream, r.multiline)
			source.Multiline = &custom
		}
		if r.tenant != "" {
			source.Tenant = r.tenant
		}
		if r.index != "" {
			source.Index = r.index
		}
	}
	if found {
		source.Rules = &all
	}
}

// Counts calls each for the counters of all rules: how many records an action was done to.
func (s *Set) Counts(each func(rule, action string, n int64)) {
	if s == nil {
		return
	}
	for _, r := range s.rules {
		for a := range actions {
			if r.may(a) {
				each(r.name, a.String(), r.counts[a].Load())
			}
		}
	}
	s.steering.each(each)
}

// Notes returns what is valid in the file, and may be unexpected: patterns that cost much.
func (s *Set) Notes() Problems {
	if s == nil {
		return nil
	}
	return s.notes
}

// Len returns the number of rules. That of annotations counts as one.
func (s *Set) Len() int {
	switch {
	case s == nil:
		return 0
	case s.steering != nil:
		return len(s.rules) + 1
	}
	return len(s.rules)
}

func of(r *filters.Record) *resolved {
	all, _ := r.Source.Rules.(*resolved)
	return all
}

// applies returns whether the rule is for a record of its source.
func (r *rule) applies(record *filters.Record) bool {
	return (r.match.stream == filters.NoStream || r.match.stream == record.Stream) && (r.when == nil || r.when.holds(record))
}

// count counts a record, unless it was counted before.
func (r *rule) count(a action, record *filters.Record) {
	if !record.Again {
		r.counts[a].Add(1)
	}
}

// NamesFor returns the names of the rules for a source, in the order of the file.
func (s *Set) NamesFor(source *filters.Source) (names []string) {
	if s == nil {
		return nil
	}
	for _, r := range slices.Concat(s.steering.rules(source), s.rules) {
		if r.match.source(source) {
			names = append(names, r.name)
		}
	}
	return names
}
