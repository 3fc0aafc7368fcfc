package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grafana/loki/pkg/push"
	"github.com/klauspost/compress/snappy"
)

func TestCount(t *testing.T) {
	stream := push.Stream{Labels: `{a="b"}`, Entries: []push.Entry{{Line: "1"}, {Line: "2"}}}
	message, err := (&push.PushRequest{Streams: []push.Stream{stream, stream}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		protocol, contentType, body string
		want                        int // -1 for an error
	}{
		{"http", "application/x-ndjson", "{}\n{}\n", 2},
		{"http", "application/json", "{}\n{}", 2},
		{"http", "application/json", "", 0},
		{"elasticsearch", "application/x-ndjson", "{}\n{}\n{}\n{}\n", 2},
		{"elasticsearch", "application/x-ndjson", "{}\n{}\n{}\n", -1},
		{"elasticsearch", "application/x-ndjson", "{}\n{}\n{}\n{}", -1},
		{"loki", "application/json", `{"streams":[{"stream":{},"values":[["1","a"],["2","b",{}]]},{"values":[["3","c"]]}]}`, 3},
		{"loki", "application/x-protobuf", string(snappy.Encode(nil, message)), 4},
		{"loki", "application/x-protobuf", "x", -1},
		// resource_logs { scope_logs { log_records{} log_records{} } } twice, with a field 3 beside.
		{"otlp", "application/x-protobuf", strings.Repeat("\x0a\x08\x12\x04\x12\x00\x12\x00\x1a\x00", 2), 4},
		{"otlp", "application/x-protobuf", "\x0a\x08", -1},
		{"otlp", "application/json", "{}", -1},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", c.contentType)
		n, err := protocols[c.protocol].count(r, []byte(c.body))
		if err != nil {
			n = -1
		}
		if n != c.want {
			t.Errorf("%s %q: %d, want %d (%v)", c.protocol, c.body, n, c.want, err)
		}
	}
}
