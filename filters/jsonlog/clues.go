package jsonlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// clues tell the severity of the formats in which it is no word under a key for
// it. Each is taken for what only its writer would have together.
type clues struct {
	seen  clue
	level int              // a number from 0 to 99 under level
	word  filters.Severity // MongoDB's
}

type clue uint16

const (
	hasTS clue = 1 << iota
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
	hasLevel  // one that says nothing
	hasName   // a level of Serilog's
	hasNumber // a level that is a number
)

func (c *clues) note(key, value []byte) {
	switch string(key) {
	case "ts":
		c.seen |= hasTS
		// As many digits before the point as milliseconds have until 2286.
		if whole, _, _ := bytes.Cut(value, []byte{'.'}); len(whole) == 13 && value[0] != '"' {
			c.seen |= hasMillis
		}
	case "caller":
		c.seen |= hasCaller
	case "msg":
		c.seen |= hasMsg
	case "v":
		c.seen |= hasV
	case "err":
		c.seen |= hasErr
	case "version":
		c.seen |= hasVersion
	case "short_message":
		c.seen |= hasShortMessage
	case "pid":
		c.seen |= hasPID
	case "hostname":
		c.seen |= hasHostname
	case "t":
		if value[0] == '{' && within(value, "$date") != nil {
			c.seen |= hasDate
		}
	case "s":
		if letter := bare(value); len(letter) > 0 && len(letter) <= 2 {
			c.word = filters.ParseSeverity(letter[:1]) // D1 to D5 are debug's
		}
	case "@t":
		c.seen |= hasAt
	case "@mt", "@m":
		c.seen |= hasTemplate
	case "@l":
		c.seen |= hasName
	case "severity", "lvl":
		c.seen |= hasLevel
	case "level":
		c.seen |= hasLevel
		if n := number(bytes.TrimRight(value, space)); len(n) == 1 && n[0]-'0' <= 9 {
			c.seen, c.level = c.seen|hasNumber, int(n[0]-'0')
		} else if len(n) == 2 && n[0]-'0' <= 9 && n[1]-'0' <= 9 {
			c.seen, c.level = c.seen|hasNumber, int(n[0]-'0')*10+int(n[1]-'0')
		}
	}
}

func (c *clues) all(of clue) bool { return c.seen&of == of }

// severity returns what the clues tell. whole says whether they are all: that
// something is absent a piece of an object cannot tell.
func (c *clues) severity(whole bool) filters.Severity {
	switch {
	// klog's JSON: information has a verbosity, and errors do not, nor an err
	// when that is nil
	// (https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#json-log-format).
	case c.all(hasTS | hasMsg | hasV):
		return filters.Info
	case c.all(hasTS | hasMsg | hasErr), whole && c.all(hasTS|hasMillis|hasCaller|hasMsg) && c.seen&hasLevel == 0:
		return filters.Error
	// Its t is an object with a date, and its severity one letter
	// (https://www.mongodb.com/docs/manual/reference/log-messages/).
	case c.all(hasDate):
		return c.word
	// GELF has the numbers of syslog
	// (https://go2docs.graylog.org/current/getting_in_log_data/gelf.html).
	case c.all(hasVersion | hasShortMessage | hasNumber):
		return filters.SyslogSeverity(c.level)
	// bunyan and pino have numbers between those of their names too
	// (https://getpino.io/#/docs/api?id=customlevels-object).
	case c.all(hasPID|hasHostname|hasNumber) && c.level >= 10 && c.level < 60:
		return [...]filters.Severity{filters.Trace, filters.Debug, filters.Info, filters.Warn, filters.Error}[c.level/10-1]
	// Serilog's compact form leaves the level of information out
	// (https://clef-json.org).
	case whole && c.all(hasAt|hasTemplate) && c.seen&hasName == 0:
		return filters.Info
	}
	return 0
}
