package textlog

import (
	"bytes"

	"github.com/k8slog/k8slog/filters"
)

// partKind is the kind of a part of a pattern.
type partKind uint8

const (
	literal partKind = iota
	blanks
	fixedLevel // {=word}
	anIdentifier
	aWord
	aMoment
	aCount
	aHex
	aSymbol
	anyText
	upperLevel
	lowerLevel
	properLevel
	anyLevel
	oneLetter
	messageCode
	nextHeader
)

// fields are the fields of a pattern. A level is a word of level.go, but for rare ones.
// {=word} is a word that is a level in this pattern only.
var fields = map[string]partKind{
	"name":   anIdentifier, // letters, digits, and - _ .
	"word":   aWord,        // a name that begins with a letter
	"time":   aMoment,      // a time of stamp.go, or the seconds since 1970
	"n":      aCount,       // digits
	"hex":    aHex,         // eight hexadecimal digits, or more, of which the first is no letter
	"symbol": aSymbol,      // what is not ASCII
	"text":   anyText,      // anything up to the byte that is behind it in the pattern, also nothing
	"LEVEL":  upperLevel,
	"level":  lowerLevel,
	"Level":  properLevel,
	"any":    anyLevel,    // a level in any of these styles
	"letter": oneLetter,   // a letter that stands for a level
	"code":   messageCode, // a code of IBM whose last letter is I, W or E: AMQ9999E
	"header": nextHeader,  // where the header of the program's own line begins
}

// canBegin returns whether a part can begin with a byte.
func (n *node) canBegin(c byte) bool {
	switch n.kind {
	case literal, fixedLevel:
		return c == n.literal[0]
	case blanks:
		return c == ' '
	case anIdentifier:
		return isWord(c)
	case aWord:
		return c|0x20-'a' < 26
	case aMoment:
		return c-'0' <= 9 || c-'A' < 26
	case aCount, aHex:
		return c-'0' <= 9
	case aSymbol:
		return c >= 0x80
	case upperLevel, properLevel, oneLetter, messageCode:
		return c-'A' < 26
	case lowerLevel:
		return c-'a' < 26
	case anyLevel:
		return c|0x20-'a' < 26
	}
	return true
}

// noField is the end of a field that is not there.
const noField = -1

// field returns the end of a part that begins at i, whose first byte is one that it can
// begin with, and the severity of a level. The end is noField when the part is not there.
func (n *node) field(s []byte, i int) (end int, severity filters.Severity) {
	switch n.kind {
	case literal:
		return i + 1, 0
	case fixedLevel:
		end = i + len(n.literal)
		if !has(s[i:], n.literal) || n.last && isWord(s[end-1]) && isWord(at(s, end)) {
			return noField, 0
		}
		return end, n.level
	case upperLevel, lowerLevel, properLevel, anyLevel:
		return n.word(s, i)
	case oneLetter:
		if severity = letter(s[i]); severity == 0 {
			return noField, 0
		}
		return i + 1, severity
	case messageCode:
		for end = i; at(s, end)-'A' < 26; {
			end++
		}
		letters := end - i
		end = digits(s, end)
		if c := at(s, end); letters < 3 || letters > 5 || end-i-letters < 4 || c != 'I' && c != 'W' && c != 'E' {
			return noField, 0
		}
		return end + 1, letter(s[end])
	case aMoment:
		length, _ := stamp(s[i:])
		if length == 0 {
			length = unix(s[i:])
		}
		if length == 0 {
			return noField, 0
		}
		return i + length, 0
	case anyText:
		within := s[i:min(len(s), i+longestBox)]
		if end = bytes.IndexByte(within, n.literal[0]); end < 0 || bytes.IndexByte(within[:end], '\n') >= 0 {
			return noField, 0
		}
		return i + end, 0
	case nextHeader:
		return i, 0
	}
	all := &n.begins
	switch n.kind {
	case anIdentifier, aWord:
		all = &inIdentifier
	case aHex:
		all = &inHex
	}
	for end = i; end < len(s) && all[s[end]]; {
		end++
	}
	if n.kind == blanks && !has(s[i:], n.literal) && len(n.literal) > 1 || n.kind == aHex && end < i+len("deadbeef") {
		return noField, 0
	}
	return end, 0
}

// word returns the end and the severity of a level.
func (n *node) word(s []byte, i int) (end int, severity filters.Severity) {
	for end = i; end < len(s) && isWord(s[end]); {
		end++
	}
	l := levelOf(s[i:end])
	switch {
	case l.kind == rare && string(s[i:end]) != "LOG":
	case n.kind == anyLevel && l.style != mixed, n.kind == upperLevel && l.style == upper,
		n.kind == lowerLevel && l.style == lower, n.kind == properLevel && l.style == capital:
		return end, l.severity
	}
	return noField, 0
}
