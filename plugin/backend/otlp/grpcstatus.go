package otlp

import (
	"errors"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/protowire"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// The codes that decide, beside those of package httpclient.
const (
	grpcOK                 = 0
	grpcUnknown            = 2
	grpcInvalidArgument    = 3
	grpcNotFound           = 5
	grpcPermissionDenied   = 7
	grpcResourceExhausted  = 8
	grpcFailedPrecondition = 9
	grpcInternal           = 13
	grpcDataLoss           = 15
)

// classifyCall says what the answer to a call means
// (https://opentelemetry.io/docs/specs/otlp/#failures).
//
// The specification wants some codes tried again, and nothing else. For the reason that
// classify gives, all are tried again here but INVALID_ARGUMENT, which alone is about the
// content, and a message that is too large. A pause that the server asks for (RetryInfo) is
// kept with every code.
func classifyCall(a *httpclient.Answer, clean func(string) string) error {
	s := a.GRPC
	if s == nil {
		return notGRPC(a)
	}
	text := callText(s)
	pause := retryDelay(s.Details)
	switch s.Code {
	case grpcOK:
		message, ok := readMessage(a.Body, s.Encoding)
		if !ok {
			return errors.New("unexpected answer: gRPC OK without a message")
		}
		said := *a
		said.Body = message
		return classifySuccess(&said, clean)
	case grpcInvalidArgument:
		return &backend.Rejected{Answer: text, Some: true}
	case grpcResourceExhausted:
		// Of all servers the words of gRPC's own libraries.
		if lower := strings.ToLower(s.Message); pause == 0 && (strings.Contains(lower, "larger than max") || strings.Contains(lower, "exceeds maximum size")) {
			return &backend.TooLarge{Answer: text}
		}
		return &backend.Throttled{After: pause, Answer: text}
	}
	if pause > 0 {
		return &backend.Throttled{After: pause, Answer: text}
	}
	switch s.Code {
	case grpcUnknown, grpcInternal, grpcDataLoss:
		return &backend.Failed{Answer: text}
	}
	if advice := callAdvice[s.Code]; advice != "" {
		return errors.New("unexpected answer: " + text + "; " + advice)
	}
	return errors.New(text)
}

// callAdvice says what an operator can change after a code about the request.
var callAdvice = map[int]string{
	grpcNotFound:                   "check endpoint and tenant",
	grpcPermissionDenied:           "check the credentials and headers, and what they may write",
	grpcFailedPrecondition:         "check the state of the server",
	httpclient.GRPCUnimplemented:   "this server takes no logs over gRPC, or not this compression: check endpoint and compression",
	httpclient.GRPCUnauthenticated: "check authorization_file, oauth_token_url, header_files and headers",
}

// notGRPC returns the error for an answer without a status of gRPC: that of a proxy, of a
// port of HTTP, or of a connection that ended. No record is to blame.
func notGRPC(a *httpclient.Answer) error {
	if a.Status/100 == 2 {
		return a.Unexpected("this is no answer of gRPC: check endpoint, and otlp_protocol")
	}
	err := a.Failure()
	var rejected *backend.Rejected
	if errors.As(err, &rejected) {
		return a.Unexpected("this is no answer of gRPC: check endpoint, and otlp_protocol")
	}
	return err
}

// maxRetryDelay is the longest pause that a server can ask for.
const maxRetryDelay = 5 * time.Minute

// retryDelay returns the pause of the RetryInfo in a google.rpc.Status; zero for none.
func retryDelay(status []byte) time.Duration {
	for f := (protowire.Fields{Rest: status}); f.Next(); {
		if f.Number != 3 || f.Bytes == nil {
			continue
		}
		var kind, value []byte
		for detail := (protowire.Fields{Rest: f.Bytes}); detail.Next(); {
			switch detail.Number {
			case 1:
				kind = detail.Bytes
			case 2:
				value = detail.Bytes
			}
		}
		if !strings.HasSuffix(string(kind), "/google.rpc.RetryInfo") {
			continue
		}
		for info := (protowire.Fields{Rest: value}); info.Next(); {
			if info.Number == 1 && info.Bytes != nil {
				return duration(info.Bytes)
			}
		}
	}
	return 0
}

// duration reads a google.protobuf.Duration.
func duration(message []byte) time.Duration {
	var seconds, nanos int64
	for f := (protowire.Fields{Rest: message}); f.Next(); {
		switch f.Number {
		case 1:
			seconds = int64(f.Varint)
		case 2:
			nanos = int64(f.Varint)
		}
	}
	if seconds < 0 || nanos < 0 {
		return 0
	}
	const most = int64(maxRetryDelay / time.Second)
	return min(time.Duration(min(seconds, most))*time.Second+time.Duration(min(nanos, 1e9-1)), maxRetryDelay)
}
