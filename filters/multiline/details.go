package multiline

import "bytes"

// The message of a logger may have lines of its own. They have no form that tells them
// from lines of others, so only these kinds of them are taken.
//
// Lines that are indented below a header that ends with a colon, and an object there:
//
//	2026-11-22 10:00:00,123 INFO app.config: effective settings:
//	    pool_size: 10
var listRules = table{tracing, []rule{
	{"first", Ends(":", ": ").If(isListHead), "listHead"},
	{"listHead list", Func(isListItem), "list"},
	{"list", Starts("  ").If(isNotBlank), "list"},
	{"list", Blank(), "list"},
	{"list", Func(isTableRow).First(tenDigits, nil), "list"}, // of pandas

	{"listHead dashes", Starts("- ", "* ", "• "), "dashes"},
	{"listHead numbers", Func(isNumbered).First(tenDigits, nil), "numbers"},
	{"listHead properties", Func(isProperty), "properties"}, // of Spark
	{"dashes numbers", Starts("  ", "\t").If(isNotBlank), "dashes"},
	{"listHead " + levels + " levelDetail", Func(opensValue).First("{[(", nil), "value"}, // of Python's pprint
	{"listHead emptyKey", Starts("[[", "array(", "tensor("), "value"},                    // of NumPy
	{"value", Starts(" ").If(isNotBlank), "value"},
	{"value", Blank(), "closed"},

	{"listHead", Line("{", "["), "listObject"},
	{"listHead", Ends("(").If(isOneName), "listObject"}, // of PyTorch
	{"listObject", Starts(" ", "\t"), "listObject"},
	{"listObject", Line("}", "]", ")"), "listEnd"},
	{"listEnd", Func(isPackagedHeadline).First(letters, nil), "message"},
}}

// Lines between the header of an error and its trace, if each of them looks like a detail,
// or the header ends with a colon:
//
//	10:00:00.123 [main] ERROR c.e.Advice - Unhandled exception
//	uri: /api/items
//	java.lang.IllegalArgumentException: x
var detailRules = table{tracing, []rule{
	{"first", Ends(":", ": ").If(isLevelHead).Words(levelWords...), "levelHead"},
	{"levelHead levelSQL", Func(isSQLLine), "levelSQL"},
	{"levelSQL", Starts("\t", " ").If(isNotBlank), "levelSQL"},
	{"levelSQL", Func(isPackagedHeadline).First(letters, nil), "message"},
	{"levelHead", Message(), "levelAhead"},
	{levels, Func(isDetailLine).Inner(), "levelAhead"},
	{"goAhead levelAhead", Func(isGoFunction), "goPlainAhead"}, // %+v of an error, below its message
	{"level levelFirst levelHead", Message(), "goAhead"},
}}

// A header without a message, or with a key that has no value: it is on the next line.
//
//	2026-11-22 10:00:00,123 INFO - Running statement:
//	INSERT INTO daily
var emptyHeadRules = table{tracing, []rule{
	{"first", Ends(" : ", " - ").If(isEmptyHead), "emptyHead"},
	{"first", Ends(": ", ", ", "= ").If(isEmptyHead), "emptyKey"},
	{"first", Ends("] ").If(isEmptyHead), "emptyBracket"},
	{"emptyBracket", Blank(), "emptyHead"},
	{"emptyBracket", Starts("+-").If(isTableRule), "table"}, // of Triton
	{"table", Blank(), "closed"},
	{"emptyKey", Starts(" ").If(isNotBlank), "emptyText"},
	{"emptyKey", Func(isSQLLine), "emptyText"},
	{"emptyHead", Blank(), "emptyHead"},
	{"emptyHead", Message(), "emptyText"},
	{"emptyText", Starts(" ", "\t").If(isNotBlank), "emptyText"},
	{"emptyText", Func(isSQLLine), "emptyText"},
	{"emptyText", Starts(", parameters: "), "closed"}, // of Airflow
	{"emptyText", Func(isPackagedHeadline).First(letters, nil), "message"},
	{"emptyText", Line("}", "]"), "emptyEnd"},
	{"emptyEnd", Blank(), "closed"},
}}

// A statement of SQL, each line of which begins with a word of the language in capitals:
//
//	2026-11-22 10:00:00,123 INFO sqlalchemy.engine.Engine SELECT orders.id
//	FROM orders
var sqlRules = table{tracing, []rule{
	{"first", Func(isStatement).First(tenDigits, nil).Words(sqlEcho), "sqlHead"},
	{"first", Ends(":").If(isPlainHead), "sqlKey"},
	{"sqlHead sqlKey sql", Func(isSQLLine), "sql"},
	{"sql", Starts("ON ", "OR ", "AND ", "FOR ", "↳ "), "sql"},
	{"sql", Starts("\t", " ").If(isNotBlank), "sql"},
	{"sqlHead", Starts("\t", "  ").If(isNotBlank), "sql"},
	{"sql", Starts(")"), "sql"},
}}

const sqlEcho = "sqlalchemy.engine.Engine "

