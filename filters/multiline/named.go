package multiline

// Not all exceptions are called so: what their names have in common is only
// that they are names of classes. A line that begins with one is followed by
// its frames, or it is no exception.
//
//	com.example.OrderRejected: no stock
//	Timeout::ExitException: execution expired
//	OrderRejected: no stock

// mayBeName says whether a line whose first eight bytes are in a word may begin
// with such a name: with a package, as com, org, javax, or a capitalised word.
func mayBeName(head uint64) bool {
	switch c := byte(head); {
	case c-'a' < 26:
		dots := head ^ each*'.'
		return (dots-each)&^dots&high != 0
	case c-'A' < 26:
		return byte(head>>8) >= 'a'
	}
	return false
}

// begun says whether a text begins with such a name.
func begun(text []byte) bool {
	named, _ := startsNamed(text)
	return named || opensRails(text)
}

// startsNamed says whether a text begins with the name of a class, and a colon
// or the end of the line follows; and whether the name tells of a package or
// module. One that does not has two capitalised words: "Processing: 7" is an
// ordinary line.
func startsNamed(text []byte) (named, qualified bool) {
	first, upper, lower, words := true, false, false, false // of a part of the name
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ':' && upper && (i+1 == len(text) || text[i+1] == ' '):
			return lower && !first && (qualified || words), qualified
		case c == ':' && i+2 < len(text) && text[i+1] == ':':
			qualified, first, lower = true, true, false
			i++
		case c == '.' || c == '$' || c == '+':
			if first {
				return false, false
			}
			qualified, first, lower = qualified || c == '.', true, false
		case first && c|0x20-'a' >= 26:
			return false, false
		case alphanumeric(c):
			if first {
				first, upper = false, c-'A' < 26
			} else if c-'A' < 26 && lower {
				words = true
			}
			lower = lower || c-'a' < 26
		default:
			return false, false
		}
	}
	return qualified && upper && lower && !first, qualified
}

// hintAtName returns the step behind a line that begins with such a name.
func (s Set) hintAtName(text []byte) step {
	if s&(throwing|ruby) == 0 {
		return none
	}
	switch is, qualified := startsNamed(text); {
	case is && qualified && s&throwing != 0:
		return named
	case is:
		return mention
	}
	return none
}

// afterLevelName takes the exception behind a logger's line: Tomcat indents it,
// and any class may be one.
func afterLevelName(line []byte) step {
	if text := line[indent(line):]; len(text) < len(line) {
		if isHeadline(text) {
			return thrown
		}
		return none
	}
	if is, _ := startsNamed(line); is && !logged(line) {
		return message
	}
	return none
}
