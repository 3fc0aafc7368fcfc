package multiline

import "bytes"

// zap's console encoder writes a line's parts with tabs between them, the
// level in capitals or not, and a stack below
// (https://github.com/uber-go/zap/blob/master/zapcore/console_encoder.go):
//
//	2026-11-22T10:00:00.000Z	error	app/main.go:12	failed	{"id": 7}
//	main.run
//		/app/main.go:12

// tabs says whether a word stands between tabs.
func tabs(text []byte, from, to int) bool {
	before, after := text[:from], text[to:]
	return (ends(before, "\t") || ends(before, `\t`)) && (has(after, "\t") || has(after, `\t`))
}

// isZap says whether a line with zap's time has the level of an error in small
// letters: those in capitals are found like any other's.
func isZap(text []byte) bool {
	if !zapTime(text) {
		return false
	}
	head := text[:longestTime]
	i := bytes.IndexByte(head, '\t')
	if i < 0 {
		if i = bytes.Index(head, []byte(`\t`)); i < 0 {
			return false
		}
		i++
	}
	level := text[i+1:]
	for _, name := range [...]string{"error", "warn", "dpanic", "panic", "fatal"} {
		if has(level, name) && tabs(text, len(text)-len(level), len(text)-len(level)+len(name)) {
			return true
		}
	}
	return false
}

// zapTime says whether a tab may stand behind the time that a line begins with.
func zapTime(text []byte) bool {
	return len(text) > longestTime && (tab(text[24]) || tab(text[28]) || text[1] == '.')
}

const longestTime = len("2026-11-22T10:00:00.000+0100") + 2

// tab says whether a tab begins with c, escaped or not.
func tab(c byte) bool { return c == '\t' || c == '\\' }
