package metadata

import (
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
)

// Whatever the file has, a start survives it.
func FuzzRestore(f *testing.F) {
	f.Add(`{"pod":{"uid":"u","namespace":"shop","name":"a","labels":[{"k":"app","v":"web"}],"owner":{"kind":"Job","name":"j"}}}` + "\n" + `{"namespace":"shop"}` + "\n")
	f.Add(`{"pod":{"uid":"","hash":"","gone":"2026-11-29T10:00:00Z"}}` + "\n" + `{"pod":{"uid":"","hash":""}}` + "\n")
	f.Add(`{"pod":{"uid":"a","hash":"a","labels":[{"k":"b"},{"k":"a"}]}}` + "\n{}\n")
	f.Fuzz(func(t *testing.T, body string) {
		s, err := Open(Config{Options: options.Metadata{}, Node: node, Infof: t.Logf, Warnf: t.Logf})
		if err != nil {
			t.Fatal(err)
		}
		head := fmt.Sprintf(`{"format":%q,"node":%q,"version":"7","selected":%d,"sum":%d}`, format, node, s.selected(), crc32.ChecksumIEEE([]byte(body)))
		_ = s.restore([]byte(head + "\n" + body))
		s.Of(&filters.Source{Namespace: "shop", Pod: "a", PodUID: "u"})
		s.mu.Lock()
		s.forget()
		s.mu.Unlock()
		_ = s.snapshot()
		if f := s.figures(); f.gone < 0 || f.present < 0 {
			t.Errorf("%+v", f)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
