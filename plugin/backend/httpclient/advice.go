package httpclient

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// The advice that several answers share.
const (
	useHTTPS       = "this port speaks TLS: begin endpoint with https://"
	useHTTP        = "this port speaks HTTP without TLS: begin endpoint with http://"
	useHTTPPort    = "this port speaks gRPC: set endpoint to the port for HTTP"
	checkEndpoint  = "check endpoint"
	checkHeaders   = "make headers, header_files and the credentials shorter, or raise the server's limit"
	checkLogin     = "check authorization_file, authorization_type, basic_auth_user and headers"
	checkForm      = "check endpoint, compression and headers: the server takes no such content"
	checkAWS       = "check what the role may do, the clock of the node, and aws_region, aws_service_name, aws_role_arn and aws_profile"
	giveMetadataUp = "allow structured metadata in Loki (allow_structured_metadata, schema v13)"
)

// adviceByStatus says what an operator can change after a status that is about
// the request as a whole (RFC 9110, section 15).
var adviceByStatus = map[int]string{
	http.StatusUnauthorized:                checkLogin,
	http.StatusPaymentRequired:             "check the account's plan and its quota",
	http.StatusForbidden:                   checkLogin + ", and what they may write",
	http.StatusNotFound:                    checkEndpoint,
	http.StatusMethodNotAllowed:            checkEndpoint,
	http.StatusNotAcceptable:               checkForm,
	http.StatusProxyAuthRequired:           "check the user and the password in HTTP_PROXY or HTTPS_PROXY",
	http.StatusConflict:                    checkEndpoint + ", and the state of the server",
	http.StatusGone:                        checkEndpoint,
	http.StatusLengthRequired:              checkEndpoint + ": something in between drops Content-Length",
	http.StatusUnsupportedMediaType:        checkForm,
	http.StatusExpectationFailed:           "remove Expect from headers",
	http.StatusMisdirectedRequest:          "check endpoint and server_name",
	http.StatusUpgradeRequired:             "begin endpoint with https://, or set it to a port that takes this version of HTTP",
	http.StatusRequestHeaderFieldsTooLarge: checkHeaders,
	http.StatusUnavailableForLegalReasons:  checkEndpoint + ": the server may not take it for legal reasons",
	499:                                    "a proxy ended the request: raise its timeout",
}

// knownWords are the words of servers that answer 400 for what has a status of
// its own: nginx, Go, Elasticsearch and OpenSearch, VictoriaLogs, Fluent Bit's own
// inputs, and Loki. They are in lower case.
var knownWords = []struct{ words, advice string }{
	{"plain http request was sent to https port", useHTTPS},
	{"client sent an http request to an https server", useHTTPS},
	{"combination of host and port requires tls", useHTTPS},
	{"no required ssl certificate was sent", "set client_cert_file and client_key_file"},
	{"ssl certificate error", "check client_cert_file and client_key_file"},
	{"request header or cookie too large", checkHeaders},
	{"no handler found for uri", checkEndpoint},
	{"unsupported path requested", checkEndpoint},
	{"invalid http endpoint", checkEndpoint},
	{"includes structured metadata, but this feature is disallowed", giveMetadataUp},
	{"cannot parse common params from request", "check tenant, which is a number for VictoriaLogs, and headers"},
}

// maxAdvised is how much of a body is searched for words that tell what is wrong.
const maxAdvised = 8 << 10

// Says reports whether words in lower case stand in the beginning of the body.
func (a *Answer) Says(words string) bool {
	body := a.Body[:min(len(a.Body), maxAdvised)]
	return bytes.Contains(bytes.ToLower(body), []byte(words)) || strings.Contains(strings.ToLower(a.Text), words)
}

// advice returns what to change after an answer about the request as a whole;
// empty when nothing tells.
func (a *Answer) advice() string {
	if strings.HasPrefix(a.ContentType, "application/grpc") {
		return useHTTPPort
	}
	if a.Status/100 == 3 {
		return "set endpoint to the address itself, because a redirect is not followed"
	}
	if a.signed && a.refusesSignature() {
		return checkAWS
	}
	if a.aboutContent() {
		return a.adviceByWords()
	}
	return adviceByStatus[a.Status]
}

// signatureWords are the words of AWS for a signature or credentials that it does not
// believe. Some of its services answer 400 with them
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/CommonErrors.html).
var signatureWords = []string{
	"accessdenied", "expiredtoken", "incompletesignature", "invalidclienttokenid", "invalidsignature", "missingauthenticationtoken",
	"notauthorized", "optinrequired", "requestexpired", "signaturedoesnotmatch", "unrecognizedclient",
	"security token included in the request", "signature expired", "signature not yet current", "request signature we calculated",
}

// refusesSignature reports whether AWS does not believe a signature, or does not allow what
// it was asked.
func (a *Answer) refusesSignature() bool {
	return a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden ||
		a.aboutContent() && slices.ContainsFunc(signatureWords, a.Says)
}

func (a *Answer) adviceByWords() string {
	for _, known := range knownWords {
		if a.Says(known.words) {
			return known.advice
		}
	}
	return ""
}

// IsForeign reports whether the body is one that no backend answers: a page of
// HTML, or an answer of gRPC. It comes from a proxy, a login or another server, and
// the records went nowhere.
func (a *Answer) IsForeign() bool {
	if strings.HasPrefix(a.ContentType, "application/grpc") {
		return a.GRPC == nil
	}
	body := bytes.TrimLeft(a.Body[:min(len(a.Body), maxAdvised)], " \t\r\n\ufeff")
	if !bytes.HasPrefix(body, []byte("<")) {
		return false
	}
	isHTML := strings.HasPrefix(a.ContentType, "text/html") || strings.HasPrefix(a.ContentType, "application/xhtml")
	body = bytes.ToLower(body)
	return isHTML || bytes.HasPrefix(body, []byte("<!doctype html")) || bytes.Contains(body, []byte("<html"))
}

// Blank reports whether the body says nothing, or no more than that all is well.
func (a *Answer) Blank() bool {
	text := bytes.Trim(a.Body, "\" \t\r\n")
	switch string(bytes.ToLower(text[:min(len(text), len("success")+1)])) {
	case "", "ok", "{}", "null", "success":
		return true
	}
	return false
}

// Foreign returns the error for a success whose body is not that of the server
// that should have answered.
func (a *Answer) Foreign(server string) error {
	return a.Unexpected("this is no answer of " + server + ", but of a proxy, a login or another server: check endpoint and the credentials")
}
