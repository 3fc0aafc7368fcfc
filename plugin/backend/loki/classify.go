package loki

import (
	"errors"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// statusBlocked is a status of Loki alone: ingestion is blocked for the tenant.
// Nothing was stored, though the status is in the range of success
// (limits_config: block_ingestion_status_code).
const statusBlocked = 260

// classify turns an answer into the error of Send. With a 400 Loki has stored the
// valid entries, and will never take the others. The text does not name all of
// these, so sending fewer at a time finds them. The valid entries arrive again,
// which is harmless: Loki drops an entry with the same labels, time and line.
func classify(a *httpclient.Answer) error {
	switch {
	case a.Status == statusBlocked:
		return errors.New("ingestion is blocked: " + a.String())
	case a.Status/100 == 2:
		return nil
	}
	return a.Failure()
}
