package filters

import (
	"bytes"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// Text is a log text, or a value in one, that is kept the way it came, so that
// a text which was JSON already goes out as JSON without being decoded and
// encoded again. The zero Text is absent.
type Text struct {
	bytes []byte
	form  textForm
}

// textForm is how a Text is written.
type textForm uint8

const (
	plainForm   textForm = iota
	escapedForm          // the inside of a JSON string
	quotedForm           // the inside of a string of Go
)

// PlainText is text that stands as it is. It need not be valid UTF-8.
func PlainText(b []byte) Text { return Text{bytes: b} }

// EscapedText is the inside of a valid JSON string (see jsontext.Scan).
func EscapedText(b []byte) Text { return Text{bytes: b, form: escapedForm} }

// QuotedText is the inside of a string in Go's quotes (see QuotedEnd).
func QuotedText(b []byte) Text { return Text{bytes: b, form: quotedForm} }

// Exists is false for the zero Text, and true for a text that is empty.
func (t Text) Exists() bool { return t.bytes != nil }

// Len is the number of bytes as the text is kept: about its size.
func (t Text) Len() int { return len(t.bytes) }

// Kept returns the text as it is kept, with its escapes.
func (t Text) Kept() []byte { return t.bytes }

// Plain returns the text if it stands as it is somewhere, without escapes.
func (t Text) Plain() ([]byte, bool) {
	return t.bytes, t.form == plainForm
}

// Escaped says whether the text is kept as the inside of a JSON string, and
// goes out as such into JSON.
func (t Text) Escaped() bool { return t.form == escapedForm }

// Start returns the text up to its first escape: enough to recognise a header,
// in which nothing is ever escaped.
func (t Text) Start() []byte {
	if t.form != plainForm {
		if i := bytes.IndexByte(t.bytes, '\\'); i >= 0 {
			return t.bytes[:i]
		}
	}
	return t.bytes
}

// AppendPlain appends the text itself.
func (t Text) AppendPlain(dst []byte) []byte {
	switch t.form {
	case escapedForm:
		return jsontext.AppendUnescaped(dst, t.bytes)
	case quotedForm:
		return appendUnquoted(dst, t.bytes)
	}
	return append(dst, t.bytes...)
}

// AppendJSON appends the text as the inside of a JSON string.
func (t Text) AppendJSON(dst []byte) []byte {
	switch t.form {
	case escapedForm:
		return append(dst, t.bytes...)
	case quotedForm:
		return appendQuotedJSON(dst, t.bytes)
	}
	return jsontext.AppendBody(dst, t.bytes)
}

// same says whether two texts are one and the same in memory.
func (t Text) same(other Text) bool {
	return t.form == other.form && len(t.bytes) == len(other.bytes) && len(t.bytes) > 0 && &t.bytes[0] == &other.bytes[0]
}

// TrimNewline cuts the line feed at the end of a plain text.
func TrimNewline(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		return b[:n-1]
	}
	return b
}
