package azure

import (
	"encoding/json"
	"net/http"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// answer is the body of an answer that is no success
// (https://github.com/Azure/azure-rest-api-specs, ErrorResponse of Microsoft.Insights'
// ingestion, 2023-01-01).
type answer struct {
	Error *struct{ Code, Message string }
}

// adviceByStatus says what an operator can change after a status about the request.
var adviceByStatus = map[int]string{
	http.StatusUnauthorized: "check azure_tenant_id, azure_client_id and azure_audience",
	http.StatusForbidden: "check azure_dcr_id and the identity: it needs the role Monitoring Metrics Publisher on the data collection rule, " +
		"which counts up to 30 minutes after it was given",
	http.StatusNotFound: "check azure_dcr_id, and endpoint, which is in the region of the data collection rule",
}

// invalidStream is the code for a stream that the rule does not declare. It comes with 400.
const invalidStream = "InvalidStream"

// classify turns an answer into the error of Send.
//
// 204 is the only success. A request is taken as a whole, or not at all. 400 is about the
// content, which may be that of one record: JSON that is malformed, or records of an
// Auxiliary table whose times are more than 30 minutes apart, which halves are not. Only
// InvalidStream is about the configuration. 413 is a request above 1 MB, 429 one above the
// limits of the rule. The API answers 500 also to content that it cannot read, so fewer
// records are sent then. All other statuses are about the credentials, the permissions or
// the address: the records wait.
func classify(a *httpclient.Answer) error {
	if a.Status == http.StatusNoContent {
		return nil
	}
	if a.Status/100 == 2 {
		return a.Foreign("Azure Monitor")
	}
	var said answer
	azures := !a.Cut && json.Unmarshal(a.Body, &said) == nil && said.Error != nil
	if azures && said.Error.Code == invalidStream {
		return a.Unexpected("check azure_stream, and the index of rules: the data collection rule declares no such stream")
	}
	if a.Status == http.StatusBadRequest && (!azures || a.IsForeign()) {
		return a.Unexpected("this is no answer of Azure Monitor: check endpoint")
	}
	if advice, ok := adviceByStatus[a.Status]; ok {
		return a.Unexpected(advice)
	}
	return a.Failure()
}
