package plugin

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/chunk/chunktest"
)

// Chunks that come back again and again leave nothing behind.
func TestProgressStaysSmall(t *testing.T) {
	p := newProgress()
	chunks := make([][]byte, 500)
	for i := range chunks {
		chunks[i] = fmt.Appendf(nil, "chunk %d", i)
	}
	for range 50 {
		for i, c := range chunks {
			state := p.take("tag", c)
			state.pending = i + 1
			if n := p.keep("tag", c, state); n != 0 {
				t.Fatalf("%d records were forgotten", n)
			}
		}
	}
	if len(p.chunks) != len(chunks) || len(p.order) > 2*len(chunks)+1000 {
		t.Errorf("%d chunks, %d in order", len(p.chunks), len(p.order))
	}
	// The one that has been away longest goes first, though it came first too.
	p.keep("tag", chunks[0], p.take("tag", chunks[0]))
	if n := p.forgetOldest(); n != 2 || len(p.chunks) != len(chunks)-1 {
		t.Errorf("forgot %d records; %d chunks are left", n, len(p.chunks))
	}
	if state := p.take("tag", chunks[0]); state.pending != 1 {
		t.Errorf("%+v", state)
	}
	if state := p.take("other tag", chunks[3]); state.pending != 0 {
		t.Errorf("another tag's: %+v", state)
	}
}

func TestEqualChunksAreNotConfused(t *testing.T) {
	p := newProgress()
	c := []byte("the same bytes")
	if p.keep("tag", c, chunkState{pending: 3}) != 0 || p.keep("tag", c, chunkState{pending: 5}) != 3 {
		t.Error("what the first had pending is not given back")
	}
	if state := p.take("tag", c); state.pending != 5 {
		t.Errorf("%+v", state)
	}
	if state := p.take("tag", c); state.pending != 0 {
		t.Errorf("taken twice: %+v", state)
	}
}

// Chunks that were given back before anybody looked into them are counted.
func TestUnreadChunks(t *testing.T) {
	p := newProgress()
	one, two := []byte("one"), []byte("two")
	for i, step := range []struct {
		do   func()
		want int
	}{
		{func() { p.keep("tag", one, chunkState{counted: 1}) }, 1},
		{func() { p.keep("tag", one, chunkState{counted: 1}) }, 1},
		{func() { p.keep("tag", two, chunkState{counted: 1, read: true}) }, 1},
		{func() { p.take("tag", two) }, 1},
		{func() { p.take("tag", []byte("other")) }, 1},
		{func() { p.take("tag", one) }, 0},
		{func() { p.keep("tag", one, chunkState{}); p.keep("tag", one, chunkState{read: true}) }, 0},
		{func() { p.keep("tag", two, chunkState{}); p.forgetOldest(); p.forgetOldest() }, 0},
	} {
		if step.do(); p.countUnread() != step.want {
			t.Errorf("step %d: %d unread", i, p.countUnread())
		}
	}
}

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
	options["flush_deadline"], options["request_timeout"], options["backoff_max"] = "400ms", "200ms", "20ms"
	in, _ := start(t, options)
	file := chunktest.File{Path: podPath}
	probe := file.Append(nil, cri("out", "F", "probe"))
	refused := file.Append(nil, cri("out", "F", "refused"))
	if in.Flush(workerThread, "containers", probe) != Retry {
		t.Fatal("delivered")
	}
	for in.progress.countUnread() == 0 {
		in.Flush(workerThread, "containers", refused)
	}
	down.Store(false)
	for _, c := range [][]byte{probe, refused} {
		for in.Flush(workerThread, "containers", c) != OK {
			time.Sleep(time.Millisecond)
		}
	}
	if n := in.progress.countUnread(); n != 0 {
		t.Errorf("%d are unread", n)
	}
}
