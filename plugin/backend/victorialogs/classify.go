package victorialogs

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// classify says what an answer means.
//
// A success means that the request was read; the encoder has seen to it that
// every line of it can be stored. Of that VictoriaLogs has answered 200 and no
// other, but a proxy may make 204 of it.
//
// 429 is its disk that is full (-storage.minFreeDiskSpaceBytes). A 400 says that
// it could read none of the lines, which may be the fault of one that was sent
// alone; any other 400 is about the request: a tenant that is no number,
// ingestion that is switched off. Somebody will put that right.
func classify(a *httpclient.Answer) error {
	switch {
	case a.Status/100 == 2:
		return nil
	case a.Status == http.StatusBadRequest && !bytes.Contains(a.Body, []byte("cannot process jsonline request")):
		return errors.New("the request, not a record, was refused: " + a.String())
	}
	return a.Failure()
}
