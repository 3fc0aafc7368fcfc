package header

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/ansi"
	"github.com/k8slog/k8slog/filters/etcd"
	"github.com/k8slog/k8slog/filters/golog"
	"github.com/k8slog/k8slog/filters/jsonlog"
	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
	"github.com/k8slog/k8slog/filters/logrus"
	"github.com/k8slog/k8slog/filters/textlog"
)

// severity returns the severity of a text; zero for none. It reads nothing else.
func severity(r *filters.Record) filters.Severity {
	text := r.Log.Encoded()
	if len(text) == 0 {
		return 0
	}
	start := text[:min(len(text), textlog.Window)]
	switch c := text[0]; c {
	case '{':
		return jsonlog.Severity(r.Plain())
	case 't', 'l', 's', 'm', 'c':
		if logfmt.Begins(start) {
			return logfmt.Severity(r.Plain())
		}
	case 'I', 'W', 'E', 'F', 'r':
		// The headers of these formats have nothing that is escaped.
		if s := parsed(start); s != 0 {
			return s
		}
	case 'D', 'T', 'P', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if textlog.MayHave(start) {
			if s := parsed(start); s != 0 {
				return s
			}
			return found(r, text)
		}
		return 0
	}
	if !textlog.MayHave(start) {
		return 0
	}
	return found(r, text)
}

// parsed returns the severity of a line of the formats that have a parser and are not made
// of keys and values; zero for other formats.
func parsed(start []byte) filters.Severity {
	if len(start) == 0 {
		return 0
	}
	switch c := start[0]; c {
	case 'I', 'W', 'E', 'F':
		if s := klog.Severity(start); s != 0 {
			return s
		}
		if s := golog.Severity(start); s != 0 {
			return s
		}
		return logrus.Severity(start)
	case 'D', 'T', 'P':
		return logrus.Severity(start)
	case 'r':
		return golog.Severity(start)
	default:
		if c-'0' <= 9 {
			return etcd.Severity(start)
		}
	}
	return 0
}

// maxPrefixes is the number of times and names of pods that other programs put before a line.
const maxPrefixes = 2

// found returns the severity that textlog finds in a text; zero for none. Blanks, a byte
// order mark and escape sequences can be before and around the level. What comes behind
// them, or behind a time that another program has put before the line, can also be a line
// of a format that has a parser.
func found(r *filters.Record, text []byte) filters.Severity {
	head, offset := begin(r, text)
	changed := offset != 0 || len(head) > 0 && (head[0] == ' ' || head[0] == '\t')
	for range maxPrefixes + 1 {
		if changed {
			if s := anyParsed(r, head, offset); s != 0 {
				return s
			}
		}
		f := textlog.Find(head)
		if f.Severity != 0 || f.Inner == 0 {
			return f.Severity
		}
		if changed, head = true, head[f.Inner:]; offset >= 0 {
			offset += f.Inner
		}
	}
	return 0
}

// coloured is the offset of a text from which escape sequences were removed.
const coloured = -1

// begin returns the first bytes of a text as the program wrote them, without a byte order
// mark and escape sequences. They are at an offset in the record's plain text, unless that
// is coloured.
func begin(r *filters.Record, text []byte) (head []byte, offset int) {
	head = text[:min(len(text), textlog.Window)]
	if r.Log.Escaped() && bytes.IndexByte(head, '\\') >= 0 {
		from := len(r.Scratch)
		r.Scratch = filters.EscapedText(wholeEscapes(head, len(text))).AppendPlain(r.Scratch)
		head = r.Scratch[from:len(r.Scratch):len(r.Scratch)]
	}
	if bytes.IndexByte(head, 0x1b) >= 0 {
		from := len(r.Scratch)
		r.Scratch = ansi.AppendStripped(r.Scratch, head)
		head, offset = r.Scratch[from:len(r.Scratch):len(r.Scratch)], coloured
	}
	if rest, ok := bytes.CutPrefix(head, []byte("\xef\xbb\xbf")); ok {
		if head = rest; offset != coloured {
			offset = len("\xef\xbb\xbf")
		}
	}
	return head, offset
}

// wholeEscapes returns the start of an escaped text of n bytes without an escape that is
// cut at its end.
func wholeEscapes(start []byte, n int) []byte {
	if len(start) == n {
		return start
	}
	const longest = len(`\ud83d\ude00`)
	i := bytes.LastIndexByte(start, '\\')
	if i < 0 || i < len(start)-longest {
		return start
	}
	for i > 0 && start[i-1] == '\\' {
		i--
	}
	return start[:i]
}

// anyParsed returns the severity of a line of any format that has a parser. head is its
// beginning, which is at offset in the plain text of r.
func anyParsed(r *filters.Record, head []byte, offset int) filters.Severity {
	head = bytes.TrimLeft(head, " \t")
	if len(head) == 0 {
		return 0
	}
	whole := head // without its blanks
	if offset != coloured {
		whole = bytes.TrimLeft(r.Plain()[offset:], " \t")
	}
	if head[0] == '{' {
		return jsonlog.Severity(whole)
	}
	if logfmt.Begins(head) {
		return logfmt.Severity(whole)
	}
	return parsed(head)
}

// unparsed returns the severity of a component's line whose header has none. Behind the
// header of syslog, the text is that of the program.
func unparsed(r *filters.Record, h *filters.Header) filters.Severity {
	text := r.Plain()
	if h.Program != nil {
		text, _ = h.Message.Plain()
	}
	return textlog.Find(text).Severity
}
