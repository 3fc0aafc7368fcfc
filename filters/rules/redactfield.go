package rules

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/msgpack"
)

// redactField redacts the value of a field that came with the record: a text, or each text
// and number in an object or a list.
func redactField(r *filters.Record, f *filters.Field, all []redaction) (changed bool) {
	switch {
	case f.Text.Exists():
		text, plain := f.Text.Plain()
		if !plain {
			start := len(r.Scratch)
			r.Scratch = f.Text.AppendPlain(r.Scratch)
			text = r.Scratch[start:len(r.Scratch):len(r.Scratch)]
		}
		if text, changed = redactText(r, text, all); changed {
			f.Text = filters.PlainText(text)
		}
		return changed
	case f.Value != nil:
		if text, ok := f.Value.Text(); ok {
			if text, changed = redactText(r, text, all); changed {
				f.Value, f.Text = nil, filters.PlainText(text)
			}
			return changed
		}
		start := len(r.Scratch)
		r.Scratch = msgpack.AppendJSON(r.Scratch, f.Value)
		if value, changed := redactJSON(r, r.Scratch[start:len(r.Scratch):len(r.Scratch)], all); changed {
			f.Value, f.JSON = nil, value
			return true
		}
		return false
	}
	f.JSON, changed = redactJSON(r, f.JSON, all)
	return changed
}

// redactJSON redacts the texts and numbers in valid JSON, keys among them. A number in which
// something is replaced becomes a text.
func redactJSON(r *filters.Record, value []byte, all []redaction) (redacted []byte, changed bool) {
	var out []byte // allocated with the first change
	copied := 0
	replace := func(from, to int, text []byte) {
		out = append(out, value[copied:from]...)
		out = append(out, '"')
		out = jsontext.AppendBody(out, text)
		out = append(out, '"')
		copied = to
	}
	for i := 0; i < len(value); {
		switch c := value[i]; {
		case c == '"':
			end, _, _ := jsontext.Scan(value[i+1:])
			inside := value[i+1 : i+1+end]
			start := len(r.Scratch)
			if bytes.IndexByte(inside, '\\') >= 0 {
				r.Scratch = jsontext.AppendUnescaped(r.Scratch, inside)
				inside = r.Scratch[start:len(r.Scratch):len(r.Scratch)]
			}
			if text, found := redactText(r, inside, all); found {
				replace(i, i+end+2, text)
			}
			i += end + 2
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(value) && bytes.IndexByte([]byte("+-.eE0123456789"), value[end]) >= 0 {
				end++
			}
			if text, found := redactText(r, value[i:end:end], all); found {
				replace(i, end, text)
			}
			i = end
		default:
			i++
		}
	}
	if out == nil {
		return value, false
	}
	return append(out, value[copied:]...), true
}
