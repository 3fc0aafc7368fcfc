package rules

import (
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// Redact is the filter that redacts. It drops nothing.
type Redact struct{}

// Apply implements filters.Filter. It allocates for records in which something is replaced.
func (Redact) Apply(record *filters.Record) bool {
	all := of(record)
	if all == nil {
		return true
	}
	all.redactAll(record)
	return true
}

// redactAll redacts the text and the fields of a record.
func (all *resolved) redactAll(record *filters.Record) {
	before := record.Redacted
	for _, r := range all.redact {
		if !r.applies(record) || !redact(record, r.redact) {
			continue
		}
		if record.Redacted = true; !before {
			r.count(redacted, record)
			if record.Explain != nil {
				record.Explain(r.name, "redacted")
			}
		}
	}
}

// Filter is the filter that reads, drops, keeps, samples, and sets fields.
type Filter struct{}

// Apply implements filters.Filter. It allocates for records that a pattern with groups
// matches.
func (Filter) Apply(record *filters.Record) bool {
	all := of(record)
	if all == nil {
		return true
	}
	for _, r := range all.apply {
		if !r.applies(record) {
			continue
		}
		if r.finish >= 0 {
			record.RulesApplied |= 1 << r.finish
		}
		r.read(record)
		if !r.decide(record) {
			return false
		}
		for i := range r.set {
			setField(record, r.set[i])
		}
		if record.Explain != nil && r.set != nil {
			record.Explain(r.name, "set "+keys(r.set))
		}
	}
	return true
}

// read reads fields, severity and time.
func (r *rule) read(record *filters.Record) {
	if !r.parses() && r.severity == nil {
		return
	}
	missing := false
	note := func(what string, found bool) {
		missing = missing || !found
		switch {
		case record.Explain == nil:
		case found:
			record.Explain(r.name, "reads "+what)
		default:
			record.Explain(r.name, "does not find "+what)
		}
	}
	if r.preset != nil {
		note("the preset's fields", r.preset.apply(record))
	}
	if r.fields != nil {
		note("fields", r.fields.apply(record))
	}
	if r.severity != nil {
		note("severity", r.severity.apply(record))
	}
	if r.time != nil {
		note("time", r.time.apply(record))
	}
	if missing {
		r.count(unparsed, record)
	}
}

// decide returns false for a record that the rule drops.
func (r *rule) decide(record *filters.Record) bool {
	why, a := "", dropped
	switch {
	case r.drop != nil && r.drop.holds(record):
		why = "dropped"
	case r.keep != nil && !r.keep.holds(record):
		why = "dropped, because it is not what keep says"
	case r.sample != nil && !r.sample.keeps(record):
		why, a = "dropped by sample", sampledOut
	default:
		return true
	}
	record.DroppedBy = &r.counts[a]
	if record.Explain != nil {
		record.Explain(r.name, why)
	}
	return false
}

// Finish is the filter that removes fields and replaces the text. It drops nothing.
type Finish struct{}

// Apply implements filters.Filter.
func (Finish) Apply(record *filters.Record) bool {
	all := of(record)
	if all == nil {
		return true
	}
	// What was read from the text or became it has no escapes any more, in which a secret
	// could hide from a pattern.
	if all.redact != nil {
		defer all.redactAll(record)
	}
	for i, r := range all.finish {
		if record.RulesApplied&(1<<i) == 0 {
			continue
		}
		for _, path := range r.text {
			if takeText(record, path) {
				if record.Explain != nil {
					record.Explain(r.name, "text is "+strings.Join(path, "."))
				}
				break
			}
		}
		for _, path := range r.remove {
			if remove(record, path) && record.Explain != nil {
				record.Explain(r.name, "removed "+strings.Join(path, "."))
			}
		}
	}
	return true
}

func keys(fields []filters.Field) string {
	var all []string
	for i := range fields {
		all = append(all, string(fields[i].Key))
	}
	return strings.Join(all, ", ")
}
