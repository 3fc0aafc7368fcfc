package loki

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grafana/loki/pkg/push"
	"github.com/klauspost/compress/snappy"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
)

func TestSend(t *testing.T) {
	var status int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/base"+protocol.Path || r.Header.Get("Content-Type") != "application/x-protobuf" ||
			r.Header.Get("Content-Encoding") != "" || r.Header.Get("X-Scope-Orgid") != "hunter2" {
			t.Errorf("%s %s, headers %v", r.Method, r.URL, r.Header)
		}
		all, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		plain, err := snappy.Decode(nil, all)
		var request push.PushRequest
		if err != nil || request.Unmarshal(plain) != nil || len(request.Streams) != 2 {
			t.Errorf("%v, %+v", err, request)
		}
		w.WriteHeader(status)
		if status/100 != 2 {
			_, _ = io.WriteString(w, "because")
		}
	}))
	defer server.Close()
	b := newBackendAt(t, "endpoint", server.URL+"/base/", "headers", "X-Scope-OrgID: hunter2")
	defer b.Close()
	e := b.NewEncoder()
	e.Append(&filters.Record{Source: pod(b, "p"), Log: filters.PlainText([]byte("x"))})
	body, err := b.Pack([][]byte{e.Frame(), e.Frame()})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Release()

	var rejected *backend.Rejected
	var tooLarge *backend.TooLarge
	var throttled *backend.Throttled
	isRejected := func(some bool) func(error) bool {
		return func(err error) bool { return errors.As(err, &rejected) && rejected.Some == some }
	}
	again := func(err error) bool {
		return err != nil && !errors.As(err, &rejected) && !errors.As(err, &tooLarge) && !errors.As(err, &throttled)
	}
	for _, c := range []struct {
		status int
		is     func(error) bool
	}{
		{200, func(err error) bool { return err == nil }},
		{204, func(err error) bool { return err == nil }},
		{260, again}, // ingestion is blocked: nothing was stored
		{301, again}, {500, again}, {503, again},
		{400, isRejected(true)}, {422, isRejected(true)}, {410, again}, {401, again}, {403, again}, {404, again},
		{413, func(err error) bool { return errors.As(err, &tooLarge) }},
		{429, func(err error) bool { return errors.As(err, &throttled) }},
	} {
		status = c.status
		if err := b.Send(t.Context(), body); !c.is(err) || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%d means %v", c.status, err)
		}
	}
	server.Close()
	if err := b.Send(t.Context(), body); !again(err) || strings.Contains(err.Error(), protocol.Path) {
		t.Errorf("nobody there: %v", err)
	}
}
