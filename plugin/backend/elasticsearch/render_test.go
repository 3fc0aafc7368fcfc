package elasticsearch

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func TestIndex(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	day := func(d, h int) int64 { return time.Date(2026, 11, d, h, 0, 0, 0, time.UTC).UnixNano() }
	for _, c := range []struct {
		template string
		source   filters.Source
		at       int64
		want     string
	}{
		{"logs", pod, when, "logs"},
		{"logs-{namespace|component|other}", pod, when, "logs-default"},
		{"logs-{namespace|component|other}", kubelet, when, "logs-component_kubelet"},
		{"logs-{namespace|component|other}", filters.Source{}, when, "logs-other"},
		{"logs-{component|x}", filters.Source{Component: `A\B/C*D?E"F<G>H|I J,K#L:M+N` + "名\xff"}, when, "logs-a_b_c_d_e_f_g_h_i_j_k_l_m_n__"},
		{"{component|x}", filters.Source{Component: "-_.x"}, when, "x"},
		{"{component|x}", filters.Source{Component: "--"}, when, "unnamed"},
		{"logs-{pod|x}", filters.Source{Pod: strings.Repeat("a", 300)}, when, "logs-" + strings.Repeat("a", 250)},
		{"logs-{%Y.%m.%d}", pod, day(22, 11), "logs-2026.11.22"},
		{"logs-{%Y.%m.%d}", pod, day(22, 0), "logs-2026.11.22"},
		{"logs-{%Y.%m.%d}", pod, day(22, 0) - 1, "logs-2026.11.21"},
		{"logs-{%Y.%m.%d}", pod, day(23, 9), "logs-2026.11.23"},
		{"logs-{%Y.%m.%d.%H}", pod, day(22, 11), "logs-2026.11.22.11"},
		// Nobody makes any number of indices by the times that he writes.
		{"logs-{%Y.%m.%d}", pod, when, "logs-2026.10.23"},
		{"logs-{%Y.%m.%d}", pod, -1, "logs-2026.10.23"},
		{"logs-{%Y.%m.%d}", pod, day(30, 0), "logs-2026.11.23"},
		{"logs-{%Y.%m.%d}", pod, 1<<63 - 1, "logs-2026.11.23"},
	} {
		b := newBackend(t, "index", c.template)
		b.now = func() time.Time { return now }
		s := source(b, c.source)
		b.actionAt(s.Rendered.(*rendered), c.at-int64(48*time.Hour)) // which is not taken for it
		for range 2 {                                                // the second time it is remembered
			got := string(b.actionAt(s.Rendered.(*rendered), c.at).line)
			if got != `{"create":{"_index":"`+c.want+`"` {
				t.Errorf("%s: %s, want %s", c.template, got, c.want)
			}
		}
	}
}

// Records of both sides of midnight, by many workers, do not turn each other's
// names out.
func TestIndexAroundMidnight(t *testing.T) {
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	b := newBackend(t, "index", "logs-{%d}")
	b.now = func() time.Time { return midnight }
	s := source(b, pod)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range 1000 {
				at := midnight.UnixNano() - int64(i%2)
				if got := string(b.actionAt(s.Rendered.(*rendered), at).line); got != [...]string{`{"create":{"_index":"logs-22"`, `{"create":{"_index":"logs-21"`}[i%2] {
					t.Error(got)
					return
				}
			}
		})
	}
	workers.Wait()
	i := int64(0)
	if n := testing.AllocsPerRun(100, func() { i++; b.actionAt(s.Rendered.(*rendered), midnight.UnixNano()-i%2) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
