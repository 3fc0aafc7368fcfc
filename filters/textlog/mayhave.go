package textlog

import (
	"encoding/binary"
	"math/bits"

	"github.com/k8slog/k8slog/filters/logfmt"
)

// MayHave returns whether Find can find a level in a text, or another format behind blanks
// or a time. It looks at the first word only,
// so that most texts are not read further. The text can have escape sequences and the
// escapes of JSON.
func MayHave(text []byte) bool {
	if len(text) > shortest {
		switch {
		case text[1]-'a' < 26:
			if startsSentence(text) {
				return false
			}
		case text[0]-'0' <= 9:
			return mayHaveNumber(text)
		case text[0]-'A' < 26 && (text[4] == '/' && text[3] == ' ' || text[5] == '/' && text[4] == ' ' && text[3] != ':'): // GET /, POST /
			return false
		}
	}
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\\' && at(text, i+1) == 't') {
		if i++; text[i-1] == '\\' {
			i++
		}
	}
	if i == len(text) {
		return false
	}
	if i > 0 && kinds[text[i]] == lowerCase {
		if logfmt.Begins(text[i:]) {
			return true
		}
		if text[0] != ' ' || len(text)-i > shortest && startsSentence(text[i:]) {
			return false // a stack frame, most often
		}
	}
	switch c := text[i]; kinds[c] {
	case lowerCase:
		return mayHaveLower(text[i:])
	case upperCase:
		return mayHaveUpper(text[i:])
	case digit:
		return mayHaveNumber(text[i:])
	case opening:
		return true
	case backslash:
		return at(text, i+1) == 'u' && (at(text, i+2)|0x20 == 'f' || at(text, i+2) == '0')
	case other:
		return has(text[i:], byteOrderMark) || mayHaveName(text[i:], nameEnd(text[i:]))
	}
	return false
}

// shortest is the length of a text that startsSentence can look at.
const shortest = 20

// startsSentence returns whether a text begins as most do: with a word that is not in
// capitals, and another one. npm writes the level as the second word, and there are log4j:WARN and
// prisma:warn.
func startsSentence(text []byte) bool {
	if text[0]|0x20-'a' >= 26 || text[1]-'a' >= 26 || text[0] == 'n' || text[3] == '4' || text[6] == ':' {
		return false
	}
	n := firstSpace(text)
	if n == 8 {
		n += firstSpace(text[8:])
	}
	if n == 16 || text[n-1]|0x20-'a' >= 26 {
		return false
	}
	c := text[n+1]
	return c-'a' < 26 || c-'0' <= 9 && text[n+2] == ' ' && text[n+3]-'a' < 26
}

// firstSpace returns the index of the first space in the first eight bytes of s; 8 for none.
func firstSpace(s []byte) int {
	const each = 0x0101010101010101 // in each byte of a word
	spaces := binary.LittleEndian.Uint64(s) ^ each*' '
	return bits.TrailingZeros64((spaces-each)&^spaces&(each*0x80)) / 8
}

// escape is the first byte of an escape sequence.
const escape = 0x1b

const byteOrderMark = "\xef\xbb\xbf"

// nameEnd returns the end of the name of a program at the start of s.
func nameEnd(s []byte) int {
	for n, c := range s {
		if k := kinds[c]; k < lowerCase && k != inName {
			return n
		}
	}
	return len(s)
}

// mayHaveName returns whether a colon or a time is behind a name of n bytes.
func mayHaveName(s []byte, n int) bool {
	if n+2 >= len(s) {
		return n < len(s) && (s[n] == '\\' || s[n] == escape)
	}
	switch s[n] {
	case '\\', escape:
		return true
	case '=':
		return logfmt.Begins(s)
	case ':':
		return kinds[s[0]] == lowerCase || kinds[s[n+1]] == lowerCase || kinds[s[n+1]] == digit || n <= 7 && (s[0] == 'N' || s[0] == 'I' || s[n+2] == '/')
	case '[':
		return kinds[s[n+1]] == digit || s[n+1] == 'E'
	case ' ':
		if k := kinds[s[n+1]]; k == lowerCase || k == digit && s[n+2] == ' ' && kinds[at(s, n+3)] == lowerCase {
			return false
		}
		return mayHaveSecond(skipBlanks(s[n:]))
	}
	return false
}

// mayHaveSecond returns whether s, which is behind a name and blanks, begins with what can
// be before a level: a time, a dash, a pipe and a time, or npm's ERR!.
func mayHaveSecond(s []byte) bool {
	switch at(s, 0) {
	case 'E':
		return has(s, "ERR!")
	case '|':
		return mayHaveTime(skipBlanks(s[1:]))
	case '-':
		s = skipBlanks(s[1:])
		return len(s) > 0 && kinds[s[0]] == upperCase
	}
	return mayHaveTime(s)
}

// skipBlanks returns s without the blanks at its start.
func skipBlanks(s []byte) []byte {
	n := 0
	for n < len(s) && s[n] == ' ' {
		n++
	}
	return s[n:]
}

// mayHaveTime returns whether s begins with a time, perhaps in brackets.
func mayHaveTime(s []byte) bool {
	if at(s, 0) == '[' {
		s = s[1:]
	}
	length, _ := stamp(s)
	return length > 0 || unix(s) > 0
}

func mayHaveLower(s []byte) bool {
	n := nameEnd(s)
	if n == 3 && s[0] == 'n' && has(s, "npm ") {
		return true
	}
	if next := at(s, n+1); (next == '-' || next == ' ') && n <= 7 && at(s, n) == ' ' && levelOf(s[:n]).severity != 0 {
		return true
	}
	return mayHaveName(s, n)
}

func mayHaveUpper(s []byte) bool {
	switch second := at(s, 1); {
	case second-'a' < 26:
		return at(s, 3) == ' ' || s[0] == 'J' && has(s, "Java H") || s[0] == 'O' && has(s, "Open") || mayHaveName(s, nameEnd(s))
	case second == ',' || second-'0' <= 9:
		return letter(s[0]) != 0 || mayHaveName(s, nameEnd(s))
	}
	n := 0
	for n < len(s) && s[n]-'A' < 26 {
		n++
	}
	switch at(s, n) {
	case '/':
		return false
	case ' ':
		if next := at(s, n+1); next == '/' {
			return false
		}
	case '4', '(':
		return s[0] == 'S'
	}
	return levelOf(s[:n]).severity != 0 || n == 3 && s[0] == 'P' && has(s, "PHP ") || mayHaveName(s, nameEnd(s))
}

func mayHaveNumber(s []byte) bool {
	n := digits(s, 0)
	// Most often it is an address. 22.11.2026 is a date, and 1.7e+09 one of zap.
	return at(s, n) != '.' || n == 4 || n == 10 || n == 1 && at(s, digits(s, 2)) == 'e' || n == 2 && at(s, 5) == '.' && (at(s, 10) == ' ' || at(s, 10) == ',')
}
