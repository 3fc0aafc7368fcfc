package reassemble

import "testing"

func isOver(w *wait) bool {
	select {
	case <-w.over:
		return true
	default:
		return false
	}
}

// With four workers three may wait. The one that has waited longest gives way
// to a fourth.
func TestNotAllWorkersWait(t *testing.T) {
	var p limiter
	p.setLimit(3)
	var waits []*wait
	for range 4 {
		waits = append(waits, p.begin())
	}
	for i, w := range waits {
		if isOver(w) != (i == 0) {
			t.Errorf("wait %d: over %t", i, isOver(w))
		}
	}
	p.end(waits[0]) // it was ended for it
	p.end(waits[1])
	if w := p.begin(); isOver(w) || isOver(waits[2]) {
		t.Error("a free place was not taken")
	}
}

// Who waits for a verdict that is under way cannot give up.
func TestBoundWaitsStay(t *testing.T) {
	var p limiter
	p.setLimit(2)
	first, second := p.begin(), p.begin()
	p.bind(first)
	third := p.begin()
	if isOver(first) || !isOver(second) || isOver(third) {
		t.Error("not the second gave up")
	}
	p.bind(third)
	if !isOver(p.begin()) || isOver(first) || isOver(third) {
		t.Error("a wait that cannot give up did")
	}
}

func TestNobodyWaitsWithoutASecondWorker(t *testing.T) {
	for _, limit := range []int{0, -1} {
		var p limiter
		p.setLimit(limit)
		if !p.none() || !isOver(p.begin()) {
			t.Errorf("limit %d: somebody waits", limit)
		}
	}
}
