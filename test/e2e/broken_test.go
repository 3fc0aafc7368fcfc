package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// A line of 10 MB, in pieces: it arrives whole, in parts that are flagged and
// below join_bytes.
func TestHugeLine(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		path := filepath.Join(dir, "records")
		var huge strings.Builder
		for i := 0; huge.Len() < 10<<20; i++ {
			fmt.Fprintf(&huge, "%09d ", i)
		}
		w := writer{}
		text := func() string { return huge.String() }
		w.step(0, text)
		for w.open[0] != "" {
			w.step(0, nil)
		}
		w.step(0, func() string { return "last" })
		write(t, filepath.Join(dir, "containers", "web-1_default_web-"+id64+".log"), w.file.String())
		s := run(t, a, piecesConf(a, dir, path))
		s.eventually("the last line", func() bool {
			// It may come before the end of the huge one: they lie in
			// different chunks, which are delivered side by side.
			text, _ := os.ReadFile(path)
			return bytes.Contains(text, []byte(`"log":"last"`)) && len(joined(t, path)) >= huge.Len()
		})
		s.stop()
		var parts int
		for _, r := range records(t, path) {
			if len(*r.Log) > 4<<20 {
				t.Errorf("a part has %d bytes", len(*r.Log))
			}
			if r.Partial {
				parts++
			}
		}
		if got := joined(t, path); len(got) != huge.Len() || parts < 3 {
			t.Errorf("%d bytes in %d flagged parts, want %d bytes", len(got), parts, huge.Len())
		}
	})
}

// joined is all the text of flagged records.
func joined(t *testing.T, path string) string {
	var text strings.Builder
	for _, r := range records(t, path) {
		if r.Partial {
			text.WriteString(*r.Log)
		}
	}
	return text.String()
}

// What a crash leaves of a file: half a line, and zeros where the disk had
// none. It is passed on, and what comes behind is read.
func TestAfterACrash(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		path := filepath.Join(dir, "records")
		half := `{"log":"half a li`
		write(t, filepath.Join(dir, "containers", "web-1_default_web-"+id64+".log"),
			"2026-11-22T10:00:00Z stdout F before\n"+half+strings.Repeat("\x00", 5000)+"\n"+
				half+"\n2026-11-22T10:00:01Z stdout F after\n")
		s := run(t, a, piecesConf(a, dir, path))
		s.eventually("the last line", func() bool { return countLines(path) >= 4 })
		s.stop()
		got := records(t, path)
		if len(got) != 4 || *got[0].Log != "before" || *got[3].Log != "after" {
			t.Fatalf("%d records", len(got))
		}
		for _, r := range got[1:3] {
			if !r.Undecoded || !strings.HasPrefix(*r.Log, half) || r.Kubernetes["pod_name"] != "web-1" {
				t.Errorf("%.80q, undecoded %t, %v", *r.Log, r.Undecoded, r.Kubernetes)
			}
		}
	})
}
