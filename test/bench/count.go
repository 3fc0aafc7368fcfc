package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"

	jsoniter "github.com/json-iterator/go"
	"github.com/klauspost/compress/snappy"
)

// countLoki counts the entries of a push request: protobuf in snappy, or JSON.
func countLoki(r *http.Request, body []byte) (int, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		plain, err := snappy.Decode(nil, body)
		if err != nil {
			return 0, err
		}
		return countMessages(plain, 1, 2) // streams, entries
	}
	var request struct {
		Streams []struct{ Values []jsoniter.RawMessage }
	}
	err := jsoniter.ConfigFastest.Unmarshal(body, &request)
	n := 0
	for _, s := range request.Streams {
		n += len(s.Values)
	}
	return n, err
}

// countOTLP counts the log records of an export request in protobuf.
func countOTLP(r *http.Request, body []byte) (int, error) {
	if r.Header.Get("Content-Type") != "application/x-protobuf" {
		return 0, fmt.Errorf("cannot count %s", r.Header.Get("Content-Type"))
	}
	return countMessages(body, 1, 2, 2) // resource_logs, scope_logs, log_records
}

var errProtobuf = errors.New("it is no protobuf")

// countMessages counts the messages of a field inside of others: those of the
// last number of path.
func countMessages(message []byte, path ...uint64) (n int, err error) {
	for len(message) > 0 {
		key, k := binary.Uvarint(message)
		if k <= 0 {
			return n, errProtobuf
		}
		message = message[k:]
		size := uint64(0)
		switch key & 7 {
		case 0:
			_, k = binary.Uvarint(message)
			size = uint64(max(k, 0))
		case 1:
			size = 8
		case 2:
			size, k = binary.Uvarint(message)
			message = message[max(k, 0):]
		case 5:
			size = 4
		default:
			return n, errProtobuf
		}
		if k <= 0 || size > uint64(len(message)) {
			return n, errProtobuf
		}
		if key == path[0]<<3|2 {
			if len(path) == 1 {
				n++
			} else {
				inner, err := countMessages(message[:size], path[1:]...)
				if n += inner; err != nil {
					return n, err
				}
			}
		}
		message = message[size:]
	}
	return n, nil
}
