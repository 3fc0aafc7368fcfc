// Package jsonlog parses log lines that are a JSON object. It knows the keys of zap,
// logrus, log/slog, klog, hclog, bunyan, pino, Serilog, log4j, Monolog, loguru, ECS, GELF,
// MongoDB, OpenTelemetry and Google's agents. It reads in place, and ignores the members
// of nested objects.
package jsonlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/timestamp"
)

// Severity returns the severity of an object; zero for none. It reads no further than the
// member that holds the severity. The object can be truncated, because the container
// runtime splits long lines.
func Severity(text []byte) filters.Severity {
	m := lenientMembersOf(text)
	var seen hints
	for m.next() {
		severity := memberSeverity(m.key, m.value)
		if severity != 0 && !isWeak(m.key, m.value) {
			return severity
		}
		seen.add(m.key, m.value, severity)
	}
	return seen.severity(m.complete())
}

// memberSeverity returns the severity that a member states; zero for none. ECS can have
// log.level in a nested object, and loguru has it in the object record.
func memberSeverity(key, value []byte) filters.Severity {
	if severity := filters.SeverityOfField(key, trimFraction(unquote(value))); severity != 0 || value[0] != '{' {
		return severity
	}
	switch string(key) {
	case "log":
		return filters.ParseSeverity(unquote(member(value, "level")))
	case "record":
		return filters.ParseSeverity(unquote(member(member(value, "level"), "name")))
	}
	return 0
}

// isWeak returns whether a severity counts only with other members that show a log line.
func isWeak(key, value []byte) bool {
	return value[0] != '{' && filters.IsWeakLevel(key, trimFraction(unquote(value)))
}

// trimFraction removes the fraction .0 of a number.
func trimFraction(value []byte) []byte {
	if n := len(value) - len(".0"); n > 0 && value[n] == '.' && value[n+1] == '0' {
		return value[:n]
	}
	return value
}

// member returns the value of an object's member; nil when the object has no such member.
func member(object []byte, name string) []byte {
	m := lenientMembersOf(object)
	for m.next() {
		if string(m.key) == name {
			return m.value
		}
	}
	return nil
}

// Parse parses an object. Members that are not a part of the Header are appended to
// scratch as its Members. ok is false for a text that is not exactly one valid JSON object,
// and for an object that has neither a severity nor a time.
//
// An audit event of Kubernetes has the time of its stage
// (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/). Its level is none:
// it says how much of the request is recorded.
func Parse(text []byte, scratch *[]byte) (h filters.Header, ok bool) {
	dst := *scratch
	var seen hints
	var received int64 // when the API server received the request of an audit event
	m := membersOf(text)
	for m.next() {
		if string(m.key) == "requestReceivedTimestamp" {
			received, _ = timestamp.Parse(unquote(m.value))
		}
		severity := memberSeverity(m.key, m.value)
		if severity != 0 && isWeak(m.key, m.value) {
			seen.add(m.key, m.value, severity)
			severity = 0
		} else {
			seen.add(m.key, m.value, 0)
		}
		if setHeader(&h, m.key, m.value, severity) {
			continue
		}
		dst = append(dst, ',')
		dst = append(dst, m.whole...)
	}
	if h.Severity == 0 {
		h.Severity = seen.severity(true)
	}
	if !h.HasTime && received != 0 {
		h.Time, h.HasTime = received, true
	}
	if h.Severity == 0 && !h.HasTime || !m.ended() {
		return filters.Header{}, false
	}
	if start := len(*scratch); len(dst) > start {
		dst[start] = '{'
		dst = append(dst, '}')
		h.Members = dst[start:len(dst):len(dst)]
		joinLines(h.Members)
		*scratch = dst
	}
	return h, true
}

// setHeader sets the part of h that a member states. It returns false for a member that is
// not a part of a Header, or whose part is set already.
func setHeader(h *filters.Header, key, value []byte, severity filters.Severity) bool {
	if h.Severity == 0 && severity != 0 {
		h.Severity = severity
		return value[0] != '{'
	}
	switch string(key) {
	case "ts", "time", "timestamp", "@timestamp", "@t", "stageTimestamp":
		if !h.HasTime {
			h.Time, h.HasTime = timestamp.Parse(unquote(value))
			return h.HasTime
		}
	case "msg", "message", "@m":
		if !h.Message.Exists() && value[0] == '"' {
			h.Message = filters.EscapedText(value[1 : len(value)-1])
			return true
		}
	case "caller":
		if !h.Caller.Exists() && value[0] == '"' {
			h.Caller = filters.EscapedText(value[1 : len(value)-1])
			return true
		}
	}
	return false
}

// Time returns the time of an object, which Object must have checked, in nanoseconds since
// 1970. keys are the keys that can hold a time; the first of them with a valid time
// counts. ok is false when there is none.
func Time(object []byte, keys []string) (ns int64, ok bool) {
	best := len(keys)
	m := membersOf(object)
	for best > 0 && m.next() {
		for i, key := range keys[:best] {
			if string(m.key) != key {
				continue
			}
			if t, readable := timestamp.Parse(unquote(m.value)); readable {
				ns, ok, best = t, true, i
			}
			break
		}
	}
	return ns, ok
}

// unquote returns a value without quotes and without white space around it.
func unquote(value []byte) []byte { return bytes.Trim(value, `"`+space) }
