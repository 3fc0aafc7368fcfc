package pipeline

import (
	"strings"
	"testing"
)

func TestMemoryLimit(t *testing.T) {
	m := memory{limit: 100 * memoryFactor}
	first, err := m.take(150)
	if err != nil {
		t.Fatalf("a chunk that is alone: %v", err)
	}
	if _, err := m.take(1); err == nil {
		t.Error("more than the limit")
	}
	m.give(first)
	if _, err := m.take(60); err != nil {
		t.Error(err)
	}
	if _, err := m.take(60); err == nil || !strings.Contains(err.Error(), "memory_limit") {
		t.Error(err)
	}
	if used := m.used.Load(); used != 60*memoryFactor {
		t.Errorf("%d bytes are taken", used)
	}
}
