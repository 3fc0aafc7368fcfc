package rules

import (
	"math"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// sampling keeps a share of the records, and drops the others.
type sampling struct {
	condition
	limit uint64   // hashes below it are kept
	by    []string // the field whose value decides; nil for the ID of the record
}

// keeps returns whether a record stays. The same record always has the same answer. With by,
// so have all records with the same value.
func (s *sampling) keeps(r *filters.Record) bool {
	if !s.holds(r) {
		return true
	}
	if s.by != nil {
		if value, ok := lookup(r, s.by); ok {
			return xxhash.Sum64(value) < s.limit
		}
	}
	var id [filters.IDLen]byte
	return xxhash.Sum64(r.AppendID(id[:0])) < s.limit
}

// sampling reads a share, or a share with a condition.
func (p *parser) sampling(n *yaml.Node) *sampling {
	s := new(sampling)
	if n.Kind == yaml.ScalarNode {
		s.limit = p.share(n, "sample")
		return s
	}
	found := p.object(n, "sample", append([]member{
		{"keep", func(n *yaml.Node) { s.limit = p.share(n, "keep") }},
		{"by", func(n *yaml.Node) { s.by = pathOf(p.text(n, "by")) }},
	}, s.members(p)...)...)
	if found["keep"] == nil && n.Kind == yaml.MappingNode {
		p.problem(n, "sample needs keep, the share of the records that stay, as in keep: 1/10")
	}
	return s
}

// share reads 0.1, 10% or 1/10.
func (p *parser) share(n *yaml.Node, what string) (limit uint64) {
	text := p.text(n, what)
	share := math.NaN()
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		if v, err := strconv.ParseFloat(strings.TrimSpace(percent), 64); err == nil {
			share = v / 100
		}
	} else if one, of, ok := strings.Cut(text, "/"); ok {
		a, errA := strconv.ParseFloat(strings.TrimSpace(one), 64)
		b, errB := strconv.ParseFloat(strings.TrimSpace(of), 64)
		if errA == nil && errB == nil {
			share = a / b
		}
	} else if v, err := strconv.ParseFloat(text, 64); err == nil {
		share = v
	}
	if !(share > 0 && share < 1) {
		if text != "" {
			p.problem(n, "%s is %q; allowed: a share above 0 and below 1, as in 0.1, 10%% or 1/10", what, text)
		}
		return math.MaxUint64
	}
	return uint64(share * math.MaxUint64)
}
