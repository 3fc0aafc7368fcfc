package rules

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
)

const accessLine = `10.244.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET /api/v1/items/7?page=2 HTTP/1.1" 200 4711 "https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64)" "203.0.113.9"`

// cases are rules for a source, and a line of it. Allocations are those of a record.
var benchCases = []struct {
	name, rule, text string
	allocations      float64
}{
	{"none", ``, accessLine, 0},
	{"drop, the literal is not there", `drop: {text: 'GET /healthz'}`, accessLine, 0},
	{"drop, a pattern", `drop: {text: '^\S+ - \S+ \[[^\]]+\] "GET /healthz'}`, accessLine, 0},
	{"drop by severity", `drop: {severity: below info}`, accessLine, 0},
	{"severity by key", `severity: {key: level}`, `{"time":"2026-11-22T10:00:00Z","level":"warn","msg":"slow"}`, 0},
	{"severity by pattern", `severity: {pattern: '^\S+ \[(\w+)\]'}`, "10:00:00 [WARN] slow query", 1},
	{"redact, the literal is not there", `redact: {pattern: 'card=\d{16}', with: '*'}`, accessLine, 0},
	{"redact, digits that are none", `redact: {pattern: '\b\d{16}\b', with: '*'}`, accessLine, 0},
	{"redact", `redact: {pattern: '\b\d{12}(\d{4})\b', with: '****$1'}`, "card 4111111111111111 was charged", 3},
	{"fields", `fields: {pattern: '^(?P<client>\S+) \S+ \S+ \[[^\]]+\] "(?P<verb>\S+) (?P<url>\S+)'}`, accessLine, 1},
	{"preset nginx-access", `preset: nginx-access`, accessLine, 1},
	{"set", `set: {team: shop}`, accessLine, 0},
	{"sample", `sample: 0.999999`, accessLine, 0},
}

func resolvedFor(t testing.TB, rule string) *filters.Source {
	source := web()
	if rule != "" {
		parse(t, "rules:\n  - name: r\n    match: {}\n    "+rule+"\n").Resolve(source)
	}
	return source
}

func BenchmarkRules(b *testing.B) {
	stages := filters.Chain{Redact{}, Filter{}, Finish{}}
	for _, c := range benchCases {
		source, text := resolvedFor(b, c.rule), []byte(c.text)
		b.Run(c.name, func(b *testing.B) {
			var r filters.Record
			b.ReportAllocs()
			for b.Loop() {
				r.Reset()
				r.Source, r.Log = source, filters.PlainText(text)
				stages.Apply(&r)
			}
		})
	}
}

// A source without rules, and rules that only look, allocate nothing.
func TestAllocations(t *testing.T) {
	stages := filters.Chain{Redact{}, Filter{}, Finish{}}
	for _, c := range benchCases {
		source, text := resolvedFor(t, c.rule), []byte(c.text)
		var r filters.Record
		n := testing.AllocsPerRun(200, func() {
			r.Reset()
			r.Source, r.Log = source, filters.PlainText(text)
			stages.Apply(&r)
		})
		if n > c.allocations && !(raced && c.allocations > 0) {
			t.Errorf("%s: %v allocations a record, want %v", c.name, n, c.allocations)
		}
	}
}

// What the three filters cost a record of a source without rules.
func BenchmarkNoRules(b *testing.B) {
	stages := filters.Chain{Redact{}, Filter{}, Finish{}}
	r := filters.Record{Source: web(), Log: filters.PlainText([]byte(accessLine))}
	for b.Loop() {
		stages.Apply(&r)
	}
}
