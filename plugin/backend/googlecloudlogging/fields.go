package googlecloudlogging

import (
	"bytes"

	"github.com/k8slog/k8slog/filters/jsonlog"
)

// kind is the kind of value that a field of an entry takes in JSON
// (https://protobuf.dev/programming-guides/json/).
type kind uint8

const (
	aText kind = iota
	aBool
	anInt32
	anInt64 // a number, or a text of digits
	aDuration
)

// field is a field of a message of the API.
type field struct {
	name string
	kind kind
}

// fields are those of a message. Any other, or one of another kind, makes the whole request
// invalid.
type fields []field

// The messages of an entry that a text may fill in
// (https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry).
var (
	httpRequestFields = fields{
		{"requestMethod", aText}, {"requestUrl", aText}, {"requestSize", anInt64}, {"status", anInt32}, {"responseSize", anInt64},
		{"userAgent", aText}, {"remoteIp", aText}, {"serverIp", aText}, {"referer", aText}, {"latency", aDuration},
		{"cacheLookup", aBool}, {"cacheHit", aBool}, {"cacheValidatedWithOriginServer", aBool}, {"cacheFillBytes", anInt64}, {"protocol", aText},
	}
	operationFields      = fields{{"id", aText}, {"producer", aText}, {"first", aBool}, {"last", aBool}}
	sourceLocationFields = fields{{"file", aText}, {"line", anInt64}, {"function", aText}}
)

// fit reports whether a value of valid JSON, without a key that comes twice, is an object of
// these fields.
func (f fields) fit(object []byte) bool {
	if object[0] != '{' {
		return false
	}
	ok := true
	jsonlog.Each(object, func(key, value []byte) {
		if !ok {
			return
		}
		ok = false
		for i := range f {
			if string(key) == f[i].name {
				ok = f[i].kind.takes(value)
			}
		}
	})
	return ok
}

func (k kind) takes(value []byte) bool {
	inside, text := jsonlog.String(value)
	switch k {
	case aText:
		return text
	case aBool:
		return string(value) == "true" || string(value) == "false"
	case anInt32:
		return isInteger(value, 9)
	case anInt64:
		return isInteger(value, 18) || text && isInteger(inside, 18)
	}
	return text && isDuration(inside)
}

// isInteger reports whether a text is a number without a sign, of at most so many digits.
func isInteger(text []byte, digits int) bool {
	for _, c := range text {
		if c-'0' > 9 {
			return false
		}
	}
	return len(text) > 0 && len(text) <= digits && (text[0] != '0' || len(text) == 1)
}

// isDuration reports whether a text is seconds, with up to nine decimals, and an s.
func isDuration(text []byte) bool {
	text, ok := bytes.CutSuffix(text, []byte("s"))
	if !ok {
		return false
	}
	seconds, decimals, point := bytes.Cut(text, []byte("."))
	if !isInteger(seconds, 9) || !point {
		return isInteger(seconds, 9)
	}
	for _, c := range decimals {
		if c-'0' > 9 {
			return false
		}
	}
	return len(decimals) > 0 && len(decimals) <= 9
}
