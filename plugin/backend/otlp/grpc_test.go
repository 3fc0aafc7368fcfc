package otlp

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	kgzip "github.com/klauspost/compress/gzip"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // the server takes it
	grpcmetadata "google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// logsServer is the service, with OpenTelemetry's own types in gRPC's own server.
type logsServer interface {
	Export(context.Context, *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error)
}

type export func(context.Context, *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error)

func (f export) Export(ctx context.Context, r *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error) {
	return f(ctx, r)
}

// logsService is what the generator of gRPC makes of the service's definition
// (opentelemetry/proto/collector/logs/v1/logs_service.proto).
var logsService = grpc.ServiceDesc{
	ServiceName: "opentelemetry.proto.collector.logs.v1.LogsService", HandlerType: (*logsServer)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "Export", Handler: func(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var request collector.ExportLogsServiceRequest
		if err := decode(&request); err != nil {
			return nil, err
		}
		return srv.(logsServer).Export(ctx, &request)
	}}},
}

// serve runs gRPC's own server, and returns a backend that sends to it.
func serve(t *testing.T, do export, server *grpc.Server, set ...string) *Backend {
	t.Helper()
	if server == nil {
		server = grpc.NewServer()
	}
	server.RegisterService(&logsService, do)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return newBackend(t, append([]string{"endpoint", "http://" + l.Addr().String(), "otlp_protocol", "grpc"}, set...)...)
}

func call(t *testing.T, b *Backend, texts ...string) error {
	t.Helper()
	var frames [][]byte
	for _, text := range texts {
		frames = append(frames, bytes.Clone(encode(b, &filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte(text))})))
	}
	body, err := b.Pack(frames)
	if err != nil {
		t.Fatal(err)
	}
	if body.Release != nil {
		defer body.Release()
	}
	body.Items = len(texts)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return b.Send(ctx, body)
}

func TestCall(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		calls := 0
		b := serve(t, func(ctx context.Context, r *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error) {
			calls++
			got, _ := grpcmetadata.FromIncomingContext(ctx)
			deadline, bounded := ctx.Deadline()
			if len(r.ResourceLogs) != 2 || got["x-key"][0] != "hunter2" || got["x-scope-orgid"][0] != "eu" || !bounded || time.Until(deadline) > time.Minute ||
				!strings.HasPrefix(got["content-type"][0], "application/grpc") {
				t.Errorf("%v, %v", got, r)
			}
			// As the Collector answers: a message that is not empty is compressed as the
			// request was.
			return &collector.ExportLogsServiceResponse{PartialSuccess: &collector.ExportLogsPartialSuccess{}}, nil
		}, nil, "headers", "X-Key: hunter2", "tenant", "eu", "compression", compression)
		for range 3 {
			frames := [][]byte{}
			for _, text := range []string{"a", strings.Repeat("b", 100_000)} {
				frames = append(frames, bytes.Clone(encode(b, &filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte(text))})))
			}
			body, err := b.Pack(frames)
			if err != nil {
				t.Fatal(err)
			}
			body.Partition, body.Items = "eu", 2
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if err := b.Send(ctx, body); err != nil {
				t.Errorf("%s: %v", compression, err)
			}
			cancel()
		}
		if calls != 3 {
			t.Errorf("%d calls", calls)
		}
	}
}

// result names what an error says.
func result(err error) string {
	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var throttled *backend.Throttled
	var failed *backend.Failed
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &rejected):
		return fmt.Sprintf("rejected %t", rejected.Some)
	case errors.As(err, &tooLarge):
		return "too large"
	case errors.As(err, &throttled):
		return "throttled " + throttled.After.String()
	case errors.As(err, &failed):
		return "failed"
	}
	return "again"
}

