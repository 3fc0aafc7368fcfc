package httpclient

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// clean makes text fit for a log: no secrets, nothing but visible characters and
// single spaces, not too long. What a backend says is not trusted: it may forge
// lines of the log, or drive the terminal that shows them.
func (s *secrets) clean(text string) string {
	text = s.mask(text)
	// A secret may show once what is invisible inside of it is gone.
	return shorten(s.mask(visible(text)))
}

func (s *secrets) mask(text string) string {
	for _, word := range s.words {
		text = strings.ReplaceAll(text, word, "…")
	}
	return text
}

// oneLine is clean for a text that holds no secrets.
func oneLine(text string) string { return shorten(visible(text)) }

// visible makes text one line of visible characters. Bytes that are not UTF-8,
// among them the 8-bit control characters of terminals, become U+FFFD. Control
// characters and white space of all kinds become single spaces. Characters without
// a width, and those that turn the direction of the text, are left out.
func visible(text string) string {
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

// maxText is how many bytes of a text are logged.
const maxText = 300

func shorten(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// cleanError makes an error fit for a log. It unwraps the url.Error, which
// repeats the URL. errors.Is and errors.As still find the cause. used is the
// connection, or nil.
func (s *secrets) cleanError(err error, used *opening) error {
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	text := s.clean(err.Error())
	advice := adviceOn(err)
	if advice == "" && used != nil {
		advice = used.advice()
	}
	if advice != "" {
		text += "; " + advice
	}
	return &cleanedError{text: text, of: err}
}

type cleanedError struct {
	text string
	of   error
}

func (e *cleanedError) Error() string { return e.text }
func (e *cleanedError) Unwrap() error { return e.of }
