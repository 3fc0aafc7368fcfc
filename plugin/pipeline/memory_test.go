package pipeline

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryLimit(t *testing.T) {
	now := time.Now()
	m := memory{limit: 100 * memoryFactor}
	first, err := m.take(150, now)
	if err != nil {
		t.Fatalf("a chunk that is alone: %v", err)
	}
	if _, err := m.take(60, now); err == nil || !strings.Contains(err.Error(), "memory_limit") {
		t.Errorf("a second large chunk: %v", err)
	}
	small := []share{}
	for range 5 { // beside any large one
		s, err := m.take(5, now)
		if err != nil {
			t.Error(err)
		}
		small = append(small, s)
	}
	if _, err := m.take(1, now); err == nil {
		t.Error("more than the limit")
	}
	m.give(first)
	if _, err := m.take(60, now); err != nil {
		t.Error(err)
	}
	for _, s := range small {
		m.give(s)
	}
	if used := m.inUse(); used != 60*memoryFactor {
		t.Errorf("%d bytes are taken", used)
	}
}

// A chunk waits for the memory of others, as soon as it is given back, and half of its time
// at most.
func TestMemoryIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory{limit: 100 * memoryFactor}
		begun := time.Now()
		first, err := m.take(70, begun)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(3*time.Second, func() { m.give(first) })
		second, err := m.take(70, begun.Add(10*time.Second))
		if err != nil || time.Since(begun) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		begun = time.Now()
		if _, err := m.take(70, begun.Add(10*time.Second)); err == nil || time.Since(begun) != 5*time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		m.give(second)
	})
}
