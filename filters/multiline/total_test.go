package multiline

import (
	"strings"
	"testing"
)

// Any line may stand behind any other, as the streams of many processes meet in one file: no
// rule relies on what another rule has seen of the line.
func TestAnyLineBehindAnyState(t *testing.T) {
	var lines [][]byte
	known := map[string]bool{}
	reached := map[State]bool{}
	for _, text := range readHeldout(t) {
		state := None
		for line := range strings.SplitSeq(strings.Join(text.want, "\n"), "\n") {
			if !known[line] {
				known[line] = true
				lines = append(lines, []byte(line))
			}
			if state = state.Next([]byte(line)); state == None {
				state = all.Begin([]byte(line), Container)
			}
			reached[State{live: state.live, set: state.set}] = true
		}
	}
	n, stride := 0, 7
	if raced { // which is slow
		stride = 101
	}
	for state := range reached {
		for n++; n < len(lines); n += stride {
			state.Next(lines[n])
		}
		n %= stride
	}
	if len(reached) < 200 || len(lines) < 3000 {
		t.Errorf("%d states, %d lines", len(reached), len(lines))
	}
}
