package multiline

import "bytes"

// PostgreSQL indents all lines of a text but the first by a tab
// (https://www.postgresql.org/docs/current/runtime-config-logging.html):
//
//	2026-11-22 10:00:00.123 UTC [73] STATEMENT:  select *
//		from x
var postgresRules = table{postgres, []rule{
	{"first", Starts("psql:").Has(": ERROR:  "), "reportMaybe"},
	{reports, Starts("LINE ").If(numbered), "reportFrames"}, // of psql
	{"reportFrames", Func(caret), "reportFrames"},
	{"first", Func(isPostgres).First(tenDigits, nil).AsAbove(), "postgresText"},
	{"first", Starts("STATEMENT:  ", "DETAIL:  ", "QUERY:  ", "CONTEXT:  ", "ERROR:  ", "LOG:  "), "postgresText"}, // without a prefix
	{"postgresText", Starts("\t"), "postgresText"},
}}

// isPostgres says whether a line has the header of PostgreSQL: a time with its zone,
// and a level with two spaces behind its colon. Between them is what log_line_prefix
// says.
func isPostgres(kept []byte) bool {
	const window = 160
	if len(kept) < len("2026-11-22 10:00:00.123 +01 LOG:  ") || kept[10] != ' ' || kept[13] != ':' || !zoned(kept[len("2026-11-22 10:00:00"):]) {
		return false
	}
	i := bytes.Index(kept[:min(len(kept), window)], []byte(":  "))
	if i < 0 || !shaped(kept, "####-##-## ##:##:##") {
		return false
	}
	level := kept[bytes.LastIndexAny(kept[:i], " :]")+1 : i]
	return isOneOf(level, "LOG ERROR FATAL PANIC WARNING NOTICE INFO DETAIL HINT QUERY CONTEXT STATEMENT LOCATION DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5")
}

// zoned says whether a zone follows, perhaps behind milliseconds: ".123 UTC ",
// " +01 ".
func zoned(text []byte) bool {
	if text[0] == '.' && len(text) > len(".123") {
		text = text[len(".123"):]
	}
	return len(text) > 4 && text[0] == ' ' && (text[1]-'A' < 26 || text[1] == '+' || text[1] == '-')
}
