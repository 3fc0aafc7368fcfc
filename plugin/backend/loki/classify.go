package loki

import (
	"errors"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// statusBlocked is Loki's own: ingestion is blocked for the tenant, and
// nothing was stored, though the status is in the range of success
// (limits_config: block_ingestion_status_code).
const statusBlocked = 260

// classify says what an answer means. A 400 stored the valid entries and says
// of some that it will never take them. Its text does not name them all, so
// they are found by sending fewer at a time; that the valid ones arrive again
// is harmless, because Loki drops an entry with the same labels, time, and line.
func classify(a *httpclient.Answer) error {
	switch {
	case a.Status == statusBlocked:
		return errors.New("ingestion is blocked: " + a.String())
	case a.Status/100 == 2:
		return nil
	}
	return a.Failure()
}
