package elasticsearch

import (
	"bytes"
	"strconv"

	"github.com/k8slog/k8slog/filters"
)

// This file writes documents in the Elastic Common Schema
// (https://www.elastic.co/docs/reference/ecs), with Kubernetes as Elastic
// Agent's integration has it:
//
//	{"@timestamp":…,"message":…,"stream":…,
//	 "log":{"level":…,"flags":["partial","undecoded","late"],"origin":{"file":{"name":…,"line":…}}},
//	 "event":{"severity":…,"original":…},"process":{"name":…,"thread":{"id":…}},
//	 "trace":{"id":…},"span":{"id":…},
//	 "ecs":{"version":…},"service":{"name":…},
//	 "orchestrator":{"type":"kubernetes","cluster":{"name":…}},
//	 "kubernetes":{"namespace":…,"pod":{"name":…,"uid":…},
//	 "container":{"name":…,"status":{"restarts":…}},"node":{"name":…}},
//	 "container":{"id":…},"host":{"name":…},"k8slog":{other fields}}
//
// message is the text. When the header of a component's line was parsed, message is the
// text without the header, and event.original is the whole text.

// found holds the fields of a record for which the schema has a name of its own.
type found struct {
	message, caller, program, thread, trace, span filters.Text
	// fields is a bit set of their indices in the record.
	fields uint64
}

// find returns these fields of a record. Filters parsed them from the text, or they come
// from OpenTelemetry's metadata.
func find(fields []filters.Field) (f found) {
	for i := range fields[:min(len(fields), 64)] {
		text := fields[i].Text
		var to *filters.Text
		switch string(fields[i].Key) {
		case "message":
			to = &f.message
		case "caller":
			to = &f.caller
		case "program":
			to = &f.program
		case "thread":
			if plain, ok := text.Plain(); ok && isNumber(plain) {
				to = &f.thread
			}
		case "trace_id":
			to = &f.trace
		case "span_id":
			to = &f.span
		}
		if to != nil && text.Exists() && !to.Exists() {
			*to = text
			f.fields |= 1 << i
		}
	}
	return f
}

// isNumber reports whether a text is a decimal number of up to 15 digits, which every
// JSON reader represents exactly.
func isNumber(text []byte) bool {
	if len(text) == 0 || len(text) > 15 || text[0] == '0' && len(text) > 1 {
		return false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// appendECS appends a document without its closing brace. shared is the rendered source.
func (e *encoder) appendECS(dst []byte, r *filters.Record, shared *rendered) []byte {
	dst = append(dst, `{"@timestamp":"`...)
	dst = e.clock.AppendTime(dst, r.Time)
	dst = append(dst, '"')
	var f found
	if len(r.Fields) > 0 {
		f = find(r.Fields)
	}
	message := r.Log
	if f.message.Exists() {
		message = f.message
	}
	dst = appendTextMember(dst, `,"message":"`, message)
	if r.Stream != filters.NoStream {
		dst = append(dst, `,"stream":"`...)
		dst = append(dst, r.Stream.String()...)
		dst = append(dst, '"')
	}
	dst = appendLog(dst, r, f.caller)
	dst = appendEvent(dst, r, f.message.Exists() && r.Log.Exists())
	dst = appendProcess(dst, &f)
	if f.trace.Exists() {
		dst = append(appendTextMember(dst, `,"trace":{"id":"`, f.trace), '}')
	}
	if f.span.Exists() {
		dst = append(appendTextMember(dst, `,"span":{"id":"`, f.span), '}')
	}
	dst = append(dst, shared.shared...)
	if len(r.Fields) == 0 {
		return dst
	}
	before := len(dst)
	dst = append(dst, `,"k8slog":`...)
	open := len(dst)
	return closed(e.fields.append(dst, r.Fields, f.fields), before, open)
}

// appendTextMember appends before, which ends with an opening quote, the text, and a
// closing quote. It appends nothing when the text does not exist.
func appendTextMember(dst []byte, before string, text filters.Text) []byte {
	if !text.Exists() {
		return dst
	}
	dst = append(dst, before...)
	dst = text.AppendJSON(dst)
	return append(dst, '"')
}

// closed ends an object. Its key, with a comma before it, begins at before. Its members
// begin at open, each with a comma before it. The first comma is replaced by the opening
// brace. An object without members is removed, with its key.
func closed(dst []byte, before, open int) []byte {
	if len(dst) == open {
		return dst[:before]
	}
	dst[open] = '{'
	return append(dst, '}')
}

// logFlags are the flags of a record by their names in log.flags, each with a comma.
var logFlags = []struct {
	flag filters.Flags
	name string
}{{filters.Partial, `"partial",`}, {filters.Undecoded, `"undecoded",`}, {filters.Late, `"late",`}}

// appendLog appends the object log: level, flags and origin.
func appendLog(dst []byte, r *filters.Record, caller filters.Text) []byte {
	before := len(dst)
	dst = append(dst, `,"log":`...)
	open := len(dst)
	if r.Severity != 0 {
		dst = append(dst, `,"level":"`...)
		dst = append(dst, r.Severity.String()...)
		dst = append(dst, '"')
	}
	if r.Flags&(filters.Partial|filters.Undecoded|filters.Late) != 0 {
		dst = append(dst, `,"flags":[`...)
		for _, flag := range logFlags {
			if r.Flags&flag.flag != 0 {
				dst = append(dst, flag.name...)
			}
		}
		dst[len(dst)-1] = ']' // for the last comma
	}
	if caller.Exists() {
		file, line := caller, []byte(nil)
		if plain, ok := caller.Plain(); ok {
			if colon := bytes.LastIndexByte(plain, ':'); colon > 0 && isNumber(plain[colon+1:]) {
				file, line = filters.PlainText(plain[:colon]), plain[colon+1:]
			}
		}
		dst = appendTextMember(dst, `,"origin":{"file":{"name":"`, file)
		if line != nil {
			dst = append(dst, `,"line":`...)
			dst = append(dst, line...)
		}
		dst = append(dst, "}}"...)
	}
	return closed(dst, before, open)
}

// appendEvent appends the object event. With original, it has the whole text.
func appendEvent(dst []byte, r *filters.Record, original bool) []byte {
	before := len(dst)
	dst = append(dst, `,"event":`...)
	open := len(dst)
	if r.Severity != 0 {
		dst = append(dst, `,"severity":`...)
		dst = strconv.AppendUint(dst, uint64(r.Severity), 10)
	}
	if original {
		dst = appendTextMember(dst, `,"original":"`, r.Log)
	}
	return closed(dst, before, open)
}

// appendProcess appends the object process.
func appendProcess(dst []byte, f *found) []byte {
	before := len(dst)
	dst = append(dst, `,"process":`...)
	open := len(dst)
	dst = appendTextMember(dst, `,"name":"`, f.program)
	if thread, _ := f.thread.Plain(); f.thread.Exists() {
		dst = append(dst, `,"thread":{"id":`...)
		dst = append(dst, thread...)
		dst = append(dst, '}')
	}
	return closed(dst, before, open)
}
