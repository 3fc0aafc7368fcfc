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
//	 "log":{"level":…,"flags":["partial","undecoded"],"origin":{"file":{"name":…,"line":…}}},
//	 "event":{"severity":…,"original":…},"process":{"name":…,"thread":{"id":…}},
//	 "trace":{"id":…},"span":{"id":…},
//	 "ecs":{"version":…},"service":{"name":…},
//	 "orchestrator":{"type":"kubernetes","cluster":{"name":…}},
//	 "kubernetes":{"namespace":…,"pod":{"name":…,"uid":…},
//	 "container":{"name":…,"status":{"restarts":…}},"node":{"name":…}},
//	 "container":{"id":…},"host":{"name":…},"k8slog":{other fields}}
//
// message is the text; where a component's header was read off it, message is
// the rest, and event.original the whole.

// found are the fields of a record that have a name of their own in the schema.
type found struct {
	message, caller, program, thread, trace, span filters.Text
	// fields has a bit for each.
	fields uint64
}

// find looks for them: what filters found in the text, and what
// OpenTelemetry's metadata says.
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

// isNumber says whether a text is a whole number that any reader takes.
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

// appendECS appends a document, and leaves it open.
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

// appendTextMember appends a text behind what stands before it, unless it is
// absent.
func appendTextMember(dst []byte, before string, text filters.Text) []byte {
	if !text.Exists() {
		return dst
	}
	dst = append(dst, before...)
	dst = text.AppendJSON(dst)
	return append(dst, '"')
}

// closed ends an object whose key begins at before, and whose members were
// appended from open on, each with a comma before it. The first comma becomes
// the brace; an object without members is taken away.
func closed(dst []byte, before, open int) []byte {
	if len(dst) == open {
		return dst[:before]
	}
	dst[open] = '{'
	return append(dst, '}')
}

func appendLog(dst []byte, r *filters.Record, caller filters.Text) []byte {
	before := len(dst)
	dst = append(dst, `,"log":`...)
	open := len(dst)
	if r.Severity != 0 {
		dst = append(dst, `,"level":"`...)
		dst = append(dst, r.Severity.String()...)
		dst = append(dst, '"')
	}
	switch r.Flags & (filters.Partial | filters.Undecoded) {
	case filters.Partial:
		dst = append(dst, `,"flags":["partial"]`...)
	case filters.Undecoded:
		dst = append(dst, `,"flags":["undecoded"]`...)
	case filters.Partial | filters.Undecoded:
		dst = append(dst, `,"flags":["partial","undecoded"]`...)
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
