package textlog

import "github.com/k8slog/k8slog/filters"

// level is a word that loggers write for a severity. The zero level is no such word.
type level struct {
	severity filters.Severity
	kind     kind
	style    style
}

// kind is how much a word proves.
type kind uint8

const (
	word kind = iota // a word of loggers, also of prose: ERROR
	code             // an abbreviation, or a name that one logger has: WRN
	rare             // a word of prose that few loggers have as a level: FINE
)

// style is the case of a word.
type style uint8

const (
	mixed style = iota
	upper
	lower
	capital
)

// longestLevel is the length of the longest word.
const longestLevel = len("informational")

// lengths has a bit for each length of the words that begin with a letter, in either case,
// so that most words are refused at once. A test compares it with the table in named.
var lengths = [32]uint16{
	'a' & 31: 1 << 5,
	'c' & 31: 1<<4 | 1<<5 | 1<<6 | 1<<8,
	'd' & 31: 1<<3 | 1<<4 | 1<<5 | 1<<6,
	'e' & 31: 1<<3 | 1<<4 | 1<<5 | 1<<9,
	'f' & 31: 1<<3 | 1<<4 | 1<<5 | 1<<6,
	'i' & 31: 1<<3 | 1<<4 | 1<<11 | 1<<13,
	'l' & 31: 1 << 3,
	'n' & 31: 1<<4 | 1<<6,
	'p' & 31: 1<<3 | 1<<4 | 1<<5,
	's' & 31: 1<<5 | 1<<6,
	't' & 31: 1<<3 | 1<<4 | 1<<5 | 1<<6,
	'v' & 31: 1<<3 | 1<<7,
	'w' & 31: 1<<3 | 1<<4 | 1<<5 | 1<<7,
}

// levelOf returns the level of a word.
func levelOf(s []byte) level {
	if len(s) < len("log") || len(s) > longestLevel || lengths[s[0]&31]>>len(s)&1 == 0 {
		return level{}
	}
	return wordLevel(s)
}

// wordLevel is levelOf for a word whose first letter and length are those of a level.
func wordLevel(s []byte) (l level) {
	var low [longestLevel]byte
	uppers := 0
	for i, c := range s {
		if c-'A' < 26 {
			uppers++
			c |= 0x20
		}
		low[i] = c
	}
	name := low[:len(s)]
	if d := name[len(name)-1]; d-'1' < 8 { // DEBUG5 in PostgreSQL, trace8 in Apache
		if name = name[:len(name)-1]; string(name) != "debug" && string(name) != "trace" {
			return level{}
		}
	}
	if l.severity, l.kind = named(name); l.severity == 0 {
		return level{}
	}
	switch first := s[0]-'A' < 26; {
	case uppers == len(name):
		l.style = upper
	case uppers == 0:
		l.style = lower
	case uppers == 1 && first:
		l.style = capital
	default:
		return level{}
	}
	// winston's verbose stands between its info and debug. It is the lowest level of
	// Serilog and NestJS, which write it in another case.
	if l.style == lower && string(name) == "verbose" {
		l.severity = filters.Debug
	}
	return l
}

// named is the table of the words. Numbers and single letters are levels only in the
// formats that have them.
func named(name []byte) (filters.Severity, kind) {
	switch string(name) {
	case "trace", "verbose", "silly":
		return filters.Trace, word
	case "trc", "trac", "trce", "vrb", "finer", "finest":
		return filters.Trace, code
	case "debug":
		return filters.Debug, word
	case "dbg", "debg", "debu", "dbug":
		return filters.Debug, code
	case "fine", "config":
		return filters.Debug, rare
	case "info", "information", "informational":
		return filters.Info, word
	case "inf":
		return filters.Info, code
	case "log", "note", "system": // PostgreSQL and NestJS; MySQL
		return filters.Info, rare
	case "notice":
		return filters.Notice, word
	case "warn", "warning":
		return filters.Warn, word
	case "wrn", "warni":
		return filters.Warn, code
	case "error", "severe":
		return filters.Error, word
	case "err", "eror", "erro":
		return filters.Error, code
	case "fail": // .NET
		return filters.Error, rare
	case "critical", "crit":
		return filters.Critical, word
	case "criti": // Python's %(levelname)-5.5s
		return filters.Critical, code
	case "alert":
		return filters.Alert, word
	case "fatal", "panic", "emerg", "emergency":
		return filters.Fatal, word
	case "dpanic", "ftl", "fata", "pani", "pnc":
		return filters.Fatal, code
	}
	return 0, 0
}

// letter returns the severity of one of the letters that stand for a level; zero for all
// other bytes.
func letter(c byte) filters.Severity {
	switch c {
	case 'T':
		return filters.Trace
	case 'D':
		return filters.Debug
	case 'I':
		return filters.Info
	case 'N':
		return filters.Notice
	case 'W':
		return filters.Warn
	case 'E':
		return filters.Error
	case 'C':
		return filters.Critical
	case 'F':
		return filters.Fatal
	}
	return 0
}
