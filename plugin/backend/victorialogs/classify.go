package victorialogs

import (
	"bytes"
	"net/http"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// classify turns an answer into the error of Send.
//
// A success means that VictoriaLogs has read the request. The encoder makes sure
// that every line can be stored. VictoriaLogs answers 200 without a body, and a
// proxy may turn that into 204. A body is that of something else, which has stored
// nothing.
//
// A 429 means that its disk is full (-storage.minFreeDiskSpaceBytes). A 400 with
// the text below means that no line was readable, which may be the fault of a
// single line that was sent alone. Any other 400 is about the request, such as a
// tenant that is no number, or ingestion that is switched off: an operator has to
// act, and the records wait.
func classify(a *httpclient.Answer) error {
	switch {
	case a.Status/100 == 2 && (a.IsForeign() || !a.Blank()):
		return a.Foreign("VictoriaLogs")
	case a.Status/100 == 2:
		return nil
	case a.Status == http.StatusBadRequest && !bytes.Contains(a.Body, []byte("cannot process jsonline request")):
		return a.Unexpected("")
	}
	return a.Failure()
}
