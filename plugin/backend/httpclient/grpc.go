package httpclient

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The codes of gRPC on which more than one part of the plugin decides
// (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md).
const (
	GRPCUnimplemented   = 12
	GRPCUnavailable     = 14
	GRPCUnauthenticated = 16
)

// GRPCStatus is the status of a call
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses).
type GRPCStatus struct {
	// Code is the code; zero for a success.
	Code int
	// Message is what the server says, in one line, without secrets.
	Message string
	// Details is a google.rpc.Status in protobuf; nil for none.
	Details []byte
	// Encoding is how a message is compressed that says it is; empty for none.
	Encoding string
}

// readGRPC reads the status of an answer whose body was read to its end: from the trailers,
// or from the headers of an answer that consists of trailers only. It returns nil for an
// answer without a status.
func readGRPC(response *http.Response, clean func(string) string) *GRPCStatus {
	from := response.Trailer
	if from.Get("Grpc-Status") == "" {
		from = response.Header
	}
	code, err := strconv.ParseUint(from.Get("Grpc-Status"), 10, 31)
	if err != nil || !strings.HasPrefix(response.Header.Get("Content-Type"), "application/grpc") {
		return nil
	}
	s := &GRPCStatus{Code: int(code), Message: from.Get("Grpc-Message"), Encoding: response.Header.Get("Grpc-Encoding")}
	if message, err := url.PathUnescape(s.Message); err == nil {
		s.Message = message
	}
	s.Message = clean(s.Message[:min(len(s.Message), maxCleaned)])
	// The padding may be absent.
	details := strings.TrimRight(from.Get("Grpc-Status-Details-Bin"), "=")
	s.Details, _ = base64.RawStdEncoding.DecodeString(details)
	return s
}
