package multiline

import "bytes"

// Begin returns the state behind a line that may be the first of several, and
// None for any other. text is the line without its line feed, as it is kept:
// plain, or the inside of a JSON string (filters.Text).
func (s Set) Begin(text []byte, place Place) State {
	if len(text) > len(`{\r`) && text[0] == '{' {
		return None
	}
	switch text, how := s.look(text, place); how {
	case asComponent:
		return s.beginComponent(text)
	case asCandidate:
		return s.beginCandidate(text)
	case asHeader:
		return State{live: rules.header, set: s}
	case asHeaderOfGo:
		return State{live: rules.headerGo, set: s}
	}
	return None
}

// Begins reports whether a line may be the first of several, and what one of the lines
// behind it has then. It is Begin without the state, for the many lines that are none.
func (s Set) Begins(text []byte, place Place) (begins bool, hint Hint) {
	if len(text) > len(`{\r`) && text[0] == '{' {
		return
	}
	return s.begins(text, place)
}

func (s Set) begins(text []byte, place Place) (begins bool, hint Hint) {
	switch text, how := s.look(text, place); how {
	case asNothing:
		return false, NoHint
	case asHeader:
		return true, Exception
	case asHeaderOfGo:
		return true, GoPlace
	case asCandidate:
		state := s.beginCandidate(text)
		return state.Open(), state.Hint()
	default:
		state := s.beginComponent(text)
		return state.Open(), state.Hint()
	}
}

// beginning is as what a line may begin a message.
type beginning uint8

const (
	asNothing beginning = iota
	asCandidate
	asHeader // the time of a logger tells
	asHeaderOfGo
	asComponent
)

// look returns a line without a carriage return, and as what it may begin a message.
func (s Set) look(text []byte, place Place) ([]byte, beginning) {
	if len(text) == 0 {
		return nil, asNothing
	}
	if c := text[len(text)-1]; c == '\r' {
		text = text[:len(text)-1]
	} else if c == 'r' && ends(text, `\r`) {
		text = text[:len(text)-2]
	}
	if len(text) == 0 {
		return nil, asNothing
	}
	if place == Component && s&klogs != 0 {
		return text, asComponent
	}
	words := &rules.prefilter
	if s&^klogs == 0 {
		words = &rules.klogOnly
	}
	if s != 0 && words.candidate(text) {
		return text, asCandidate
	}
	if c := text[0]; (c-'0' <= 9 || c == '[') && s&headed != 0 && dated(text) {
		if c != '[' && text[4] == '/' {
			return text, asHeaderOfGo
		}
		return text, asHeader
	}
	return text, asNothing
}

// beginComponent returns the state behind a line of one of the node's own components.
func (s Set) beginComponent(text []byte) State {
	if live, _ := rules.step(rules.component, s, text, &kind{}); !live.empty() {
		return State{live: live, set: s}
	}
	return s.Begin(text, Container)
}

func (s Set) beginCandidate(text []byte) State {
	live := s.begin(text)
	if live.empty() {
		return None
	}
	state := State{live: live, set: s}
	if live.within(rules.weak) || !live.in(rules.thrown).empty() && !inPackage(text) {
		state.more = weak
	}
	return state
}

// inPackage says whether what stands before the message names a package, as in "Exception
// in thread "main" org.example.Failed: …".
func inPackage(text []byte) bool {
	name, _, _ := bytes.Cut(text, []byte(": "))
	return bytes.IndexByte(name, '.') >= 0
}

// begin returns the states behind a candidate.
func (s Set) begin(text []byte) (live states) {
	if decorated(text) {
		buffer := shownLines.Get().(*[]byte)
		defer shownLines.Put(buffer)
		*buffer = appendShown((*buffer)[:0], text)
		if text = *buffer; len(text) == 0 {
			return states{}
		}
	}
	live, _ = rules.step(rules.first, s, text, &kind{})
	return live
}