const sqlWords = "SELECT INSERT UPDATE DELETE CREATE ALTER FROM WHERE JOIN LEFT RIGHT INNER OUTER FULL CROSS GROUP ORDER HAVING LIMIT OFFSET VALUES SET RETURNING UNION INTO USING WITH"

// isStatement says whether a library shows the beginning of a statement.
func isStatement(text []byte) bool { return isEcho(text) || isEcto(text) }

// isEcho says whether SQLAlchemy shows a statement, in the format of its option echo.
func isEcho(text []byte) bool {
	const time = "2026-11-22 10:00:00,123"
	return len(text) > len(time) && text[len("2026-11-22 10:00:00")] == ',' && has(text[len(time):], " INFO "+sqlEcho)
}

// isEcto says whether Elixir's Ecto tells of a query.
func isEcto(kept []byte) bool {
	return len(kept) > 2 && kept[2] == ':' && shaped(kept, "##:##:##.### ") && bytes.Contains(kept[:min(len(kept), headerWindow)], []byte("] QUERY "))
}

// isSQLLine says whether a line begins with a word of SQL.
func isSQLLine(line []byte) bool {
	return len(line) > 2 && line[0]-'A' < 26 && line[1]-'A' < 26 && isOneOf(word(line), sqlWords)
}

// isNumbered says whether a line is an item with a number: "1. first", "2) second".
func isNumbered(line []byte) bool {
	n := digits(line)
	return n > 0 && n < 3 && (has(line[n:], ". ") || has(line[n:], ") "))
}

// isProperty says whether a line is a property of Java with a value: "spark.app.name=etl".
func isProperty(line []byte) bool {
	name, _, found := bytes.Cut(line[:min(len(line), headerWindow)], []byte("="))
	return found && len(name) > 0 && name[0]-'a' < 26 && only(name, ".-") && bytes.IndexByte(name, '.') > 0
}

// opensValue says whether a line begins a value that it does not end: "{'a': 1,".
func opensValue(line []byte) bool {
	return len(line) > 2 && has(line[len(line)-1:], ",") && (line[1] == '\'' || line[1] == ':' || line[1] == '(' || line[1] == '{') ||
		len(line) > 2 && line[0] == '{' && line[1] == ':'
}

// isEmptyHead says whether nothing but a header stands in a line.
func isEmptyHead(line []byte) bool {
	return hasHeader(line) && !datedByGo(line) && !mentionsException(line)
}

// isOneName says whether a line is a name and a parenthesis: "Net(".
func isOneName(line []byte) bool { return len(line) > 1 && only(line[:len(line)-1], "") }

// isListHead says whether a logger wrote a line that ends with a colon. Programs that write
// with Go's package log rarely indent.
func isListHead(line []byte) bool {
	return hasHeader(line) && len(line) > headerWindow/2 && (!datedByGo(line) || levelled(line[:min(len(line), headerWindow)])) || isBasicConfig(line)
}

// isBasicConfig says whether the root logger of Python wrote a line: "WARNING:root:unused:".
func isBasicConfig(line []byte) bool {
	level, rest, found := bytes.Cut(line[:min(len(line), headerWindow)], []byte(":"))
	name, text, found2 := bytes.Cut(rest, []byte(":"))
	return found && found2 && isLevel(level, false) && isName(name) && len(text) > 0
}

// isPlainHead says the same of a line that is no error.
func isPlainHead(line []byte) bool { return isListHead(line) && !namesLevel(line) }

func isLevelHead(line []byte) bool { return namesLevel(line) && hasHeader(line) }

// isListItem says whether a line is indented as a list or a table is. One that is indented
// by two spaces must have a mark, or a key.
func isListItem(line []byte) bool {
	n := indent(line)
	return n > 0 && n < len(line) && (line[0] == '\t' || n > 2 || n == 2 && isMarked(line[n:]) || has(line[n:], "- "))
}

// isTableRow says whether a line is a number, and columns behind it.
func isTableRow(line []byte) bool { return has(line[digits(line):], "  ") }

// isMarked says whether a text begins with the mark of a list, or with a key.
func isMarked(text []byte) bool {
	return has(text, "- ") || has(text, "* ") || has(text, "• ") || isField(text)
}

// isField says whether a text begins with a key of at most three words, and a colon or a
// sign of equality: "uri: /api", "Trace ID = 7".
func isField(text []byte) bool {
	i := bytes.IndexAny(text[:min(len(text), headerWindow)], ":=")
	if i <= 0 || i+1 < len(text) && text[i+1] != ' ' {
		return false
	}
	key := bytes.TrimRight(text[:i], " ")
	return len(key) > 0 && only(key, " -./") && bytes.Count(key, []byte(" ")) < 3 && key[0]-'0' > 9
}

// isDetailLine says whether a line looks like a part of a message, and like no record.
func isDetailLine(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	switch line[0] {
	case ' ', '\t', '<', '>', '"':
		return !blank(line)
	}
	return (isMarked(line) || isSQLLine(line)) && !logged(line)
}
