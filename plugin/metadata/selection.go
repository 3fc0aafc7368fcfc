package metadata

import (
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/wildcard"
	"github.com/k8slog/k8slog/plugin/options"
)

const (
	// maxLabels bounds the labels that are kept of an object, and maxKept its annotations.
	maxLabels = 256
	maxKept   = 64
	// maxSent and maxSentBytes bound what is sent of a pod, its namespace and its node
	// together, as JSON: every record has it.
	maxSent      = 64
	maxSentBytes = 4 << 10
	// maxValue bounds the value of an annotation that is sent.
	maxValue = 1 << 10
	// maxSteer bounds the value of an annotation that steers.
	maxSteer = 2 << 10
)

// selection says which labels and annotations are kept, and which are sent.
type selection struct {
	labels, annotations map[string][]options.TagPattern // by object
	fields              map[string]bool
	steer               bool
}

func newSelection(o options.Metadata) selection {
	s := selection{labels: byObject(o.Labels), annotations: byObject(o.Annotations), fields: map[string]bool{}, steer: len(o.Steer) > 0}
	for _, f := range o.Fields {
		s.fields[f] = true
	}
	return s
}

func byObject(all []options.TagPattern) map[string][]options.TagPattern {
	m := map[string][]options.TagPattern{}
	for _, p := range all {
		m[p.Object] = append(m[p.Object], p)
	}
	return m
}

// whole reports whether whole pods are needed.
func (s *selection) whole() bool {
	return s.fields[options.FieldImage] || s.fields[options.FieldPodIP] || s.fields[options.FieldHostIP]
}

// selects reports whether a key is among the patterns: one matches, and none that leaves out.
// Patterns that only leave out select all others.
func selects(patterns []options.TagPattern, key string) bool {
	if len(patterns) == 0 {
		return false
	}
	found := !slices.ContainsFunc(patterns, func(p options.TagPattern) bool { return !p.Not })
	for _, p := range patterns {
		if wildcard.Match(p.Glob, key) {
			if p.Not {
				return false
			}
			found = true
		}
	}
	return found
}

// SteerPrefixes begin the annotations that steer.
var SteerPrefixes = []string{"k8slog.io/", "fluentbit.io/"}

func steers(key string) bool {
	return slices.ContainsFunc(SteerPrefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// keep returns what is kept of an object: all labels, which rules and templates can use, and
// the annotations that are sent or steer.
func (s *selection) keep(object string, labels, annotations map[string]string) (t filters.Tags) {
	t.Labels = pairs(labels, maxLabels, func(string) int { return maxValue })
	t.Annotations = pairs(annotations, maxKept, func(key string) int {
		switch {
		case s.steer && object != "node" && steers(key):
			return maxSteer
		case selects(s.annotations[object], key):
			return maxValue
		}
		return 0
	})
	return t
}

// pairs returns the first pairs of a map, in the order of the keys. limit is the length of the
// longest value of a key; 0 for a key that is left out.
func pairs(m map[string]string, most int, limit func(key string) int) (all filters.Pairs) {
	for key, value := range m {
		if n := limit(key); n > 0 {
			if len(value) > n {
				value = strings.ToValidUTF8(value[:n], "")
			}
			// A part of the text of an answer would keep all of it in memory.
			all = append(all, filters.Pair{Key: strings.Clone(key), Value: strings.Clone(value)})
		}
	}
	slices.SortFunc(all, func(a, b filters.Pair) int { return strings.Compare(a.Key, b.Key) })
	if len(all) > most {
		all = slices.Clone(all[:most])
	}
	return all
}

// room is what may still be sent.
type room struct{ pairs, bytes int }

// send returns what is sent of an object, as long as there is room.
func (s *selection) send(r *room, object string, t filters.Tags) (sent filters.Tags) {
	sent.Labels = r.take(t.Labels, s.labels[object])
	sent.Annotations = r.take(t.Annotations, s.annotations[object])
	return sent
}

func (r *room) take(all filters.Pairs, patterns []options.TagPattern) (taken filters.Pairs) {
	for _, p := range all {
		if !selects(patterns, p.Key) {
			continue
		}
		p.Value = p.Value[:min(len(p.Value), maxValue)]
		size := len(jsontext.AppendString(jsontext.AppendString(nil, p.Key), p.Value))
		if r.pairs > 0 && size <= r.bytes {
			r.pairs, r.bytes = r.pairs-1, r.bytes-size
			taken = append(taken, p)
		}
	}
	return taken
}
