package rules

import (
	"fmt"
	"strings"
	"time"
	"unsafe"

	"github.com/k8slog/k8slog/internal/timestamp"
)

// layout is a format of times.
type layout struct {
	auto bool   // RFC 3339, or a number since 1970
	text string // of package time; empty with auto
	// year and date are false for a layout without one: they are those of the record.
	year, date bool
}

// newLayout makes a layout of rfc3339, unix, a layout of strftime, or one of Go.
func newLayout(text string) (l layout, problem string) {
	switch {
	case text == "rfc3339" || text == "unix":
		return layout{auto: true}, ""
	case strings.Contains(text, "%"):
		if l.text, problem = fromStrftime(text); problem != "" {
			return l, problem
		}
	default:
		l.text = text
	}
	// A layout that leaves out a part gives the same text for all values of it.
	differs := func(other time.Time) bool { return reference.Format(l.text) != other.Format(l.text) }
	if !differs(reference.Add(7*time.Hour + 7*time.Minute + 7*time.Second)) {
		return l, "has no time in it"
	}
	l.year, l.date = differs(reference.AddDate(3, 0, 0)), differs(reference.AddDate(0, 0, 9))
	return l, ""
}

// reference is any time.
var reference = time.Date(2031, 5, 13, 8, 21, 34, 987654321, time.UTC)

// strftime has the layouts of package time for the conversions of strftime.
var strftime = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
	'b': "Jan", 'h': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'j': "002", 'z': "-0700", 'Z': "MST",
	'T': "15:04:05", 'D': "01/02/06", 'F': "2006-01-02", 'R': "15:04", 'f': "000000", 'L': "000", 'N': "000000000", '%': "%",
}

func fromStrftime(text string) (converted, problem string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		i++
		if i == len(text) {
			return "", "ends with a lone %"
		}
		part, known := strftime[text[i]]
		if !known {
			return "", fmt.Sprintf("has the unknown conversion %%%c", text[i])
		}
		b.WriteString(part)
	}
	return b.String(), ""
}

// parse parses a time. near is the time of the record, which completes what the layout
// does not have.
func (l *layout) parse(text []byte, near int64, zone *time.Location) (ns int64, ok bool) {
	if l.auto {
		return timestamp.Parse(text)
	}
	if len(text) == 0 || len(text) > 128 {
		return 0, false
	}
	t, err := time.ParseInLocation(l.text, unsafe.String(&text[0], len(text)), zone) // it keeps no reference
	if err != nil {
		return 0, false
	}
	if l.year {
		return t.UnixNano(), t.Year() >= 1970 && t.Year() < 2262
	}
	at := time.Unix(0, near).In(t.Location())
	year, month, day := at.Date()
	if l.date {
		month, day = t.Month(), t.Day()
	}
	t = time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	// A line is written before it is read: shortly after midnight it can be of yesterday.
	if ahead := t.Sub(at); l.date && ahead > 24*time.Hour {
		t = t.AddDate(-1, 0, 0)
	} else if !l.date && ahead > time.Hour {
		t = t.AddDate(0, 0, -1)
	}
	return t.UnixNano(), true
}
