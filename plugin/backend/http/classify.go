package http

import (
	"errors"
	"net/http"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// classify turns an answer into the error of Send, by RFC 9110 (sections 15 and
// 10.2.3) where the user does not give it another meaning. The server is not
// known: it may refuse a whole body for one bad line, and answer what it likes, but
// for a page.
func (as *Answers) classify(a *httpclient.Answer) error {
	// These two tell what to do. A class does not include them.
	special := a.Status == http.StatusRequestEntityTooLarge || a.Status == http.StatusTooManyRequests
	is := func(s *Statuses, class bool) bool {
		return s.hasCode(a.Status) && !class || s.hasClass(a.Status) && class && !special
	}
	for _, class := range []bool{false, true} {
		switch {
		case is(&as.Success, class) && a.IsForeign():
			return a.Foreign("the server")
		case is(&as.Success, class):
			return nil
		case is(&as.Retry, class):
			switch {
			case a.RetryAfter > 0:
				return &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
			case a.Status/100 == 5:
				return a.Failure() // of which none rejects
			}
			return errors.New(a.String())
		case is(&as.Reject, class):
			some := a.Status == http.StatusBadRequest || a.Status == http.StatusUnprocessableEntity
			return &backend.Rejected{Answer: a.String(), Some: some}
		}
	}
	return a.Failure()
}
