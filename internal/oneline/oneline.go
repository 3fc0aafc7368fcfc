// Package oneline makes text that is not trusted fit for a log: a server may forge lines of
// the log, or drive the terminal that shows them.
package oneline

import (
	"strings"
	"unicode"
)

// Of returns the beginning of a text as one line of visible characters.
func Of(text string) string { return Shorten(Visible(text)) }

// Visible makes text one line of visible characters. Bytes that are not UTF-8,
// among them the 8-bit control characters of terminals, become U+FFFD. Control
// characters and white space of all kinds become single spaces. Characters without
// a width, and those that turn the direction of the text, are left out.
func Visible(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case isInvisible(r):
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r), unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.Join(strings.Fields(text), " ")
}

// isInvisible reports whether a character has no width of its own: the format
// characters (marks of direction, joiners, tags), variation selectors, and the
// fillers that only look empty.
func isInvisible(r rune) bool {
	return r > unicode.MaxASCII && unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// MaxText is how many bytes of a text are logged, without the … at its end.
const MaxText = 300

// Shorten returns at most MaxText bytes of a text, with … in place of the rest.
func Shorten(s string) string {
	if len(s) > MaxText {
		s = strings.ToValidUTF8(s[:MaxText], "") + "…"
	}
	return s
}
