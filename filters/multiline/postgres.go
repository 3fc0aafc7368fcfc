package multiline

import "bytes"

// PostgreSQL indents all lines of a text but the first by a tab
// (https://www.postgresql.org/docs/current/runtime-config-logging.html):
//
//	2026-11-22 10:00:00.123 UTC [73] STATEMENT:  select *
//		from x
var postgresRules = table{postgres, []rule{
	{"first", Func(isPostgres).First(tenDigits, nil).AsAbove(), "postgresText"},
	{"postgresText", Starts("\t"), "postgresText"},
}}

// isPostgres says whether a line has the header of PostgreSQL: a time, the process,
// and a level with two spaces behind its colon.
func isPostgres(kept []byte) bool {
	const window = len("2026-11-22 10:00:00.123 +01:00 [")
	if len(kept) < window || kept[10] != ' ' || kept[13] != ':' {
		return false
	}
	i := bytes.IndexByte(kept[:window], '[')
	if i < 0 || kept[i+1]-'0' > 9 {
		return false
	}
	text := kept[i:min(len(kept), i+window)]
	if i = bytes.IndexByte(text, ']'); i < 0 {
		return false
	}
	level, rest, found := bytes.Cut(text[i+1:], []byte(":"))
	return found && has(rest, "  ") && shaped(kept, "####-##-## ##:##:##") &&
		isOneOf(level[indent(level):], "LOG ERROR FATAL PANIC WARNING NOTICE INFO DETAIL HINT QUERY CONTEXT STATEMENT LOCATION DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5")
}
