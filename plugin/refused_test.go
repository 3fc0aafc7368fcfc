package plugin

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/chunktest"
)

// Those that the gate refuses, until they come again.
func TestRefusedChunksAreUnread(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	r := receive(t, func(int, []string) int {
		if down.Load() {
			return 503
		}
		return 204
	})
	options := joiningOptions(r, "0s")
	options["flush_deadline"], options["request_timeout"], options["backoff_max"] = "400ms", "200ms", "2s"
	in, _ := start(t, options)
	file := chunktest.File{Path: podPath}
	probe := file.Append(nil, cri("out", "F", "probe"))
	refused := file.Append(nil, cri("out", "F", "refused"))
	if in.Flush(workerThread, "containers", probe) != Retry {
		t.Fatal("delivered")
	}
	for in.pipeline.Resume.Unread() == 0 {
		in.Flush(workerThread, "containers", refused)
	}
	down.Store(false)
	for _, c := range [][]byte{probe, refused} {
		for in.Flush(workerThread, "containers", c) != OK {
			time.Sleep(time.Millisecond)
		}
	}
	if n := in.pipeline.Resume.Unread(); n != 0 {
		t.Errorf("%d are unread", n)
	}
}
