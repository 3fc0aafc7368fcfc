package http

import (
	"errors"
	"net/http"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// answers are what the user says of the server's.
type answers struct{ success, retry, reject options.Statuses }

// classify says what an answer means (RFC 9110, sections 15 and 10.2.3), where
// the user does not say otherwise. A server of which nothing else is known may
// refuse a body for one bad line.
func (as *answers) classify(a *httpclient.Answer) error {
	// These two say what to do; a class is not meant to include them.
	special := a.Status == http.StatusRequestEntityTooLarge || a.Status == http.StatusTooManyRequests
	is := func(s *options.Statuses, class bool) bool {
		return s.Named(a.Status) && !class || s.Classed(a.Status) && class && !special
	}
	for _, class := range []bool{false, true} {
		switch {
		case is(&as.success, class):
			return nil
		case is(&as.retry, class):
			if a.RetryAfter > 0 {
				return &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
			}
			return errors.New(a.String())
		case is(&as.reject, class):
			some := a.Status == http.StatusBadRequest || a.Status == http.StatusUnprocessableEntity
			return &backend.Rejected{Answer: a.String(), Some: some}
		}
	}
	return a.Failure()
}
