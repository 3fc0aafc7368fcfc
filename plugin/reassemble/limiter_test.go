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
	p.setLimit(3, false)
	var waits []*wait
	for range 4 {
		waits = append(waits, p.begin(restOfMessage))
	}
	for i, w := range waits {
		if isOver(w) != (i == 0) {
			t.Errorf("wait %d: over %t", i, isOver(w))
		}
	}
	p.end(waits[0]) // it was ended for it
	p.end(waits[1])
	if w := p.begin(restOfMessage); isOver(w) || isOver(waits[2]) {
		t.Error("a free place was not taken")
	}
}

// Who waits for a verdict that is under way cannot give up.
func TestBoundWaitsStay(t *testing.T) {
	var p limiter
	p.setLimit(2, false)
	first, second := p.begin(restOfMessage), p.begin(restOfMessage)
	p.bind(first, true)
	third := p.begin(restOfMessage)
	if isOver(first) || !isOver(second) || isOver(third) {
		t.Error("not the second gave up")
	}
	p.bind(third, true)
	if !isOver(p.begin(restOfMessage)) || isOver(first) || isOver(third) {
		t.Error("a wait that cannot give up did")
	}
}

func TestNobodyWaitsWithoutASecondWorker(t *testing.T) {
	for _, limit := range []int{0, -1} {
		var p limiter
		p.setLimit(limit, false)
		if !p.none() || !isOver(p.begin(restOfMessage)) {
			t.Errorf("limit %d: somebody waits", limit)
		}
	}
}

// The rest of a line comes for certain: who waits for it stops last.
func TestLinesWaitLongerThanMessages(t *testing.T) {
	var p limiter
	p.setLimit(2, false)
	line, message := p.begin(restOfLine), p.begin(restOfMessage)
	if third := p.begin(restOfLine); isOver(line) || !isOver(message) || isOver(third) {
		t.Error("not the message gave up")
	}
	if p.begin(restOfMessage); !isOver(line) {
		t.Error("nobody gave up")
	}
}

// Behind an ordinary line hardly anything follows: who waits for that stops first, and for
// nobody else.
func TestOrdinaryLinesStopFirst(t *testing.T) {
	var p limiter
	p.setLimit(2, false)
	message, ordinary := p.begin(restOfMessage), p.begin(mayGoOn)
	if second := p.begin(mayGoOn); isOver(message) || !isOver(ordinary) || isOver(second) {
		t.Error("not the ordinary line gave up")
	}
	p.begin(restOfLine)
	if again := p.begin(mayGoOn); isOver(message) || !isOver(again) {
		t.Error("an ordinary line took the place of a message")
	}
}
