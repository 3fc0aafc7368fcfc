package http

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// axiomPartial reads how many events were taken. Which ones is not said.
func axiomPartial(a *httpclient.Answer, _ int) error {
	var said struct{ Ingested, Failed *int }
	if json.Unmarshal(a.Body, &said) != nil || said.Ingested == nil {
		return a.Foreign("Axiom")
	}
	if said.Failed != nil && *said.Failed > 0 {
		return &backend.Rejected{Answer: a.String(), Some: true}
	}
	return nil
}

// openObservePartial reads how many records were taken of each stream. Which ones is not
// said.
func openObservePartial(a *httpclient.Answer, _ int) error {
	var said struct {
		Status []struct{ Successful, Failed *int }
	}
	if json.Unmarshal(a.Body, &said) != nil || said.Status == nil {
		return a.Foreign("OpenObserve")
	}
	for _, s := range said.Status {
		if s.Failed != nil && *s.Failed > 0 {
			return &backend.Rejected{Answer: a.String(), Some: true}
		}
	}
	return nil
}

// honeycombPartial reads the status of each event, in their order.
func honeycombPartial(a *httpclient.Answer, items int) error {
	var said []struct {
		Status int
		Error  string
	}
	if json.Unmarshal(a.Body, &said) != nil {
		return a.Foreign("Honeycomb")
	}
	if len(said) != items {
		return fmt.Errorf("the answer is for %d events, not %d: %s", len(said), items, a)
	}
	verdicts := make([]error, items)
	refused := false
	for i, s := range said {
		text := fmt.Sprintf("status %d: %s", s.Status, s.Error)
		switch {
		case s.Status/100 == 2:
			continue
		case s.Status == 429:
			verdicts[i] = &backend.Throttled{Answer: text}
		case s.Status == 400 || s.Status == 413:
			verdicts[i] = &backend.Rejected{Answer: text}
		default:
			verdicts[i] = errors.New(text)
		}
		refused = true
	}
	if !refused {
		return nil
	}
	return &backend.PartialError{Items: verdicts}
}
