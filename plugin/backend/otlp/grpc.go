package otlp

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// This file speaks gRPC over net/http's HTTP/2, which is all that a unary call needs
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): a message with five
// bytes before it, and a status in the trailers. So gRPC has the same endpoints,
// credentials, certificates, proxies and timeouts as everything else, and the module
// google.golang.org/grpc is needed in tests only.

// grpcPath is the path of the call.
const grpcPath = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"

// overGRPC returns the protocol over gRPC, where each message is compressed by itself.
func overGRPC(p httpbackend.Protocol, compression string) httpbackend.Protocol {
	p.Path, p.ContentType, p.GRPC = grpcPath, "application/grpc+proto", true
	p.FixedCompression = compression
	p.Header = http.Header{"Te": {"trailers"}}
	if compression != "none" {
		p.Header.Set("Grpc-Encoding", compression)
	}
	return p
}

// prefixLen is the length of what stands before a message: whether it is compressed, and
// its length.
const prefixLen = 5

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	body, err := b.Backend.Pack(frames)
	if err != nil || !b.grpc {
		return body, err
	}
	prefix := make([]byte, prefixLen)
	if b.compressed {
		prefix[0] = 1
	}
	binary.BigEndian.PutUint32(prefix[1:], uint32(body.Len()))
	parts := make([][]byte, 0, 1+len(body.Parts))
	body.Parts = append(append(parts, prefix), body.Parts...)
	return body, nil
}

// call sends a body.
func (b *Backend) call(ctx context.Context, body backend.Body) error {
	headers := b.Headers(body.Partition)
	if deadline, ok := ctx.Deadline(); ok {
		// At most eight digits.
		left := min(max(time.Until(deadline).Milliseconds(), 1), 99_999_999)
		headers = append(headers, httpclient.Header{Name: "Grpc-Timeout", Value: strconv.FormatInt(left, 10) + "m"})
	}
	answer, err := b.Client.Post(ctx, body, headers...)
	if err != nil {
		return err
	}
	return classifyCall(answer, b.Client.Clean)
}

// readMessage returns the message of an answer. It returns false for anything but one
// message. A server may compress its answer as the request was
// (https://github.com/grpc/grpc/blob/master/doc/compression.md), and the Collector does.
func readMessage(body []byte, encoding string) (message []byte, ok bool) {
	if len(body) < prefixLen || uint64(binary.BigEndian.Uint32(body[1:])) != uint64(len(body)-prefixLen) {
		return nil, false
	}
	message = body[prefixLen:]
	switch body[0] {
	case 0:
		return message, true
	case 1:
		return decompress(message, encoding)
	}
	return nil, false
}

// maxMessage is the largest message of an answer, which says little.
const maxMessage = 1 << 20

// decompress undoes a compression that a request may have.
func decompress(message []byte, encoding string) ([]byte, bool) {
	var r io.Reader
	switch encoding {
	case "gzip":
		g, err := gzip.NewReader(bytes.NewReader(message))
		if err != nil {
			return nil, false
		}
		r = g
	case "zstd":
		z, err := zstd.NewReader(bytes.NewReader(message), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(8*maxMessage), zstd.WithDecoderMaxWindow(8*maxMessage))
		if err != nil {
			return nil, false
		}
		defer z.Close()
		r = z
	default:
		return nil, false
	}
	text, err := io.ReadAll(io.LimitReader(r, maxMessage+1))
	return text, err == nil && len(text) <= maxMessage
}

// grpcCodes are the names of the codes.
var grpcCodes = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// callText returns a status in one line.
func callText(s *httpclient.GRPCStatus) string {
	name := "status " + strconv.Itoa(s.Code)
	if s.Code < len(grpcCodes) {
		name = grpcCodes[s.Code]
	}
	if s.Message == "" {
		return "gRPC " + name
	}
	return fmt.Sprintf("gRPC %s: %s", name, s.Message)
}