func TestCallStatuses(t *testing.T) {
	var answer *collector.ExportLogsServiceResponse
	var failure error
	b := serve(t, func(context.Context, *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error) {
		return answer, failure
	}, nil)
	withPause := func(code codes.Code, pause time.Duration) error {
		s, err := status.New(code, "wait").WithDetails(&errdetails.ErrorInfo{Reason: "x"}, &errdetails.RetryInfo{RetryDelay: durationpb.New(pause)})
		if err != nil {
			t.Fatal(err)
		}
		return s.Err()
	}
	for _, c := range []struct {
		failure error
		want    string
	}{
		{status.Error(codes.Canceled, ""), "again"}, {status.Error(codes.Unknown, "a % b"), "failed"}, {status.Error(codes.InvalidArgument, "bäd"), "rejected true"},
		{status.Error(codes.DeadlineExceeded, ""), "again"}, {status.Error(codes.NotFound, ""), "again"}, {status.Error(codes.AlreadyExists, ""), "again"},
		{status.Error(codes.PermissionDenied, ""), "again"}, {status.Error(codes.ResourceExhausted, ""), "throttled 0s"},
		{status.Error(codes.ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"), "too large"},
		{withPause(codes.ResourceExhausted, 2500*time.Millisecond), "throttled 2.5s"}, {withPause(codes.Unavailable, time.Hour), "throttled 5m0s"},
		{withPause(codes.Unavailable, -time.Second), "again"},
		{status.Error(codes.FailedPrecondition, ""), "again"}, {status.Error(codes.Aborted, ""), "again"}, {status.Error(codes.OutOfRange, ""), "again"},
		{status.Error(codes.Unimplemented, ""), "again"}, {status.Error(codes.Internal, ""), "failed"}, {status.Error(codes.Unavailable, ""), "again"},
		{status.Error(codes.DataLoss, ""), "failed"}, {status.Error(codes.Unauthenticated, ""), "again"}, {status.Error(codes.Code(99), "\x1b[2J"), "again"},
	} {
		failure = c.failure
		err := call(t, b, "x")
		s, _ := status.FromError(c.failure)
		if result(err) != c.want || strings.Contains(err.Error(), "\x1b") || s.Message() != "\x1b[2J" && !strings.Contains(err.Error(), s.Message()) {
			t.Errorf("%v: %s, want %s: %v", c.failure, result(err), c.want, err)
		}
	}
	failure = nil
	for want, r := range map[string]*collector.ExportLogsServiceResponse{
		"ok": {}, "rejected false": response(2, "two are bad"),
	} {
		if answer = r; result(call(t, b, "x", "y")) != want {
			t.Errorf("%v: %v", r, call(t, b, "x", "y"))
		}
	}
}

// gRPC's own limit of a message makes requests smaller, and no record is refused for it.
func TestCallTooLarge(t *testing.T) {
	b := serve(t, func(context.Context, *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error) {
		return &collector.ExportLogsServiceResponse{}, nil
	}, grpc.NewServer(grpc.MaxRecvMsgSize(10_000)))
	if err := call(t, b, strings.Repeat("x", 20_000)); result(err) != "too large" {
		t.Error(err)
	}
	if err := call(t, b, "x"); err != nil {
		t.Error(err)
	}
}

// A server that does not know the service or the compression, a port of HTTP/1, and a server
// that is gone refuse no record.
func TestCallToOtherServers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	other := grpc.NewServer()
	go func() { _ = other.Serve(l) }()
	defer other.Stop()
	page := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>sign in</html>")
	}))
	page.Config.Protocols = new(http.Protocols)
	page.Config.Protocols.SetUnencryptedHTTP2(true)
	page.Start()
	defer page.Close()
	old := httptest.NewServer(http.NotFoundHandler())
	defer old.Close()
	for endpoint, want := range map[string]string{
		"http://" + l.Addr().String(): "UNIMPLEMENTED", page.URL: "no answer of gRPC", old.URL: "cannot reach", "http://127.0.0.1:1": "nothing listens there",
	} {
		b := newBackend(t, "endpoint", endpoint, "otlp_protocol", "grpc")
		if err := call(t, b, "x"); result(err) != "again" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", endpoint, err, want)
		}
	}
	b := serve(t, nil, nil, "compression", "zstd")
	if err := call(t, b, "x"); result(err) != "again" || !strings.Contains(err.Error(), "compression") {
		t.Error(err)
	}
}

