package jsonlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// clues tell the severity of the formats in which it is no word under a key for
// it. Each is taken for what only its writer would have together.
type clues struct {
	seen  clue
	level int              // a number from 0 to 99 under level; -1 for none
	word  filters.Severity // MongoDB's
}

type clue uint16

const (
	ts clue = 1 << iota
	millis
	caller
	msg
	v
	err
	version
	shortMessage
	pid
	hostname
	date
	at
	template
	someLevel
)

func (c *clues) note(key, value []byte) {
	switch string(key) {
	case "ts":
		c.seen |= ts
		// As many digits before the point as milliseconds have until 2286.
		if whole, _, _ := bytes.Cut(value, []byte{'.'}); len(whole) == 13 && value[0] != '"' {
			c.seen |= millis
		}
	case "caller":
		c.seen |= caller
	case "msg":
		c.seen |= msg
	case "v":
		c.seen |= v
	case "err":
		c.seen |= err
	case "version":
		c.seen |= version
	case "short_message":
		c.seen |= shortMessage
	case "pid":
		c.seen |= pid
	case "hostname":
		c.seen |= hostname
	case "t":
		if value[0] == '{' && within(value, "$date") != nil {
			c.seen |= date
		}
	case "s":
		if letter := bare(value); len(letter) > 0 && len(letter) <= 2 {
			c.word = filters.ParseSeverity(letter[:1]) // D1 to D5 are debug's
		}
	case "@t":
		c.seen |= at
	case "@mt", "@m":
		c.seen |= template
	case "@l":
		c.seen |= someLevel
	case "level":
		c.level = -1
		if n := number(bytes.TrimRight(value, space)); len(n) == 1 && n[0]-'0' <= 9 {
			c.seen, c.level = c.seen|someLevel, int(n[0]-'0')
		} else if len(n) == 2 && n[0]-'0' <= 9 && n[1]-'0' <= 9 {
			c.seen, c.level = c.seen|someLevel, int(n[0]-'0')*10+int(n[1]-'0')
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
	case c.all(ts | msg | v):
		return filters.Info
	case c.all(ts | msg | err), whole && c.all(ts|millis|caller|msg):
		return filters.Error
	// Its t is an object with a date, and its severity one letter
	// (https://www.mongodb.com/docs/manual/reference/log-messages/).
	case c.all(date):
		return c.word
	// GELF has the numbers of syslog
	// (https://go2docs.graylog.org/current/getting_in_log_data/gelf.html).
	case c.all(version|shortMessage|someLevel) && c.level <= 7:
		return filters.SyslogSeverity(c.level)
	// bunyan and pino have numbers between those of their names too
	// (https://getpino.io/#/docs/api?id=customlevels-object).
	case c.all(pid|hostname|someLevel) && c.level >= 10 && c.level < 60:
		return [...]filters.Severity{filters.Trace, filters.Debug, filters.Info, filters.Warn, filters.Error}[c.level/10-1]
	// Serilog's compact form leaves the level of information out
	// (https://clef-json.org).
	case whole && c.all(at|template) && c.seen&someLevel == 0:
		return filters.Info
	}
	return 0
}
