package syslog

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
	"github.com/k8slog/k8slog/test/fake"
)

var (
	_ backend.Backend = (*Backend)(nil)
	_ backend.Limited = (*Backend)(nil)
)

// serve starts a receiver, which must find nothing wrong.
func serve(t testing.TB, s *fake.Syslog, tls *tls.Config) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		if err := s.Problems(); err != nil {
			t.Error(err)
		}
	})
	if tls != nil {
		go s.Serve(newTLSListener(l, tls))
	} else {
		go s.Serve(l)
	}
	return l.Addr().String()
}

func newTLSListener(l net.Listener, c *tls.Config) net.Listener { return tls.NewListener(l, c) }

func newBackend(t testing.TB, addresses string, set ...string) *Backend {
	t.Helper()
	return backendtest.New(t, New, append([]string{"backend", "syslog", "syslog_addresses", addresses}, set...)...)
}

func parse(set ...string) (*Config, *options.Config, error) {
	return backendtest.Parse[Config](append([]string{"backend", "syslog", "syslog_addresses", "localhost:6514"}, set...)...)
}

func source(b *Backend, s filters.Source) *filters.Source {
	s.Rendered = b.Render(&s)
	return &s
}

func send(ctx context.Context, t testing.TB, b *Backend, records ...*filters.Record) error {
	t.Helper()
	e := b.NewEncoder()
	for _, r := range records {
		e.Append(r)
	}
	body, err := b.Pack([][]byte{e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	body.Items = len(records)
	return b.Send(ctx, body)
}

func text(s string) msgpack.Value { return append([]byte{0xd9, byte(len(s))}, s...) }

func TestSend(t *testing.T) {
	receiver := &fake.Syslog{MaxBytes: 8000}
	b := newBackend(t, serve(t, receiver, nil), "syslog_facility", "local3")
	restart := 2
	when := time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.UTC)
	pod := source(b, backendtest.Described(filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "web-1", Container: "web", ContainerID: "e3e2", PodUID: "b576", Restart: &restart, Node: "node-1", Cluster: `a "b]\`}))
	r := &filters.Record{
		Source: pod, Time: when.UnixNano(), Stream: filters.Stderr, Severity: filters.Error, Flags: filters.Partial,
		Log: filters.EscapedText([]byte(`two\nlines, "] and 17 <1>1`)),
		Fields: []filters.Field{
			{Key: []byte(`a key="]`), Value: text(`v "x]\`)}, {Key: []byte("n"), Value: msgpack.Value{7}}, {Key: []byte(""), JSON: []byte(`"a\"b"`)},
		},
	}
	component := &filters.Record{Source: source(b, filters.Source{Kind: filters.Component, Component: "kubelet"}), Time: when.UnixNano(), Severity: filters.Fatal, Log: filters.PlainText([]byte("bad \xff"))}
	if err := send(t.Context(), t, b, r, component); err != nil {
		t.Fatal(err)
	}
	id := string(r.AppendID(nil))
	want := []fake.SyslogMessage{
		{
			Facility: 19, Severity: 3, Time: when.Truncate(time.Microsecond), Hostname: "node-1", AppName: "web", ProcID: "-", MsgID: "stderr",
			Text: "two\nlines, \"] and 17 <1>1",
			Data: map[string]map[string]string{
				"k8slog@32473": {
					"namespace": "shop", "pod": "web-1", "container": "web", "container_id": "e3e2", "pod_uid": "b576", "restart_count": "2",
					"node": "node-1", "cluster": `a "b]\`, "id": id, "severity": "error", "partial": "true",
					"owner_kind": "Deployment", "owner_name": "web", "pod_ip": "10.0.0.1", "host_ip": "192.0.2.1",
					"container_image": "registry:5000/shop/web:1.2@sha256:ab", "container_hash": "registry:5000/shop/web@sha256:ab",
				},
				"pod_labels@32473":       {"app": "web", "app.kubernetes.io/name": "n", "app_kubernetes_io/name": "second", "empty": ""},
				"pod_annotations@32473":  {"note": "a \"b\"\n\x01}\ufffd"},
				"namespace_labels@32473": {"team": "t"},
				"node_labels@32473":      {"zone": "z"},
				"fields@32473":           {"a_key___": `v "x]\`, "n": "7", "_": `a"b`},
			},
		},
		{
			Facility: 19, Severity: 2, Time: when.Truncate(time.Microsecond), Hostname: "-", AppName: "kubelet", ProcID: "-", MsgID: "-", Text: "bad \ufffd",
			Data: map[string]map[string]string{"k8slog@32473": {"component": "kubelet", "id": string(component.AppendID(nil)), "severity": "fatal"}},
		},
	}
	got := receiver.Messages()
	for i := range want {
		if len(got) != 2 || !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got\n%+v, want\n%+v", got[min(i, len(got)-1)], want[i])
		}
	}
}

// Whatever a record and its source are called, the message is valid and not too long.
func TestLimits(t *testing.T) {
	receiver := &fake.Syslog{MaxBytes: 2048}
	b := newBackend(t, serve(t, receiver, nil), "syslog_max_bytes", "2KiB")
	long := strings.Repeat(`x]"\ ö`, 100)
	s := backendtest.Described(filters.Source{Kind: filters.Container, Namespace: long, Pod: long, Container: long, ContainerID: long, PodUID: long, Node: long, Cluster: long})
	for i := range 50 {
		s.Metadata.Sent.Pod.Labels = append(s.Metadata.Sent.Pod.Labels, filters.Pair{Key: fmt.Sprint(long[:i], i), Value: long[:2*i]})
	}
	r := &filters.Record{Source: source(b, s), Log: filters.PlainText([]byte(long)), Fields: []filters.Field{{Key: []byte(long), JSON: []byte(`"` + strings.Repeat("y", 2000) + `"`)}}}
	limit := b.TextLimit()
	r.Log = filters.PlainText([]byte(long)[:limit.Cut([]byte(long))])
	small := &filters.Record{Source: r.Source, Log: filters.PlainText([]byte("x")), Fields: []filters.Field{{Key: []byte("k"), JSON: []byte("1")}}}
	if err := send(t.Context(), t, b, r, small); err != nil {
		t.Fatal(err)
	}
	got := receiver.Messages()
	if len(got) != 2 || got[0].Data["k8slog@32473"]["fields_dropped"] != "true" || got[0].Data["fields@32473"] != nil || got[1].Data["fields@32473"]["k"] != "1" {
		t.Errorf("%+v", got)
	}
}

// A receiver that ends before it has read everything has not taken the messages, however many
// were written. The next address is for the next try.
func TestAReceiverThatDies(t *testing.T) {
	dying := &fake.Syslog{Stop: func(n int) error {
		if n == 1 {
			return errors.New("it dies")
		}
		return nil
	}}
	other := &fake.Syslog{}
	b := newBackend(t, serve(t, dying, nil)+","+serve(t, other, nil))
	var records []*filters.Record
	for range 500 {
		records = append(records, &filters.Record{Source: source(b, filters.Source{Component: "kubelet"}), Log: filters.PlainText([]byte(strings.Repeat("x", 5000)))})
	}
	if err := send(t.Context(), t, b, records...); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
	if err := send(t.Context(), t, b, records...); err != nil || len(other.Messages()) != 500 {
		t.Errorf("%v, %d messages", err, len(other.Messages()))
	}
}

// An address where nobody listens is passed over at once.
func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	receiver := &fake.Syslog{}
	b := newBackend(t, l.Addr().String()+","+serve(t, receiver, nil))
	r := &filters.Record{Source: source(b, filters.Source{}), Log: filters.PlainText([]byte("x"))}
	if err := send(t.Context(), t, b, r); err != nil || len(receiver.Messages()) != 1 {
		t.Error(err)
	}
	alone := newBackend(t, l.Addr().String())
	if err := send(t.Context(), t, alone, r); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Error(err)
	}
}

