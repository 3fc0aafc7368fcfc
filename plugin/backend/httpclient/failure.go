package httpclient

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend"
)

// notTheRecords are statuses about the sender and the address: expired
// credentials, a wrong URL. An operator has to act. Rejecting the records until
// then would send every one of them to the dead-letter file.
var notTheRecords = []int{
	http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired,
	http.StatusMisdirectedRequest,
}

// elsewhere are statuses that another endpoint may not answer, because this
// endpoint is not the backend. Statuses about credentials are not among them:
// all endpoints get the same credentials.
var elsewhere = []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusMisdirectedRequest}

// broken reports whether an answer shows that its endpoint is broken.
func (a *Answer) broken() bool {
	return a.Status/100 != 2 && a.Status/100 != 4 || slices.Contains(elsewhere, a.Status)
}

// noSuchPath are the words of servers that answer 400 where others answer 404:
// Elasticsearch and OpenSearch, VictoriaLogs, and Fluent Bit's own inputs.
var noSuchPath = []string{"no handler found for uri", "unsupported path requested", "invalid HTTP endpoint"}

func (a *Answer) saysNoSuchPath() bool {
	return slices.ContainsFunc(noSuchPath, func(words string) bool { return strings.Contains(a.Text, words) })
}

// Failure returns the error of Send for an answer that is no success, by the
// rules of HTTP. A protocol with other rules applies them before.
func (a *Answer) Failure() error {
	switch {
	case a.Status == http.StatusRequestEntityTooLarge:
		return &backend.TooLarge{Answer: a.String()}
	case a.Status == http.StatusTooManyRequests,
		a.Status == http.StatusServiceUnavailable && a.RetryAfter > 0:
		return &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
	case a.Status == http.StatusRequestTimeout, a.Status == http.StatusBadGateway,
		a.Status == http.StatusServiceUnavailable, a.Status == http.StatusGatewayTimeout:
		return errors.New(a.String())
	case a.Status/100 == 5:
		return &backend.Failed{Answer: a.String()}
	case slices.Contains(notTheRecords, a.Status), a.Status == http.StatusBadRequest && a.saysNoSuchPath():
		return errors.New("unexpected answer: " + a.String())
	case a.Status/100 == 4:
		// These two are about the content, which may be that of one record.
		some := a.Status == http.StatusBadRequest || a.Status == http.StatusUnprocessableEntity
		return &backend.Rejected{Answer: a.String(), Some: some}
	}
	// A redirect, or a status that no server should answer here: the address is
	// wrong, or a proxy answers for the backend. The records are not at fault.
	return errors.New("unexpected answer: " + a.String())
}
