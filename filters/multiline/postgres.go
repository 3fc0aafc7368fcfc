package multiline

import "bytes"

// PostgreSQL indents all lines of a text but the first by a tab
// (https://www.postgresql.org/docs/current/runtime-config-logging.html):
//
//	2026-11-22 10:00:00.123 UTC [73] STATEMENT:  select *
//		from x
var postgresRules = table{postgres, []rule{
	{"first", Func(isPostgres).First(tenDigits, isPostgres).AsAbove(), "postgresText"},
	{"postgresText", Starts("\t"), "postgresText"},
}}

// isPostgres says whether a line has the header of PostgreSQL: a time, and a level
// with two spaces behind its colon.
func isPostgres(kept []byte) bool {
	if !shaped(kept, "####-##-## ##:##:##") {
		return false
	}
	text := kept[:min(len(kept), levelWindow)]
	i := bytes.Index(text, []byte(":  "))
	if i < 0 {
		return false
	}
	level := text[bytes.LastIndexByte(text[:i], ' ')+1 : i]
	return isOneOf(level, "LOG ERROR FATAL PANIC WARNING NOTICE INFO DETAIL HINT QUERY CONTEXT STATEMENT LOCATION DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5")
}
