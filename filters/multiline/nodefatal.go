package multiline

import "bytes"

// When node runs out of memory, or aborts, V8 reports in a form of its own; a
// blank line stands before it and between its parts:
//
//	<--- Last few GCs --->
//
//	[7:0x40505e20]       92 ms: Mark-Compact 30.0 (46.9) -> 30.0 (62.9) MB, …
//
//	<--- JS stacktrace --->
//
//	FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
//	----- Native stack trace -----
//
//	 1: 0xb78db3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [/usr/bin/node]
//	16: 0x195e476  [/usr/bin/node]

const (
	lastCollections = "<--- Last few GCs --->"
	jsStack         = "<--- JS stacktrace --->"
	nativeStack     = "----- Native stack trace -----"
)

// startNodeFatal returns the step behind the first line of such a report. It
// may be escaped.
func startNodeFatal(text []byte) step {
	switch {
	case string(text) == lastCollections, string(text) == `\u003c--- Last few GCs ---\u003e`:
		return nodeHeap
	case has(text, "FATAL ERROR: ") && bytes.Contains(text, []byte("JavaScript heap out of memory")):
		return nodeFatal
	case string(text) == nativeStack:
		return nodeNativeTitle
	}
	return none
}

// afterNodeHeap takes the collections, and why they did not help.
func afterNodeHeap(_ State, line []byte) step {
	switch {
	case blank(line), string(line) == jsStack, collection(line):
		return nodeHeap
	case has(line, "FATAL ERROR: "):
		return nodeFatal
	}
	return none
}

// collection says whether a line is of a garbage collection: the process, its
// isolate, and the time since it began.
func collection(line []byte) bool {
	if len(line) == 0 || line[0] != '[' {
		return false
	}
	n := digits(line[1:])
	return n > 0 && has(line[1+n:], ":0x") && bytes.Contains(line, []byte(" ms: "))
}

func afterNodeFatal(_ State, line []byte) step {
	if string(line) == nativeStack {
		return nodeNativeTitle
	}
	return afterNodeNative(None, line)
}

func afterNodeNativeTitle(_ State, line []byte) step {
	if blank(line) {
		return nodeNativeTitle
	}
	return afterNodeNative(None, line)
}

// afterNodeNative takes frames: a number, and an address.
func afterNodeNative(_ State, line []byte) step {
	text := line[indent(line):]
	if n := digits(text); n > 0 && has(text[n:], ": 0x") {
		return nodeNative
	}
	return none
}
