package multiline

import "math/bits"

// states is a set of states. It is no array, so that it stays in registers. Each of most
// states has a bit. The upper bits of d are slots: a slot holds the number of one of its
// states, and 0 for none. So there is room for many states that are rare. Of two states of
// a slot, a set has the one that came first.
type states struct{ a, b, c, d uint64 }

const (
	slots    = 4
	slotBits = 6
	slotMask = 1<<slotBits - 1

	slotShift = 64 - slots*slotBits // of the first slot in d
	slotted   = 3*64 + slotShift    // how many states have a bit; those of the slots follow
	maxStates = slotted + slots<<slotBits
)

// add adds the state with a number.
func (s *states) add(q uint16) {
	if q >= slotted {
		slot, number := (q-slotted)>>slotBits, (q-slotted)&slotMask
		s.d |= uint64(number) << (slotShift + slot*slotBits)
		return
	}
	switch bit := uint64(1) << (q % 64); q / 64 {
	case 0:
		s.a |= bit
	case 1:
		s.b |= bit
	case 2:
		s.c |= bit
	default:
		s.d |= bit
	}
}

// with returns the set with a state, or with all states of its slot.
func (s states) with(q uint16) states {
	if q >= slotted {
		q = slotted + ((q - slotted) | slotMask)
	}
	s.add(q)
	return s
}

func (s states) and(other states) states {
	if s.d >= 1<<slotShift && other.d >= 1<<slotShift {
		other.d = other.withoutSlots(s)
	}
	return states{s.a | other.a, s.b | other.b, s.c | other.c, s.d | other.d}
}

// withoutSlots returns d without the slots that another set uses. It is rarely called, and
// would make its callers larger.
//
//go:noinline
func (s states) withoutSlots(other states) uint64 {
	for shift := slotShift; shift < 64; shift += slotBits {
		if mask := uint64(slotMask) << shift; other.d&mask != 0 {
			s.d &^= mask
		}
	}
	return s.d
}

// but and in take a set that has all states of a slot, or none.
func (s states) but(other states) states {
	return states{s.a &^ other.a, s.b &^ other.b, s.c &^ other.c, s.d &^ other.d}
}
func (s states) in(other states) states {
	return states{s.a & other.a, s.b & other.b, s.c & other.c, s.d & other.d}
}
func (s states) empty() bool              { return s.a|s.b|s.c|s.d == 0 }
func (s states) within(other states) bool { return s.but(other).empty() }

// next takes a state out of a set that is not empty.
func (s *states) next() (q int) {
	switch {
	case s.a != 0:
		q = bits.TrailingZeros64(s.a)
		s.a &= s.a - 1
	case s.b != 0:
		q = 64 + bits.TrailingZeros64(s.b)
		s.b &= s.b - 1
	case s.c != 0:
		q = 128 + bits.TrailingZeros64(s.c)
		s.c &= s.c - 1
	default:
		q = bits.TrailingZeros64(s.d)
		if q >= slotShift {
			return s.nextSlot((q - slotShift) / slotBits)
		}
		q += 192
		s.d &= s.d - 1
	}
	return q
}

// nextSlot takes the state of a slot out of a set.
func (s *states) nextSlot(slot int) (q int) {
	shift := slotShift + slot*slotBits
	q = slotted + slot<<slotBits + int(s.d>>shift&slotMask)
	s.d &^= slotMask << shift
	return q
}
