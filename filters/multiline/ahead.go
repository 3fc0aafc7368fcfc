package multiline

// ahead is what is known of the lines of lookahead, in one word, so that a State is
// small:
//
//	bits 0-8    how much of the lookahead is used; 0 for no lines
//	bit 9       weak
//	bit 10      restarts
//	bits 11-31  what the last line may have begun, if it does not belong to the
//	            message: the softStates with the first numbers
type ahead uint32

const (
	usedMask = 1<<9 - 1

	weak     ahead = 1 << 9  // the first line may as well be one of another message
	restarts ahead = 1 << 10 // see State.Restarts

	againShift  = 11
	againStates = 32 - againShift
)

// The lookahead is bounded, and lines use it up. A message may hold a long
// statement or object, but its lines are indented. Lines that look like those of a
// logger are few.
const (
	maxLookahead = 256

	ofIndented = 1
	ofPlain    = 8
	ofLogged   = 32
)

func (a ahead) used() int { return int(a & usedMask) }

func (a ahead) again() states { return states{a: uint64(a >> againShift)} }

// ahead returns the state behind a line of lookahead, whose live states are known.
func (s State) ahead(line []byte, k *kind) State {
	more := s.more
	switch {
	case k.logged:
		more += ofLogged
	case len(line) == 0 || indent(line) > 0:
		more += ofIndented
	default:
		more += ofPlain
	}
	if more.used() > maxLookahead {
		return None
	}
	if k.hard {
		more &^= weak
	}
	return State{s.live, s.set, more&(1<<againShift-1) | ahead(k.first.a<<againShift)}
}
