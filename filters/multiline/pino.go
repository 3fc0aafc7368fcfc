package multiline

// pino-pretty prints the members of a record below it, and an error as a block
// (https://github.com/pinojs/pino-pretty):
//
//	[10:00:00.123] ERROR (1): request errored
//	    reqId: "req-1"
//	    err: {
//	      "type": "TypeError",
//	    }
var pinoRules = table{node, []rule{
	{"first", Func(isPino).First("[", mayBePino), "pino"},
	{"pino", Starts("    err: {"), "pinoErr"}, // a record has one
	{"pino", Starts("    ").If(isPinoMember), "pino"},
	{"pinoErr", Starts("    ").If(isOtherMember), "pinoErr"},
	{"pino", Starts("      "), "pino"},
	{"pino", Line("    }", "    ]"), "pino"},
	{"pinoErr", Starts("      "), "pinoErr"},
	{"pinoErr", Line("    }", "    ]"), "pinoErr"},

	{levels, Starts("    err: {"), "nodeBlock"},
	{"nodeBlock", Starts("      "), "nodeBlock"},
	{"nodeBlock", Line("    }"), "closed"},
}}

// mayBePino looks at the bracket behind one of two times.
func mayBePino(kept []byte) bool {
	const time, date = len("[10:00:00.123"), len("[2026-11-22 10:00:00.123 +0000")
	return len(kept) > date+2 && (kept[time] == ']' || kept[date] == ']')
}

// isPino says whether a line has the header of pino-pretty: a time in brackets, a level,
// and a process in parentheses.
func isPino(text []byte) bool {
	switch {
	case shaped(text, "[##:##:##.###] "):
		text = text[len("[10:00:00.123] "):]
	case shaped(text, "[####-##-## ##:##:##.### ?####] "):
		text = text[len("[2026-11-22 10:00:00.123 +0000] "):]
	default:
		return false
	}
	level := word(text)
	return isOneOf(level, "TRACE DEBUG INFO WARN ERROR FATAL") && has(text[len(level):], " (")
}

func isOtherMember(text []byte) bool { return isPinoMember(text) && !has(text, "err: ") }

// isPinoMember looks behind the indent: a key, and a JSON value.
func isPinoMember(text []byte) bool {
	key := word(text)
	value := text[min(len(key)+1, len(text)):]
	if n := len(key) - 1; n < 1 || key[n] != ':' || !only(key[:n], "$-") || len(value) == 0 {
		return false
	}
	switch c := value[0]; c {
	case '"', '{', '[', '-':
		return true
	default:
		return c-'0' <= 9 || isOneOf(value, "true false null")
	}
}