// A receiver that never ends its connections acknowledges nothing; with syslog_acknowledge sent
// nothing is waited for.
func TestAReceiverThatNeverEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	b := newBackend(t, l.Addr().String())
	r := &filters.Record{Source: source(b, filters.Source{}), Log: filters.PlainText([]byte("x"))}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := send(ctx, t, b, r); err == nil || !strings.Contains(err.Error(), "syslog_acknowledge sent") {
		t.Error(err)
	}
	b = newBackend(t, l.Addr().String(), "syslog_acknowledge", "sent")
	if err := send(t.Context(), t, b, r); err != nil {
		t.Error(err)
	}
}

// A server that answers is no receiver: it has stored nothing.
func TestAPortOfHTTP(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	b := newBackend(t, strings.TrimPrefix(server.URL, "http://"))
	r := &filters.Record{Source: source(b, filters.Source{}), Log: filters.PlainText([]byte("x"))}
	if err := send(t.Context(), t, b, r); err == nil || !strings.Contains(err.Error(), "check syslog_addresses") {
		t.Error(err)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	defer server.Close()
	receiver := &fake.Syslog{}
	address := serve(t, receiver, &tls.Config{Certificates: server.TLS.Certificates})
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBackend(t, address, "use_tls", "on", "ca_file", ca)
	r := &filters.Record{Source: source(b, filters.Source{}), Log: filters.PlainText([]byte("x"))}
	if err := send(t.Context(), t, b, r); err != nil || len(receiver.Messages()) != 1 {
		t.Errorf("%v, %d messages", err, len(receiver.Messages()))
	}
	b = newBackend(t, address, "use_tls", "on")
	if err := send(t.Context(), t, b, r); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority: %v", err)
	}
}

