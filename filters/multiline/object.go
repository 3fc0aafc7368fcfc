package multiline

import "bytes"

// A program may print an object or an array over several lines: JSON, or what
// util.inspect of node makes. Its first line is the bracket that its last line
// closes, and all lines between are indented.
//
//	{
//	  "level": "error"
//	}
var objectRules = table{objects, []rule{
	{"first", Line("{", "["), "object"},
	{"first", Ends(" {", " [").If(opensObject), "objectText"},
	{"object objectBody", Starts(" ", "\t").If(isMember), "objectBody"},
	{"objectBody", Starts(" ", "\t"), "objectBody"},
	{"objectBody", Line("}", "]", "},", "],"), "closed"},

	// The box that Terraform draws around an error, and a table of console.table.
	{"first", Line("╷"), "objectBox"},
	{"first", Starts("╭─ ").Ends("─╮"), "objectBox"}, // of Typer
	{"objectBox", Starts("╰─"), "closed"},
	{"first", Starts("┌─"), "objectBox"},
	{"objectBox", Starts("│", "├─"), "objectBox"},
	{"objectBox", Line("╵"), "closed"},
	{"objectBox", Starts("└─"), "closed"},

	// Nest names the kind of an object in the line above it.
	{"first", Starts("[Nest] ").Ends(" Object:", " Array:"), "objectText"},
	{"objectText", Line("{", "["), "object"},

	// A text before it: an object only if it is closed.
	{"objectText objectAhead", Starts(" ", "\t").If(isMember), "objectAhead"},
	{"objectAhead", Starts(" ", "\t"), "objectAhead"},
	{"objectAhead", Line("}", "]"), "objectEnd"},
	{"objectEnd", Indented("at ").If(isFrame), "frames"}, // it was the message of an error
}}

// isMember says whether a line is a member of an object, or of an array.
func isMember(text []byte) bool {
	text = text[indent(text):]
	if len(text) == 0 {
		return false
	}
	switch text[0] {
	case '{', '[', '"', '\'', '<':
		return true
	}
	if n := len(text) - 1; text[n] == ',' || numbered(text) || isOneOf(text, "true false null undefined") {
		return true
	}
	name := word(text)
	return len(name) > 1 && name[len(name)-1] == ':' && only(name[:len(name)-1], "$")
}

// opensObject says whether a text stands before the bracket, and no block of a
// program's source, "if (x) {". node writes "Map(2) {" and "<ref *1> {".
func opensObject(text []byte) bool {
	if has(text, "Map(") || has(text, "Set(") || has(text, "<ref *") || has(text, "[Nest] ") {
		return true
	}
	return len(text) > 2 && text[len(text)-3] != ')' && bytes.IndexByte([]byte("}]<#/\"' \t"), text[0]) < 0
}
