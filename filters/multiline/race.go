package multiline

import "bytes"

// What Go's programs print beside the traces of the runtime: the reports of the
// race detector (https://go.dev/doc/articles/race_detector), and what Gin's
// recovery writes
// (https://github.com/gin-gonic/gin/blob/master/recovery.go):
//
//	2026/11/22 10:00:00 [Recovery] 2026/11/22 - 10:00:00 panic recovered:
//	GET / HTTP/1.1
//	Host: localhost
//
//	boom
//	/app/main.go:12 (0x6f2a4e)
//		main.handle: panic("boom")

const (
	raceRule  = "=================="
	raceTitle = "WARNING: DATA RACE"
)

// afterRaceRule takes the title below the rule that may begin a report.
func afterRaceRule(_ State, line []byte) step {
	if string(line) == raceTitle {
		return goRace
	}
	return none
}

// afterRace takes a report up to the rule below it.
func afterRace(_ State, line []byte) step {
	switch {
	case string(line) == raceRule:
		return closed
	case len(line) == 0, has(line, "  "), ends(line, ":") && raceHead(line), has(line, "Location is "):
		return goRace
	}
	return none
}

// raceHead says whether a line tells of an access or a goroutine, whose stack
// follows.
func raceHead(line []byte) bool {
	for _, head := range [...]string{
		"Read at ", "Write at ", "Atomic read at ", "Atomic write at ", "Previous ", "Goroutine ", "Heap block ", "Mutex ",
	} {
		if has(line, head) {
			return true
		}
	}
	return false
}

// isRecovery says whether Gin's report of a panic begins.
func isRecovery(text []byte) bool {
	return ends(text, " panic recovered:") && bytes.Contains(text, []byte("[Recovery] "))
}

// afterRecovery takes the frames below the request and the message, which are
// held.
func afterRecovery(_ State, line []byte) step {
	if isRecoveryFrame(line) {
		return ginFrame
	}
	return none
}

func afterRecoveryFrame(_ State, line []byte) step {
	switch {
	case has(line, "\t"), isRecoveryFrame(line):
		return ginFrame
	case string(line) == "\x1b[0m": // the colour of the report ends
		return closed
	}
	return none
}

// isRecoveryFrame says whether a line is a place in a file, and an address.
func isRecoveryFrame(line []byte) bool {
	open := bytes.LastIndex(line, []byte(" (0x"))
	if open <= 0 || !ends(line, ")") {
		return false
	}
	_, ok := unnumbered(line[:open])
	return ok
}
