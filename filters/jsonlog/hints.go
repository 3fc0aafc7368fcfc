package jsonlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// hints collects the members that identify a format whose severity is not a name under a
// usual key. A format is identified by a combination of keys that only it has.
type hints struct {
	seen   hint
	level  int              // the number under level, from 0 to 99
	letter filters.Severity // the severity under s, in MongoDB's format
	word   filters.Severity // the severity under the key of one format
	weak   filters.Severity // the severity of the first number or letter under a usual key
	first  bool             // weak is that of the first member
	count  int              // the number of members
}

// hint is a set of members.
type hint uint32

const (
	hasTS hint = 1 << iota
	hasMillis
	hasCaller
	hasMsg
	hasV
	hasErr
	hasVersion
	hasShortMessage
	hasPID
	hasHostname
	hasDate
	hasAt
	hasTemplate
	hasLevel  // a level under a usual key
	hasName   // a level in Serilog's compact form
	hasNumber // a level that is a number from 0 to 99
	hasText   // a text under message
	hasTime
	hasRule
	hasOutput
	hasPriority
	hasErrCode
	hasLabel
)

// add records a member. weak is the severity that it states as a number or a letter; zero
// for none.
func (h *hints) add(key, value []byte, weak filters.Severity) {
	if h.count++; weak != 0 && h.weak == 0 {
		h.weak, h.first = weak, h.count == 1
	}
	switch string(key) {
	case "time", "timestamp", "@timestamp":
		h.seen |= hasTime
	case "message":
		h.seen |= hasText
	case "rule":
		h.seen |= hasRule
	case "output":
		h.seen |= hasOutput
	case "priority":
		h.seen, h.word = h.seen|hasPriority, filters.ParseSeverity(unquote(value))
	case "err_code":
		h.seen |= hasErrCode
	case "label":
		h.seen, h.word = h.seen|hasLabel, mysqlSeverity(unquote(value))
	case "ts":
		h.seen |= hasTS
		// Milliseconds since 1970 have 13 digits until 2286.
		if whole, _, _ := bytes.Cut(value, []byte{'.'}); len(whole) == 13 && value[0] != '"' {
			h.seen |= hasMillis
		}
	case "caller":
		h.seen |= hasCaller
	case "msg":
		h.seen |= hasMsg
	case "v":
		h.seen |= hasV
	case "err":
		h.seen |= hasErr
	case "version":
		h.seen |= hasVersion
	case "short_message":
		h.seen |= hasShortMessage
	case "pid":
		h.seen |= hasPID
	case "hostname":
		h.seen |= hasHostname
	case "t":
		if value[0] == '{' && member(value, "$date") != nil {
			h.seen |= hasDate
		}
	case "s":
		if letter := unquote(value); len(letter) > 0 && len(letter) <= 2 {
			h.letter = filters.ParseSeverity(letter[:1]) // D1 to D5 are levels of debug
		}
	case "@t":
		h.seen |= hasAt
	case "@mt", "@m":
		h.seen |= hasTemplate
	case "@l":
		h.seen |= hasName
	case "severity", "lvl":
		h.seen |= hasLevel
	case "level":
		h.seen |= hasLevel
		if n := trimFraction(bytes.TrimRight(value, space)); len(n) == 1 && n[0]-'0' <= 9 {
			h.seen, h.level = h.seen|hasNumber, int(n[0]-'0')
		} else if len(n) == 2 && n[0]-'0' <= 9 && n[1]-'0' <= 9 {
			h.seen, h.level = h.seen|hasNumber, int(n[0]-'0')*10+int(n[1]-'0')
		}
	}
}

// all returns whether all members of a set were added.
func (h *hints) all(of hint) bool { return h.seen&of == of }

// severity returns the severity of the identified format; zero for none. complete is false
// for a truncated object, in which the absence of a member means nothing.
func (h *hints) severity(complete bool) filters.Severity {
	switch {
	// klog's JSON. Lines of info have a verbosity. Lines of errors have none, and an
	// err unless it is nil
	// (https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#json-log-format).
	case h.all(hasTS | hasMsg | hasV):
		return filters.Info
	case h.all(hasTS | hasMsg | hasErr), complete && h.all(hasTS|hasMillis|hasCaller|hasMsg) && h.seen&hasLevel == 0:
		return filters.Error
	// MongoDB. t is an object with a date, and s is the first letter of the severity
	// (https://www.mongodb.com/docs/manual/reference/log-messages/).
	case h.all(hasDate):
		return h.letter
	// GELF. level is a syslog severity
	// (https://go2docs.graylog.org/current/getting_in_log_data/gelf.html).
	case h.all(hasVersion | hasShortMessage | hasNumber):
		return filters.SyslogSeverity(h.level)
	// bunyan and pino. Their custom levels are numbers between those with names
	// (https://getpino.io/#/docs/api?id=customlevels-object).
	case h.all(hasPID|hasHostname|hasNumber) && h.level >= 10 && h.level < 60:
		return [...]filters.Severity{filters.Trace, filters.Debug, filters.Info, filters.Warn, filters.Error}[h.level/10-1]
	// Serilog's compact form. Events at level Information have no level
	// (https://clef-json.org).
	case complete && h.all(hasAt|hasTemplate) && h.seen&hasName == 0:
		return filters.Info
	// Falco (https://falco.org/docs/concepts/outputs/formatting/).
	case h.all(hasRule | hasOutput | hasPriority):
		return h.word
	// MySQL (https://dev.mysql.com/doc/refman/8.4/en/error-log-json.html).
	case h.all(hasErrCode | hasLabel):
		return h.word
	// A number or a letter in an object that has the text of a log line. pino and bunyan
	// write the number first, or beside the process.
	case h.seen&(hasMsg|hasText) != 0, h.all(hasPID | hasHostname):
		return h.weak
	case h.seen&hasNumber != 0 && h.first && (h.count == 1 || h.seen&hasTime != 0):
		return h.weak
	}
	return 0
}

// mysqlSeverity returns the severity of a label of MySQL.
func mysqlSeverity(label []byte) filters.Severity {
	switch string(label) {
	case "System", "Note":
		return filters.Info
	}
	return filters.ParseSeverity(label)
}
