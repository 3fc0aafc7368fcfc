package httpclient

import (
	"errors"
	"net/http"
	"slices"

	"github.com/k8slog/k8slog/plugin/backend"
)

// elsewhere are statuses that another endpoint may not answer, because this
// endpoint is not the backend. Statuses about credentials are not among them:
// all endpoints get the same credentials.
var elsewhere = []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusMisdirectedRequest}

// broken reports whether an answer shows that its endpoint is broken.
func (a *Answer) broken() bool {
	if a.GRPC != nil {
		return a.GRPC.Code == GRPCUnavailable || a.GRPC.Code == GRPCUnimplemented
	}
	return a.Status/100 != 2 && a.Status/100 != 4 || slices.Contains(elsewhere, a.Status) || a.Status/100 == 2 && a.IsForeign()
}

// Failure returns the error of Send for an answer that is no success, by the
// rules of HTTP. A protocol with other rules applies them before.
//
// Of all statuses only 400 and 422 are about the content, which may be that of one
// record. All others are about the sender, the address or the server: an operator
// has to act, or time has to pass. To reject the records until then would send
// every one of them to the dead-letter file.
func (a *Answer) Failure() error {
	switch {
	case a.Status == http.StatusRequestEntityTooLarge:
		return &backend.TooLarge{Answer: a.String()}
	case a.Status == http.StatusTooManyRequests,
		a.Status == http.StatusServiceUnavailable && a.RetryAfter > 0:
		return &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
	case a.failed():
		return &backend.Failed{Answer: a.String()}
	case a.Status == http.StatusRequestTimeout, a.Status/100 == 5:
		return errors.New(a.String())
	case a.aboutContent() && a.advice() == "":
		return &backend.Rejected{Answer: a.String(), Some: true}
	}
	return a.Unexpected("")
}

// aboutContent reports whether the status is about the content of the request.
func (a *Answer) aboutContent() bool {
	return a.Status == http.StatusBadRequest || a.Status == http.StatusUnprocessableEntity
}

// failed reports whether the server failed while it worked on the request. 502,
// 503 and 504 say that no server could work on it.
func (a *Answer) failed() bool {
	switch a.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false
	}
	return a.Status/100 == 5
}

// Unexpected returns the error for an answer that is about the request as a whole:
// the records wait until an operator has acted. advice says what to change; when
// it is empty, the answer itself may tell.
func (a *Answer) Unexpected(advice string) error {
	if advice == "" {
		advice = a.advice()
	}
	if advice != "" {
		advice = "; " + advice
	}
	return errors.New("unexpected answer: " + a.String() + advice)
}
