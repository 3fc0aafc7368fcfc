package plugin

import (
	"fmt"
	"math"
	"testing"

	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/chunk/chunktest"
)

// The hot path, from the chunk to the frame, by source of the lines.
var hotPaths = []struct {
	name    string
	options map[string]string
	tag     string
	fields  func(n int) []string
}{
	{"docker/ndjson", map[string]string{"backend": "stdout"}, podTag, dockerLine},
	{"docker/loki", map[string]string{"backend": "loki", "endpoint": "http://localhost"}, podTag, dockerLine},
	{"cri/ndjson", map[string]string{"backend": "stdout"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf(`2026-11-22T10:00:00.%09dZ stderr F worker %d finished a job in 12 ms, queue length is now 4`, n, n)}
	}},
	{"docker by path/ndjson", map[string]string{"backend": "stdout", "path_key": "path"}, "containers", func(n int) []string {
		pod := fmt.Sprintf("/var/log/containers/web-%d_default_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log", n/10)
		return append([]string{"path", pod}, dockerLine(n)...)
	}},
	{"docker by path, multiline/ndjson", map[string]string{
		"backend": "stdout", "path_key": "path", "offset_key": "offset", "multiline": "all",
	}, "containers", func(n int) []string {
		pod := fmt.Sprintf("/var/log/containers/web-%d_default_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log", n/10)
		return append([]string{"path", pod}, dockerLine(n)...)
	}},
	{"component/ndjson", map[string]string{"backend": "stdout"}, "component.kubelet", func(n int) []string {
		return []string{"log", fmt.Sprintf(`I0603 15:38:32.%06d       1 proxier.go:345] Removing service port "default/monitoring:prometheus"`, n)}
	}},
	{"parsed/ndjson", map[string]string{"backend": "stdout"}, podTag, func(n int) []string {
		return []string{"log", fmt.Sprintf("a \"quoted\" text, number %d\n", n), "stream", "stdout", "time", "2026-11-22T10:00:00.5Z"}
	}},
}

func dockerLine(n int) []string {
	return []string{"log", fmt.Sprintf(`{"log":"10.244.0.1 - - \"GET /api/v1/items/%d?page=2 HTTP/1.1\" 200 4711 \"-\" \"Mozilla/5.0\"\n","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`, n, n)}
}

func hotFlush(t testing.TB, options map[string]string, tag string, fields func(int) []string) (*flush, []byte) {
	in, _ := start(t, mergeOptions(options, "batch_bytes", "64MiB"))
	f := in.flushes.Get().(*flush)
	var data []byte
	for n := range 1000 {
		data = chunktest.Append(data, int64(n)*1e6, fields(n)...)
	}
	f.tag, f.data = tag, data
	f.intake.begin(tag)
	return f, data
}

func encodeAll(f *flush, data []byte) (records, bytes int) {
	f.state = chunkState{}
	start := chunk.Mark{Reader: chunk.NewReader(data)}
	f.beginPlan(start)
	f.encode(f.again, start, math.MaxInt)
	return f.again.sent, len(f.again.encoder.Frame())
}

func TestHotPathAllocatesNothing(t *testing.T) {
	for _, path := range hotPaths {
		t.Run(path.name, func(t *testing.T) {
			f, data := hotFlush(t, path.options, path.tag, path.fields)
			if n, _ := encodeAll(f, data); n != 1000 {
				t.Fatalf("%d records", n)
			}
			if allocs := testing.AllocsPerRun(5, func() { encodeAll(f, data) }); allocs > 0 {
				t.Errorf("%v allocations for 1000 records", allocs)
			}
		})
	}
}

func BenchmarkHotPath(b *testing.B) {
	for _, path := range hotPaths {
		b.Run(path.name, func(b *testing.B) {
			f, data := hotFlush(b, path.options, path.tag, path.fields)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			n := 0
			for b.Loop() {
				records, _ := encodeAll(f, data)
				n += records
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
		})
	}
}
