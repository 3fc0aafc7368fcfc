package httpclient

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend"
)

// notTheRecords are what a server says of who asks, and of where: credentials
// that have run out, an address that is wrong. Somebody will put that right,
// and until then every record would go to the dead-letter file.
var notTheRecords = []int{
	http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired,
	http.StatusMisdirectedRequest,
}

// elsewhere are answers that another endpoint may not give: this one is not
// where the backend is. Credentials are the same for all of them.
var elsewhere = []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusMisdirectedRequest}

// broken says whether an answer speaks against the endpoint that gave it.
func (a *Answer) broken() bool {
	return a.Status/100 != 2 && a.Status/100 != 4 || slices.Contains(elsewhere, a.Status)
}

// noSuchPath is how servers word it that answer 400 where others answer 404:
// Elasticsearch and OpenSearch, VictoriaLogs, and Fluent Bit's own inputs.
var noSuchPath = []string{"no handler found for uri", "unsupported path requested", "invalid HTTP endpoint"}

func (a *Answer) saysNoSuchPath() bool {
	return slices.ContainsFunc(noSuchPath, func(words string) bool { return strings.Contains(a.Text, words) })
}

// Failure is what an answer that is no success means where the protocol does
// not say otherwise.
func (a *Answer) Failure() error {
	switch {
	case a.Status == http.StatusRequestEntityTooLarge:
		return &backend.TooLarge{Answer: a.String()}
	case a.Status == http.StatusTooManyRequests,
		a.Status == http.StatusServiceUnavailable && a.RetryAfter > 0:
		return &backend.Throttled{After: a.RetryAfter, Answer: a.String()}
	case a.Status == http.StatusRequestTimeout, a.Status/100 == 5:
		return errors.New(a.String())
	case slices.Contains(notTheRecords, a.Status), a.Status == http.StatusBadRequest && a.saysNoSuchPath():
		return errors.New("unexpected answer: " + a.String())
	case a.Status/100 == 4:
		// These two speak of the content, which may be that of one record.
		some := a.Status == http.StatusBadRequest || a.Status == http.StatusUnprocessableEntity
		return &backend.Rejected{Answer: a.String(), Some: some}
	}
	// A redirect, or what no server should answer here: the address is wrong,
	// or something stands before the backend. The records are not to blame.
	return errors.New("unexpected answer: " + a.String())
}
