package otlp

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/protowire"
)

// partialSuccess is what an answer tells of the records that the server refused
// (ExportLogsPartialSuccess).
type partialSuccess struct {
	rejected int64
	message  string
}

// lastField is above the numbers of the message's fields, with room for later
// versions. A letter at the beginning of a text would be a field of 6 or more.
const lastField = 3

// readSuccess reads the body of a successful answer, which may be cut short: an
// ExportLogsServiceResponse in protobuf, or in JSON, which some servers always
// answer. It returns false for any other body.
func readSuccess(body []byte) (p partialSuccess, ok bool) {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return readJSON(body)
	}
	f := protowire.Fields{Rest: body}
	for f.Next() {
		if f.Number > lastField {
			return partialSuccess{}, false
		}
		if f.Number != 1 || f.Bytes == nil {
			continue
		}
		for inner := (protowire.Fields{Rest: f.Bytes}); inner.Next(); {
			switch {
			case inner.Number == 1 && inner.Bytes == nil:
				p.rejected = int64(inner.Varint)
			case inner.Number == 2 && inner.Bytes != nil:
				p.message = string(inner.Bytes)
			}
		}
	}
	return p, len(f.Rest) == 0
}

// readJSON reads the mapping to JSON, in which 64 bits may be a string.
func readJSON(body []byte) (p partialSuccess, ok bool) {
	var answer struct {
		PartialSuccess *struct {
			RejectedLogRecords json.RawMessage
			ErrorMessage       string
		}
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || json.Unmarshal(body, &answer) != nil {
		return partialSuccess{}, false
	}
	if answer.PartialSuccess == nil {
		_, null := members["partialSuccess"]
		return partialSuccess{}, len(members) == 0 || null
	}
	var n json.Number
	_ = json.Unmarshal([]byte(strings.Trim(string(answer.PartialSuccess.RejectedLogRecords), `"`)), &n)
	rejected, _ := n.Int64()
	return partialSuccess{rejected, answer.PartialSuccess.ErrorMessage}, true
}

// readStatus returns the message of a google.rpc.Status, which is the body of an
// answer of failure. It returns false for any other body: proxies answer in HTML.
func readStatus(body []byte) (message string, ok bool) {
	f := protowire.Fields{Rest: body}
	for f.Next() {
		if f.Number == 2 && f.Bytes != nil {
			message = string(f.Bytes)
		}
	}
	return message, len(f.Rest) == 0 && message != "" && utf8.ValidString(message)
}
