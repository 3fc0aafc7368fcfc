package merge

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
)

var kinds = []struct {
	name string
	text filters.Text
}{
	{"plain", filters.PlainText([]byte("worker 7 finished job 12 in 3 ms, queue length is now 4"))},
	{"json", filters.PlainText([]byte(`{"level":"info","ts":"2026-11-22T10:00:00Z","msg":"request handled","status":200,"path":"/items/1","user":{"id":"u-17"}}`))},
	{"json, escaped", escaped(`{"level":"info","ts":"2026-11-22T10:00:00Z","msg":"request handled","status":200,"path":"/items/1","user":{"id":"u-17"}}`)},
	{"json, lines", escaped("{\n\"level\": \"info\",\n\"ts\": \"2026-11-22T10:00:00Z\",\n\"msg\": \"request handled\"\n}")},
	{"logfmt", escaped(`time="2026-11-22T10:00:00Z" level=info msg="request \"handled\"" status=200 path=/items/1`)},
	{"klog", escaped(klogHeader + `"Error syncing pod" err="back-off 5m0s" pod="default/a" obj={"a":["b c"]}`)},
}

var all = Filter{Members: true, Key: []byte("log_processed"), TimeKeys: []string{"ts", "time"}}

func TestApplyAllocatesNothing(t *testing.T) {
	for _, c := range kinds {
		var r filters.Record
		if n := testing.AllocsPerRun(100, func() {
			r.Reset()
			r.Log, r.Source, r.Time = c.text, container, near
			all.Apply(&r)
		}); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
		if (len(r.Fields) == 0) != (c.name == "plain") {
			t.Errorf("%s: %d fields", c.name, len(r.Fields))
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, c := range kinds {
		b.Run(c.name, func(b *testing.B) {
			var r filters.Record
			b.SetBytes(int64(c.text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				r.Reset()
				r.Log, r.Source, r.Time = c.text, container, near
				all.Apply(&r)
			}
		})
	}
}
