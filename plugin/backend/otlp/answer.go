package otlp

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// partialSuccess is what an answer says of the records that the server did not
// take (ExportLogsPartialSuccess).
type partialSuccess struct {
	rejected int64
	message  string
}

// readSuccess reads the body of an answer of success, which may be cut: an
// ExportLogsServiceResponse in protobuf, or in JSON, as servers answer that
// know no other. What is neither says nothing.
func readSuccess(body []byte) (p partialSuccess) {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return readJSON(body)
	}
	for f := (fields{rest: body}); f.next(); {
		if f.number != 1 || f.bytes == nil {
			continue
		}
		for inner := (fields{rest: f.bytes}); inner.next(); {
			switch {
			case inner.number == 1 && inner.bytes == nil:
				p.rejected = int64(inner.varint)
			case inner.number == 2 && inner.bytes != nil:
				p.message = string(inner.bytes)
			}
		}
	}
	return p
}

// readJSON reads the mapping to JSON, in which 64 bits may be a string.
func readJSON(body []byte) partialSuccess {
	var answer struct {
		PartialSuccess struct {
			RejectedLogRecords json.RawMessage
			ErrorMessage       string
		}
	}
	if json.Unmarshal(body, &answer) != nil {
		return partialSuccess{}
	}
	var n json.Number
	_ = json.Unmarshal([]byte(strings.Trim(string(answer.PartialSuccess.RejectedLogRecords), `"`)), &n)
	rejected, _ := n.Int64()
	return partialSuccess{rejected, answer.PartialSuccess.ErrorMessage}
}

// readStatus returns the message of a google.rpc.Status, the body of an answer
// of failure. It returns false for what is none: proxies answer in HTML.
func readStatus(body []byte) (message string, ok bool) {
	f := fields{rest: body}
	for f.next() {
		if f.number == 2 && f.bytes != nil {
			message = string(f.bytes)
		}
	}
	return message, len(f.rest) == 0 && message != "" && utf8.ValidString(message)
}

// fields walks the fields of a message in protobuf.
type fields struct {
	rest []byte

	number uint64
	varint uint64
	bytes  []byte // nil for a number
}

// next reads a field, and returns false at the end and at what is none. Of a
// field that is cut it returns what there is.
func (f *fields) next() bool {
	tag, n := binary.Uvarint(f.rest)
	if n <= 0 || tag>>3 == 0 {
		return false
	}
	rest := f.rest[n:]
	f.number, f.varint, f.bytes = tag>>3, 0, nil
	skip := 0
	switch tag & 7 {
	case 0:
		if f.varint, skip = binary.Uvarint(rest); skip <= 0 {
			return false
		}
	case 1:
		skip = 8
	case 2:
		size, n := binary.Uvarint(rest)
		if n <= 0 {
			return false
		}
		rest = rest[n:]
		if size > uint64(len(rest)) {
			f.bytes, f.rest = rest[:len(rest):len(rest)], nil
			if f.bytes == nil {
				f.bytes = []byte{}
			}
			return true
		}
		skip = int(size)
		f.bytes = rest[:skip:skip]
	case 5:
		skip = 4
	default:
		return false
	}
	if skip > len(rest) {
		return false
	}
	f.rest = rest[skip:]
	return true
}
