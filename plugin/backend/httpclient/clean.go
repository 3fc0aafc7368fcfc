package httpclient

import (
	"errors"
	"net/url"
	"strings"

	"github.com/k8slog/k8slog/internal/oneline"
)

// clean makes text fit for a log: no secrets, nothing but visible characters and
// single spaces, not too long (see oneline.Of).
func (s *secrets) clean(text string) string {
	text = s.mask(text)
	// A secret may show once what is invisible inside of it is gone.
	return oneline.Shorten(s.mask(oneline.Visible(text)))
}

func (s *secrets) mask(text string) string {
	for _, word := range s.words {
		text = strings.ReplaceAll(text, word, "…")
	}
	return text
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
