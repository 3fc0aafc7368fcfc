package metadata

import (
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/fake"
)

// TestCost measures a node with 110 pods, each with 20 labels and 20 KB of annotations.
func TestCost(t *testing.T) {
	const pods = 110
	for _, whole := range []bool{false, true} {
		inRig(t, func(r *rig) {
			if whole {
				r.options.Fields = options.MetadataFields
			}
			many := labels()
			for i := range 18 {
				many[fmt.Sprintf("example.com/label-%d", i)] = "value-of-the-label"
			}
			notes := labels("kubectl.kubernetes.io/last-applied-configuration", strings.Repeat("x", 20<<10))
			pod := func(i int) map[string]any {
				mine := maps.Clone(many)
				mine["app"], mine["pod-template-hash"] = fmt.Sprintf("app-%d", i), "7d9c6b5f4"
				return fake.Pod(fmt.Sprintf("ns-%d", i%15), fmt.Sprintf("app-%d-7d9c6b5f4-x2x9z", i), fmt.Sprintf("uid-%d", i), node, mine, notes, "ReplicaSet", fmt.Sprintf("app-%d-7d9c6b5f4", i))
			}
			for i := range pods {
				if i < 15 {
					r.server.Set(fake.Object("v1", "Namespace", "", fmt.Sprintf("ns-%d", i), labels("team", "a"), nil))
				}
				r.server.Set(pod(i))
			}
			before := heap()
			s := r.start()
			defer r.stop(s)
			settle()
			var kept []*filters.Metadata
			for i := range pods {
				m := s.Of(&filters.Source{Namespace: fmt.Sprintf("ns-%d", i%15), Pod: fmt.Sprintf("app-%d-7d9c6b5f4-x2x9z", i), PodUID: fmt.Sprintf("uid-%d", i)})
				if !m.Known || len(m.Sent.Pod.Labels) != 20 {
					t.Fatalf("%+v", m)
				}
				kept = append(kept, m)
			}
			bytes := heap() - before
			start := r.server.Sent()
			began := len(r.server.Requests())
			for i := range 60 { // every minute a pod changes its status
				r.server.Set(pod(i))
				time.Sleep(time.Minute)
			}
			settle()
			t.Logf("whole %v: %d KiB of memory, %d KiB received at the start in %d requests, %d requests and %d KiB in an hour with 60 changes",
				whole, bytes>>10, start>>10, began, len(r.server.Requests())-began, (r.server.Sent()-start)>>10)
			if bytes > 4<<20 {
				t.Errorf("%d bytes", bytes)
			}
			runtime.KeepAlive(kept)
		})
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
