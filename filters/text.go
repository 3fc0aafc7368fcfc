package filters

import (
	"bytes"

	"github.com/k8slog/k8slog/internal/goquote"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// Text is a log text, or a string in one, in the encoding in which it was read. A
// text that was read from a JSON string is written into JSON without being decoded
// and encoded again. A Text refers to the bytes that it was made of. The zero Text
// stands for an absent text.
type Text struct {
	bytes    []byte
	encoding textEncoding
}

// textEncoding is the encoding of the bytes of a Text.
type textEncoding uint8

const (
	plain       textEncoding = iota
	jsonEscaped              // the inside of a JSON string
	goQuoted                 // the inside of a quoted Go string
)

// PlainText returns a text without escapes. b need not be valid UTF-8.
func PlainText(b []byte) Text { return Text{bytes: b} }

// EscapedText returns the text that b, the inside of a valid JSON string, stands for.
// jsontext.Scan finds such strings.
func EscapedText(b []byte) Text { return Text{bytes: b, encoding: jsonEscaped} }

// QuotedText returns the text that b, the inside of a quoted Go string, stands for.
// goquote.End finds such strings.
func QuotedText(b []byte) Text { return Text{bytes: b, encoding: goQuoted} }

// Exists returns false for the zero Text and true for all others, also for an empty
// one.
func (t Text) Exists() bool { return t.bytes != nil }

// Len returns the number of encoded bytes, which is close to the length of the text.
func (t Text) Len() int { return len(t.bytes) }

// Encoded returns the encoded bytes, with their escapes.
func (t Text) Encoded() []byte { return t.bytes }

// Plain returns the bytes of a text without an encoding. ok is false for escaped and
// quoted texts; AppendPlain decodes those.
func (t Text) Plain() (text []byte, ok bool) {
	return t.bytes, t.encoding == plain
}

// Escaped returns whether the text is the inside of a JSON string.
func (t Text) Escaped() bool { return t.encoding == jsonEscaped }

// Start returns the text up to its first escape. This is enough to detect the header
// of a log format, because headers contain nothing that is escaped.
func (t Text) Start() []byte {
	if t.encoding != plain {
		if i := bytes.IndexByte(t.bytes, '\\'); i >= 0 {
			return t.bytes[:i]
		}
	}
	return t.bytes
}

// AppendPlain appends the decoded text.
func (t Text) AppendPlain(dst []byte) []byte {
	switch t.encoding {
	case jsonEscaped:
		return jsontext.AppendUnescaped(dst, t.bytes)
	case goQuoted:
		return goquote.AppendUnquoted(dst, t.bytes)
	}
	return append(dst, t.bytes...)
}

// AppendJSON appends the text as the inside of a JSON string, in valid UTF-8.
func (t Text) AppendJSON(dst []byte) []byte {
	switch t.encoding {
	case jsonEscaped:
		return append(dst, t.bytes...)
	case goQuoted:
		return goquote.AppendJSON(dst, t.bytes)
	}
	return jsontext.AppendBody(dst, t.bytes)
}

// same returns whether two texts have the same bytes in memory and the same encoding.
func (t Text) same(other Text) bool {
	return t.encoding == other.encoding && len(t.bytes) == len(other.bytes) && len(t.bytes) > 0 && &t.bytes[0] == &other.bytes[0]
}

// TrimNewline returns b without the line feed at its end, if it has one.
func TrimNewline(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		return b[:n-1]
	}
	return b
}
