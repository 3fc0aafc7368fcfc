package multiline

import "bytes"

// start returns the step behind a line that begins a trace in its first column.
func (s Set) start(text []byte) step {
	switch c := text[0]; {
	case c == ' ' || c == '\t' || c == '\\':
		return s.startIndented(text)
	case c-'0' <= 9: // a date, an address: most lines
		return none
	}
	first := word(text)
	if s&java != 0 && isLogging(text) {
		return logging
	}
	if s&throwing != 0 {
		if st := s.startThrowable(text, first); st != none {
			return st
		}
	}
	if s&node != 0 && len(first) == len(text) {
		if isNodeSource(text) {
			return nodeSource
		}
		if isNodeScript(text) {
			return nodeScript
		}
	}
	if s&node != 0 {
		if st := startNodeFatal(text); st != none {
			return st
		}
	}
	if s&python != 0 {
		if st := startPython(text); st != none {
			return st
		}
		if st := startPythonLog(text); st != none {
			return st
		}
	}
	if s&golang != 0 {
		if st := startGo(text); st != none {
			return st
		}
	}
	if s&ruby != 0 {
		if st := startRuby(text, first); st != none {
			return st
		}
	}
	if s&php != 0 {
		return startPHP(text)
	}
	return none
}

// startIndented returns the step behind a line that can stand only inside a
// trace: its beginning was not recognised, or is in a file that is gone.
func (s Set) startIndented(text []byte) step {
	rest := unindented(text)
	switch {
	case s&throwing != 0 && isFrame(rest):
		return s.afterAt(rest)
	case s&java != 0 && javaLine(rest) != none:
		return thrown
	case s&node != 0 && isNodeScript(text):
		return nodeScript
	case s&node != 0 && startNodeFatal(text) != none:
		return nodeHeap
	case s&python != 0 && isPyGroup(text):
		return pyGroup
	case s&ruby != 0 && has(rest, "from "):
		if bare, _ := rubyFrame(rest); bare {
			return rubyFrom
		}
	}
	return none
}

// hint returns the step behind a line that does not begin with a trace, but
// ends with one, or may be followed by one.
func (s Set) hint(text []byte) step {
	found := s.hintAtEnd(text)
	if found != none && found != mention && found != named {
		return found
	}
	switch text[0] {
	case 'P', '[', 'N':
		if s&php != 0 {
			if st := hintPHP(text); st != none {
				return st
			}
		}
	case '=':
		if s&golang != 0 && string(text) == raceRule {
			return goRaceRule
		}
	case 'u', 'r':
		if s&golang != 0 && explainsCrash(text) {
			return goRuntime
		}
	case 't', 'd', 'i', 'w', 'f', 'c':
		if s&dotnet != 0 {
			if st := startEntry(text); st != none {
				return st
			}
		}
	}
	if s&ruby != 0 {
		switch {
		case text[0]-'A' < 26 && opensRails(text):
			return railsOpen
		case text[0] == '[' && isTaggedRails(text):
			return rails
		case (text[0]-'A' < 26 || text[0] == '[') && causedByRails(text):
			return railsCaused
		}
	}
	if st := s.hintAtColon(text[:min(len(text), window)]); st != none {
		if st != mention && st != named {
			return st
		}
		found = max(found, st)
	}
	switch st := s.hintAtLevel(text); {
	case st == level && found == named:
		return levelNamed
	case st != none:
		return st
	}
	return max(found, s.hintAtName(text))
}

// hintAtEnd looks at how a line ends.
func (s Set) hintAtEnd(text []byte) step {
	switch text[len(text)-1] {
	case ':':
		if s&python != 0 && ends(text, traceback) {
			return pyStack
		}
		if s&golang != 0 && ends(text, "]:") {
			if i := bytes.LastIndex(text, []byte("goroutine ")); i >= 0 && isGoroutine(text[i:]) {
				return goFrames
			}
		}
		if s&golang != 0 && isRecovery(text) {
			return ginPanic
		}
		if s&ruby != 0 {
			if isRubyThread(text) {
				return rubyThread
			}
			return mention
		}
	case '{':
		if s&node != 0 && opensProperties(text) {
			return nodeProperties
		}
	case 'r', 'n', 'e':
		if s&throwing != 0 && throwable(text) {
			return named
		}
	}
	return none
}

// hintAtColon looks at what stands before each colon.
func (s Set) hintAtColon(text []byte) step {
	found := none
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], ':')
		if n < 0 {
			return found
		}
		if i += n; i == 0 {
			continue
		}
		rest := text[i+1:]
		switch text[i-1] {
		case 'r', 'n', 'e':
			if s&naming != 0 && throwable(text[:i]) && (len(rest) == 0 || rest[0] == ' ') {
				found = named
			}
		case ')': // SqlException (0x80131904): …
			open := bytes.LastIndex(text[:i], []byte(" ("))
			if s&dotnet != 0 && open > 0 && throwable(text[:open]) && isCode(text[open+2:i-1]) {
				found = named
			}
		case ']': // Error [ERR_X]: …
			if open := bytes.LastIndexByte(text[:i], '['); s&naming != 0 && open > 0 && throwable(text[:open-1]) {
				found = named
			}
		case 'c':
			if s&golang != 0 && has(rest, " ") && ends(text[:i], "panic") {
				found = max(found, mention)
			}
		case 'p':
			if s&golang != 0 && has(rest, " panic serving ") && ends(text[:i], "http") {
				return goPanic
			}
		case '2':
			if s&golang != 0 && has(rest, " panic serving ") && ends(text[:i], "http2") {
				return goPanic
			}
		case 'k':
			if s&python != 0 && isRemote(text) {
				return pyRemote
			}
		}
	}
}
