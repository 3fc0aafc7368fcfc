package numbered

import "testing"

func TestLine(t *testing.T) {
	for _, n := range []int{1, 210, 211, 422, 100_000} {
		line := Line("web-1", n)
		if writer, got, ok := Parse(line); !ok || writer != "web-1" || got != n {
			t.Errorf("line %d: %q %d %t", n, writer, got, ok)
		}
		if _, _, ok := Parse(line[:len(line)-1]); ok {
			t.Errorf("line %d: a part of it counts as the line", n)
		}
	}
}
