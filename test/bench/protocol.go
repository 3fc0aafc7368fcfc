package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// protocol is what the sink must know of a backend, and both configurations.
type protocol struct {
	name string
	// builtin and plugin are the lines of the two [OUTPUT] sections that are
	// particular to the backend.
	builtin, plugin string
	// count returns the number of records in a body.
	count func(r *http.Request, body []byte) (int, error)
	// answer says yes to so many of them, as the real server would.
	answer func(w http.ResponseWriter, r *http.Request, records int)
}

// builtinCompression is what the built-in output needs to compress.
func (p *protocol) builtinCompression(compression string) string {
	if compression == "none" {
		return ""
	}
	return "    compress     " + compression + "\n"
}

var protocols = map[string]*protocol{
	"http": {
		name:    "http",
		builtin: "    name         http\n    format       json_lines\n",
		count: func(_ *http.Request, body []byte) (int, error) {
			n := bytes.Count(body, []byte{'\n'})
			if len(body) > 0 && body[len(body)-1] != '\n' {
				n++ // json_lines has no line feed after its last line
			}
			return n, nil
		},
		answer: func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNoContent) },
	},
	"elasticsearch": {
		name: "elasticsearch",
		// Both with ids, and with the same index. With the default buffer_size of
		// 512 KB the built-in output does not read the answers to its own
		// requests to the end, and sends everything again and again.
		builtin: "    name         es\n    index        logs-k8slog-default\n    suppress_type_name on\n    generate_id  on\n    buffer_size  false\n",
		count: func(_ *http.Request, body []byte) (int, error) {
			lines := bytes.Count(body, []byte{'\n'})
			if lines%2 != 0 || len(body) == 0 || body[len(body)-1] != '\n' {
				return 0, fmt.Errorf("%d lines of a bulk request", lines)
			}
			return lines / 2, nil
		},
		answer: answerBulk,
	},
	"loki": {
		name: "loki",
		builtin: "    name         loki\n    labels       job=k8slog\n    label_keys   $kubernetes['namespace_name'],$kubernetes['pod_name'],$kubernetes['container_name'],$stream\n" +
			"    line_format  json\n",
		count:  countLoki,
		answer: func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNoContent) },
	},
	"otlp": {
		name:    "otlp",
		builtin: "    name         opentelemetry\n    logs_uri     /v1/logs\n    logs_body_key $log\n    logs_body_key_attributes on\n",
		count:   countOTLP,
		answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Type", "application/x-protobuf")
			w.WriteHeader(http.StatusOK) // an empty message: no partial success
		},
	},
}

func protocolNames() string { return strings.Join(slices.Sorted(maps.Keys(protocols)), ", ") }

// answerBulk answers as Elasticsearch does: briefly to those who ask for that.
func answerBulk(w http.ResponseWriter, r *http.Request, records int) {
	w.Header().Set("Content-Type", "application/json")
	begin, item := `{"took":30,"errors":false,"items":[`,
		`{"create":{"_index":".ds-logs-k8slog-default-2026.11.22-000001","_id":"kIDcRqyTk8jTAFyXpQFLMsqFAgABa3Ds","_version":1,"result":"created",`+
			`"_shards":{"total":2,"successful":2,"failed":0},"_seq_no":1234567,"_primary_term":1,"status":201}}`
	if r.URL.Query().Get("filter_path") != "" {
		begin, item = `{"errors":false,"items":[`, `{"create":{"status":201}}`
	}
	var b strings.Builder
	b.Grow(len(begin) + records*(len(item)+1) + 2)
	b.WriteString(begin)
	for i := range records {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item)
	}
	b.WriteString("]}")
	_, _ = io.WriteString(w, b.String())
}
