package multiline

import (
	"slices"
	"strings"
	"testing"
)

// The states of a slot are told apart by their number alone.
func TestSlots(t *testing.T) {
	for slot, list := range slotStates {
		of := rules.names.set(list)
		if n := len(strings.Fields(list)); n > slotMask {
			t.Errorf("slot %d has %d states", slot, n)
		}
		if in := rules.last.in(of); !in.empty() && in != of {
			t.Errorf("of slot %d, some states are among lastStates and some are not", slot)
		}
		for name := range strings.FieldsSeq(list) {
			if slices.Contains(strings.Fields(lastStates), name) == rules.last.in(of).empty() {
				t.Errorf("%s is in the wrong slot", name)
			}
		}
		single := rules.soft.and(rules.lookahead).and(rules.names.known(ordinaryStates)).and(rules.final).and(rules.first).and(rules.component)
		if single.in(of) != (states{}) {
			t.Errorf("slot %d has a state that needs a bit", slot)
		}
	}
	if n := rules.names.single(); n > slotted {
		t.Errorf("%d states have a bit", n)
	} else {
		t.Logf("%d of %d states have a bit", n, slotted)
	}
}

// No line leads to two states of a slot: of these, one would be lost.
func TestSlotsDoNotCollide(t *testing.T) {
	known := map[uint64]bool{}
	for _, text := range append(append(samples, ordinary...), caseTexts(t)...) {
		state := None
		for line := range strings.SplitSeq(text, "\n") {
			line := []byte(line)
			if from := state.live; from != (states{}) {
				collide(t, from, line, known)
			}
			collide(t, rules.first, line, known)
			if state = state.Next(line); state == None {
				state = all.Begin(line, Container)
			}
		}
	}
}

func collide(t *testing.T, from states, line []byte, known map[uint64]bool) {
	t.Helper()
	n := indent(line)
	c, last := rowByte(line, n), byte(0)
	if len(line) > 0 {
		last = line[len(line)-1] % lastBytes
	}
	var used [slots]uint64
	for !from.empty() {
		done := -1
		for _, r := range rules.lists.rows[rules.lists.byLast[rules.next[from.next()][c]][last]] {
			if int(r.table) == done || !r.takes(line, n) {
				continue
			}
			done = int(r.table)
			for slot := range slots {
				number := r.to.d >> (slotShift + slot*slotBits) & slotMask
				if number != 0 && used[slot] != 0 && used[slot] != number {
					if key := uint64(slot)<<16 | used[slot]<<8 | number; !known[key] {
						known[key] = true
						t.Errorf("%q leads to %s and %s", line, slotName(slot, used[slot]), slotName(slot, number))
					}
				}
				used[slot] |= number
			}
		}
	}
}

func slotName(slot int, number uint64) string { return strings.Fields(slotStates[slot])[number-1] }
