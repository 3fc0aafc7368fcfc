package multiline

// Salt writes values and traces as they are behind its header:
//
//	2026-11-22 10:00:00,066 [salt.state       :320 ][ERROR   ][4711] {'ret': {
//	    'a': 1}}

// isSalt says whether a line has the header of a Salt minion.
func isSalt(text []byte) bool {
	const columns = "2026-11-22 10:00:00,066 ["
	if len(text) < len(columns) || digits(text[:5]) != 4 {
		return false
	}
	return text[4] == '-' && text[7] == '-' && text[10] == ' ' && text[13] == ':' && text[16] == ':' && text[19] == ',' &&
		digits(text[20:24]) == 3 && text[23] == ' ' && text[24] == '['
}

// afterSaltText takes what can be no line of its own.
func afterSaltText(_ State, line []byte) step {
	if dated(line) {
		return none
	}
	return saltText
}