func TestOptions(t *testing.T) {
	c, common, err := parse("syslog_addresses", "a:1, [::1]:2", "syslog_facility", "local7", "syslog_sd_id", "logs@41058", "syslog_max_bytes", "64KiB")
	if err != nil || len(common.Warnings()) > 0 || len(c.Addresses) != 2 || c.Facility != 23 || c.ID != "logs@41058" || c.MaxBytes != 64<<10 || c.Acknowledge != "close" {
		t.Errorf("%+v, %v, %q", c, err, common.Warnings())
	}
	for _, bad := range []struct{ name, value, problem string }{
		{"syslog_addresses", "a", "is not host:port"},
		{"syslog_addresses", "tcp://a:1", "is not host:port"},
		{"syslog_facility", "user1", "is not one of the choices"},
		{"syslog_sd_id", "k8slog", "is not name@number"},
		{"syslog_sd_id", "a=b@1", "is not name@number"},
		{"syslog_sd_id", "a@x", "is not name@number"},
		{"syslog_max_bytes", "1K", "is out of range"},
		{"syslog_app_name", "{%Y}", "has a date"},
		{"syslog_app_name", "{log}", "has the unknown field"},
		{"client_key_file", "/x", "need each other"},
	} {
		if _, _, err := parse(bad.name, bad.value); err == nil || !strings.Contains(err.Error(), bad.problem) {
			t.Errorf("%s %s: %v", bad.name, bad.value, err)
		}
	}
}

// The severities of RFC 5424 are never above that of the record, and fatal tells nobody who is
// logged in.
func TestSeverities(t *testing.T) {
	for s, want := range map[filters.Severity]int{
		0: 6, filters.Trace: 7, filters.Debug: 7, filters.Info: 6, filters.Notice: 5, filters.Warn: 4, filters.Error: 3,
		filters.Critical: 2, filters.Alert: 1, filters.Fatal: 2,
	} {
		if got := severity(s); got != want {
			t.Errorf("%v: %d, want %d", s, got, want)
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("text", "key", "value", "pod")
	f.Add("a\n]\"\\", "k=]\"", `\\"]`, "p o\"d\xff")
	c, common, err := parse()
	if err != nil {
		f.Fatal(err)
	}
	b, err := New(c, common)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, log, key, value, pod string) {
		s := source(b, filters.Source{Kind: filters.Container, Namespace: pod, Pod: pod, Container: pod, Node: pod})
		r := &filters.Record{Source: s, Log: filters.PlainText([]byte(log)), Fields: []filters.Field{{Key: []byte(key), Text: filters.PlainText([]byte(value))}}}
		e := b.NewEncoder()
		e.Append(r)
		_, message, _ := strings.Cut(string(e.Frame()), " ")
		m, err := fake.ParseSyslog(message)
		if err != nil {
			t.Fatalf("%v: %q", err, message)
		}
		fields := m.Data["fields@32473"]
		if utf8.ValidString(log) && m.Text != log || utf8.ValidString(value) && len(fields) > 0 && !slices.Contains(slices.Collect(maps.Values(fields)), value) {
			t.Errorf("%+v of %q, %q", m, log, value)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	back := newBackend(b, "localhost:6514")
	s := source(back, filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "web-7d9c6b5f4-x2x9z", Container: "web", Node: "node-1"})
	r := &filters.Record{Source: s, Log: filters.PlainText([]byte("an ordinary line of some length, as programs write them all day"))}
	e := back.NewEncoder()
	b.ReportAllocs()
	for b.Loop() {
		if e.Append(r); e.Size() > 1<<20 {
			e.Reset()
		}
	}
}