func TestMessages(t *testing.T) {
	for body, ok := range map[string]bool{
		"\x00\x00\x00\x00\x00": true, "\x00\x00\x00\x00\x01x": true, "\x00\x00\x00\x00\x02x": false, "\x00\x00\x00\x00\x00x": false,
		"\x01\x00\x00\x00\x01x": false, "\x00\x00\x00\x00": false, "": false,
	} {
		for _, encoding := range []string{"", "gzip", "zstd", "snappy"} {
			if _, got := readMessage([]byte(body), encoding); got != ok {
				t.Errorf("%q, %s: %t", body, encoding, got)
			}
		}
	}
	for _, encoding := range []string{"gzip", "zstd"} {
		b := newBackend(t, "otlp_protocol", "grpc", "compression", encoding)
		for text, ok := range map[string]bool{"a": true, strings.Repeat("a", maxMessage): true, strings.Repeat("a", maxMessage+1): false} {
			body, err := b.Pack([][]byte{[]byte(text)})
			if err != nil {
				t.Fatal(err)
			}
			whole := append(bytes.Clone(body.Parts[0]), body.Parts[1]...)
			if got, isOK := readMessage(whole, encoding); isOK != ok || ok && string(got) != text {
				t.Errorf("%s: %d bytes of %d, %t", encoding, len(got), len(text), isOK)
			}
			if _, isOK := readMessage(whole[:len(whole)-1], encoding); isOK {
				t.Errorf("%s: half a message", encoding)
			}
		}
	}
	// A compressed message is one member of gzip behind the prefix.
	b := newBackend(t, "otlp_protocol", "grpc", "compression", "gzip")
	body, err := b.Pack([][]byte{[]byte("a"), []byte("b")})
	if err != nil || body.Parts[0][0] != 1 || int(body.Parts[0][4]) != len(body.Parts[1]) {
		t.Fatal(body.Parts, err)
	}
	if _, err := kgzip.NewReader(bytes.NewReader(body.Parts[1])); err != nil {
		t.Error(err)
	}
}

func FuzzCallStatus(f *testing.F) {
	f.Add(8, []byte("\x1a\x2e\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x02\x0a\x00"), []byte{0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, code int, details, body []byte) {
		a := &httpclient.Answer{Status: 200, Body: body, GRPC: &httpclient.GRPCStatus{Code: max(code, 0), Details: details}}
		if err := classifyCall(a, strings.ToLower); err == nil && (code > 0 || len(body) < prefixLen) {
			t.Errorf("%d %q is a success", code, body)
		}
		if pause := retryDelay(details); pause < 0 || pause > maxRetryDelay {
			t.Errorf("a pause of %v", pause)
		}
	})
}

// Tokens and certificates are those of all backends over HTTP: a token that the server refuses
// is replaced, and no error quotes one.
func TestCallOverTLSWithTokens(t *testing.T) {
	issued, good := 0, "token-2"
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		issued++
		fmt.Fprintf(w, `{"access_token":"token-%d"}`, issued)
	}))
	defer authority.Close()
	dir := t.TempDir()
	secret, ca := filepath.Join(dir, "secret"), filepath.Join(dir, "ca.crt")
	// The certificate of net/http's tests.
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS()
	defer web.Close()
	for path, text := range map[string]string{
		secret: "s3cret", ca: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&web.TLS.Certificates[0])))
	var mu sync.Mutex
	var seen []string
	server.RegisterService(&logsService, export(func(ctx context.Context, _ *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error) {
		got, _ := grpcmetadata.FromIncomingContext(ctx)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, got["authorization"][0])
		if got["authorization"][0] != "Bearer "+good {
			return nil, status.Error(codes.Unauthenticated, "not with "+got["authorization"][0])
		}
		return &collector.ExportLogsServiceResponse{}, nil
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	defer server.Stop()
	b := newBackend(t, "endpoint", "https://"+l.Addr().String(), "otlp_protocol", "grpc", "ca_file", ca,
		"oauth_token_url", authority.URL, "oauth_client_id", "me", "oauth_client_secret_file", secret)
	// The first token is too young to be fetched anew at once.
	err = call(t, b, "x")
	if result(err) != "again" || !strings.Contains(err.Error(), "UNAUTHENTICATED") || strings.Contains(err.Error(), "token-1") {
		t.Error(err)
	}
	for err != nil {
		err = call(t, b, "x")
	}
	mu.Lock()
	defer mu.Unlock()
	if issued != 2 || seen[len(seen)-1] != "Bearer token-2" {
		t.Errorf("%d tokens, %v", issued, seen)
	}
}

// A call without an answer ends with its context, and the next one has a new connection.
func TestCallHangs(t *testing.T) {
	var calls atomic.Int32
	over := make(chan struct{})
	defer close(over)
	b := serve(t, func(context.Context, *collector.ExportLogsServiceRequest) (*collector.ExportLogsServiceResponse, error) {
		if calls.Add(1) == 1 {
			<-over
		}
		return &collector.ExportLogsServiceResponse{}, nil
	}, nil)
	body, err := b.Pack([][]byte{encode(b, &filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte("x"))})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.Send(ctx, body); result(err) != "again" {
		t.Error(err)
	}
	if err := b.Send(t.Context(), body); err != nil {
		t.Error(err)
	}
}
