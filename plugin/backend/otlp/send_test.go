package otlp

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
)

// rpcStatus is a google.rpc.Status.
func rpcStatus(message string) string {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 3)
	b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), message)
	return string(protowire.AppendString(protowire.AppendTag(b, 3, protowire.BytesType), "details"))
}

func response(rejected int64, message string) *collector.ExportLogsServiceResponse {
	return &collector.ExportLogsServiceResponse{PartialSuccess: &collector.ExportLogsPartialSuccess{RejectedLogRecords: rejected, ErrorMessage: message}}
}

func body(t testing.TB, m proto.Message) string {
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSend(t *testing.T) {
	var code int
	var answer, retryAfter string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/otlp/v1/logs" || r.Header.Get("Content-Type") != "application/x-protobuf" ||
			r.Header.Get("Content-Encoding") != "" || r.Header.Get("X-Key") != "hunter2" {
			t.Errorf("%s %s, headers %v", r.Method, r.URL, r.Header)
		}
		all, err := io.ReadAll(r.Body)
		var request collector.ExportLogsServiceRequest
		if err != nil || proto.Unmarshal(all, &request) != nil || len(request.ResourceLogs) != 2 {
			t.Errorf("%v, %v", err, &request)
		}
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	b := newBackend(t, "endpoint", server.URL+"/otlp/", "headers", "X-Key: hunter2")
	frame := encode(b, &filters.Record{Time: when, Source: pod("p"), Log: filters.PlainText([]byte("x"))})
	packed, err := b.Pack([][]byte{frame, frame})
	if err != nil {
		t.Fatal(err)
	}

	rejected := func(some bool, text string) func(error) bool {
		return func(err error) bool {
			var r *backend.Rejected
			return errors.As(err, &r) && r.Some == some && strings.Contains(r.Answer, text)
		}
	}
	again := func(text string) func(error) bool {
		return func(err error) bool {
			var r *backend.Rejected
			var l *backend.TooLarge
			var m *backend.PartialError
			var th *backend.Throttled
			return err != nil && !errors.As(err, &r) && !errors.As(err, &l) && !errors.As(err, &m) && !errors.As(err, &th) && strings.Contains(err.Error(), text)
		}
	}
	tooLarge := func(err error) bool {
		var l *backend.TooLarge
		return errors.As(err, &l)
	}
	throttled := func(least, most time.Duration) func(error) bool {
		return func(err error) bool {
			var th *backend.Throttled
			return errors.As(err, &th) && th.After >= least && th.After <= most
		}
	}
	ok := func(err error) bool { return err == nil }
	json, err := protojson.Marshal(response(7, "seven are bad"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code               int
		answer, retryAfter string
		is                 func(error) bool
	}{
		{200, "", "", ok},
		{200, body(t, &collector.ExportLogsServiceResponse{}), "", ok},
		{200, body(t, response(0, "")), "", ok},
		{200, body(t, response(0, "a suggestion")), "", ok}, // all are stored
		{200, "{}", "", ok},
		{200, `{"partialSuccess":{}}`, "", ok},
		{200, "OK", "", ok},
		{201, "", "", ok}, // Fluent Bit
		{202, "", "", ok},
		{204, "", "", ok}, // Loki
		{200, body(t, response(3, "too\nold, hunter2")), "", rejected(false, "partial success: 3 records")},
		{200, body(t, response(3, "")), "", rejected(false, "partial success: 3 records")},
		{200, body(t, response(1, strings.Repeat("long ", 20_000))), "", rejected(false, "partial success: 1 records")}, // and is cut
		{200, string(json), "", rejected(false, "partial success: 7 records of the request were refused and the others stored, and nobody knows which: seven are bad")},
		{200, `{"partialSuccess":{"rejectedLogRecords":2}}`, "", rejected(false, "partial success: 2 records")},
		{200, " <!DOCTYPE html><html>login", "", again("check endpoint")},
		{200, "Please sign in", "", again("check endpoint")},
		{200, `{"login":"required"}`, "", again("check endpoint")},
		{200, "<p>Welcome</p>", "", again("check endpoint")},
		{402, "", "", again("quota")}, {406, "", "", again("406")}, {409, "", "", again("409")}, {410, "", "", again("410")}, {411, "", "", again("411")},
		{417, "", "", again("417")}, {426, "", "", again("426")}, {431, "", "", again("431")}, {451, "", "", again("451")}, {499, "", "", again("499")},
		{400, "Client sent an HTTP request to an HTTPS server.", "", again("https://")},
		{400, rpcStatus("stream '{a=\"b\"}' includes structured metadata, but this feature is disallowed"), "", again("allow_structured_metadata")},
		{206, "", "", again("206")},
		{260, rpcStatus("blocked"), "", again("blocked")}, // Loki, while ingestion is blocked
		{301, "", "", again("301")},
		{400, `cannot parse common params from request: cannot parse "shop" as uint32: invalid syntax`, "", again("check tenant")},
		{400, rpcStatus("a bad record, hunter2"), "", rejected(true, "HTTP 400 Bad Request: a bad record")},
		{400, "plain words", "", rejected(true, "plain words")},
		{422, "", "", rejected(true, "422")},
		{413, rpcStatus("too large"), "", tooLarge},
		{415, rpcStatus("no zstd here"), "", again("no zstd here")},
		{401, "", "", again("401")},
		{403, "", "", again("403")},
		{404, "", "", again("404")},
		{408, "", "", again("408")},
		{429, rpcStatus("slow down"), "", throttled(0, 0)},
		{429, "", "7", throttled(7*time.Second, 7*time.Second)},
		{429, "", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), throttled(50*time.Second, time.Minute)},
		{503, "", "5", throttled(5*time.Second, 5*time.Second)},
		{503, rpcStatus("busy"), "", again("busy")},
		{500, "", "", again("500")},
		{502, "<html>", "", again("502")},
		{504, "", "", again("504")},
	} {
		code, answer, retryAfter = c.code, c.answer, c.retryAfter
		err := b.Send(t.Context(), packed)
		if !c.is(err) || err != nil && strings.ContainsAny(err.Error(), "\n\x12") || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%d %.60q means %.200v", c.code, c.answer, err)
		}
	}
	server.Close()
	if err := b.Send(t.Context(), packed); !again("cannot reach")(err) || strings.Contains(err.Error(), protocol.Path) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestCompressions(t *testing.T) {
	for name, open := range map[string]func(io.Reader) (io.Reader, error){
		"none": func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				plain, err := open(r.Body)
				if err != nil {
					t.Error(err)
					return
				}
				all, err := io.ReadAll(plain)
				var request collector.ExportLogsServiceRequest
				if want := strings.TrimPrefix(name, "none"); err != nil || r.Header.Get("Content-Encoding") != want ||
					r.Header.Get("X-Scope-Orgid") != "default" || proto.Unmarshal(all, &request) != nil || len(request.ResourceLogs) != 2 {
					t.Errorf("%v, headers %v, %v", err, r.Header, &request)
				}
			}))
			defer server.Close()
			b := newBackend(t, "endpoint", server.URL, "compression", name, "tenant", "{namespace}")
			s := pod("p")
			frame := encode(b, &filters.Record{Time: when, Source: s, Log: filters.PlainText([]byte("x"))})
			packed, err := b.Pack([][]byte{frame, frame})
			if err != nil {
				t.Fatal(err)
			}
			if packed.Release != nil {
				defer packed.Release()
			}
			packed.Partition = b.Partition(s)
			if err := b.Send(t.Context(), packed); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReadStatus(t *testing.T) {
	for _, c := range []struct {
		body, want string
	}{
		{rpcStatus("a text"), "a text"},
		{rpcStatus("a text")[:4], ""}, // cut in it
		{rpcStatus(""), ""},
		{"", ""},
		{"plain words", ""},
		{"<html>", ""},
		{rpcStatus("a\xff"), ""},
		{rpcStatus("a") + "<", ""},
	} {
		if got, ok := readStatus([]byte(c.body)); got != c.want && ok || ok != (c.want != "") {
			t.Errorf("%q is %q, %t", c.body, got, ok)
		}
	}
}

// Whatever an answer is, it is read as the official types read it, as far as
// they do.
func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(body(f, response(3, "because"))))
	f.Add([]byte(body(f, response(-1, ""))))
	f.Add([]byte(rpcStatus("because")))
	f.Add([]byte(`{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"x"}}`))
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{0x0a, 0x00, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x0d, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := readSuccess(b)
		readStatus(b)
		var m collector.ExportLogsServiceResponse
		if len(b) == 0 || strings.HasPrefix(strings.TrimLeft(string(b), " \t\r\n"), "{") || proto.Unmarshal(b, &m) != nil || !ok {
			return
		}
		if p := m.GetPartialSuccess(); got.rejected != p.GetRejectedLogRecords() || got.message != p.GetErrorMessage() {
			t.Fatalf("%+v, want %v", got, p)
		}
	})
}
