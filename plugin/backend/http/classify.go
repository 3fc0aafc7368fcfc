package http

import "github.com/k8slog/k8slog/plugin/backend/httpclient"

// classify says what an answer means (RFC 9110, sections 15 and 10.2.3). A
// server of which nothing else is known may refuse a body for one bad line.
func classify(a *httpclient.Answer) error {
	if a.Status/100 == 2 {
		return nil
	}
	return a.Failure()
}
