package filters

import (
	"fmt"
	"strings"
	"testing"
)

const (
	traceHex = "5b8efff798038103d269b633813fc60c"
	spanHex  = "eee19b7ec3c1b174"
)

func showSpan(s SpanContext) string {
	if s == (SpanContext{}) {
		return ""
	}
	return fmt.Sprintf("%x %x %x", s.TraceID, s.SpanID, s.Flags)
}

func TestSpanSetField(t *testing.T) {
	const none = "0000000000000000"
	zero := strings.Repeat("0", 32)
	trace, span := traceHex+" "+none+" 0", zero+" "+spanHex+" 0"
	for _, c := range []struct{ key, value, want string }{
		{"trace_id", traceHex, trace},
		{"traceId", traceHex, trace},
		{"trace.id", traceHex, trace},
		{"TraceId", traceHex, trace},
		{"TRACE_ID", traceHex, trace},
		{"trace-id", traceHex, trace},
		{"traceid", strings.ToUpper(traceHex), trace},
		{"otelTraceID", traceHex, trace},
		{"@tr", traceHex, trace},
		{"logging.googleapis.com/trace", "projects/p/traces/" + traceHex, trace},
		{"span_id", spanHex, span},
		{"spanId", spanHex, span},
		{"otelSpanID", spanHex, span},
		{"@sp", spanHex, span},
		{"logging.googleapis.com/spanId", spanHex, span},
		{"trace_flags", "01", zero + " " + none + " 1"},
		{"traceFlags", "1", zero + " " + none + " 1"},
		{"otelTraceSampled", "True", zero + " " + none + " 1"},
		{"logging.googleapis.com/trace_sampled", "true", zero + " " + none + " 1"},
		{"trace_flags", "00", ""},
		{"trace_flags", "x1", ""},
		{"trace_flags", "001", ""},
		{"dd.trace_id", traceHex, ""}, // Datadog's own
		{"dd.trace_id", "1234567890123456789", ""},
		{"trace_id", zero, ""},
		{"trace_id", traceHex[1:], ""},
		{"trace_id", traceHex + "0", ""},
		{"trace_id", "g" + traceHex[1:], ""},
		{"trace_id", spanHex, ""},
		{"trace_id", "", ""},
		{"span_id", none, ""},
		{"span_id", traceHex, ""},
		{"trace", traceHex, ""},
		{"trace_id2", traceHex, ""},
		{"my trace_id", traceHex, ""},
		{"the_very_long_trace_id", traceHex, ""},
		{"", traceHex, ""},
	} {
		var s SpanContext
		set := s.SetField([]byte(c.key), []byte(c.value))
		if got := showSpan(s); got != c.want || set != (c.want != "" || c.value == "00") {
			t.Errorf("%s=%s became %q, %t", c.key, c.value, got, set)
		}
	}
}

func TestSpanSetFieldKeepsTheFirstValue(t *testing.T) {
	var s SpanContext
	other := strings.Repeat("1", 32)
	if !s.SetField([]byte("trace_id"), []byte(traceHex)) || s.SetField([]byte("traceId"), []byte(other)) ||
		!s.SetField([]byte("span_id"), []byte(spanHex)) || s.SetField([]byte("spanId"), []byte(other[:16])) {
		t.Error("SetField does not return whether it set the field")
	}
	if got := showSpan(s); got != traceHex+" "+spanHex+" 0" {
		t.Error(got)
	}
}
