package elasticsearch

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/fake"
)

// records are n records with the texts 0, 1, ….
func records(b *Backend, n int) (all []*filters.Record) {
	s := source(b, pod)
	for i := range n {
		all = append(all, &filters.Record{
			Time: when + int64(i), Source: s, Log: filters.PlainText(fmt.Append(nil, i)), Flags: filters.Timed, Position: filters.Position{Offset: int64(i), Index: i},
		})
	}
	return all
}

func TestSendSpeaksTheProtocol(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		t.Run(compression, func(t *testing.T) {
			server := &fake.Elasticsearch{}
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-ndjson" ||
					r.Header.Get("Content-Encoding") != strings.TrimPrefix(compression, "none") || r.Header.Get("Authorization") != "ApiKey a" ||
					r.Header.Get("X-Scope-Orgid") != "shop" {
					t.Errorf("%s %s, %v", r.Method, r.URL, r.Header)
				}
				http.StripPrefix("/es", server).ServeHTTP(w, r)
			}))
			defer proxy.Close()
			b := newBackend(t, "endpoint", proxy.URL+"/es/", "compression", compression, "headers", "Authorization: ApiKey a", "tenant", "shop")
			all := records(b, 5)
			body, err := b.Pack([][]byte{frame(b, all[:2]...), frame(b, all[2:]...)})
			if err != nil {
				t.Fatal(err)
			}
			body.Items, body.Partition = 5, b.Partition(all[0].Source)
			for range 2 { // the second time all are there already
				if err := b.Send(t.Context(), body); err != nil {
					t.Error(err)
				}
			}
			docs := server.Docs()
			if len(docs) != 5 || len(server.Refused()) > 0 || server.Requests() != 2 {
				t.Fatalf("%+v, %q", docs, server.Refused())
			}
			for i, d := range docs {
				if d.Source["log"] != fmt.Sprint(i) || d.Index != "logs-k8slog-default" || d.ID != string(all[i].AppendID(nil)) {
					t.Errorf("%+v", d)
				}
			}
		})
	}
}

func TestSendTellsWhichDocuments(t *testing.T) {
	for _, filtered := range []bool{true, false} {
		server := &fake.Elasticsearch{Each: func(_ int, d fake.Doc) *fake.Failure {
			switch d.Source["log"] {
			case "1":
				return &fake.Failure{Status: 400, Type: "document_parsing_exception", Reason: `a "reason"`}
			case "3":
				return &fake.Failure{Status: 429, Type: "es_rejected_execution_exception", Reason: "busy"}
			}
			return nil
		}}
		whole := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !filtered { // a server that does not know filter_path
				r.URL.RawQuery = ""
			}
			server.ServeHTTP(w, r)
		}))
		defer whole.Close()
		b := newBackend(t, "endpoint", whole.URL)
		if got := kind(send(t, b, 5, frame(b, records(b, 5)...))); got != "taken, refused, taken, again, taken" {
			t.Errorf("filtered %v: %s", filtered, got)
		}
	}
}

// What the server refuses of one index for now says so of its documents alone.
func TestSendTellsWhichIndex(t *testing.T) {
	for _, f := range []fake.Failure{
		{Status: 429, Type: "cluster_block_exception", Reason: "index [logs-bad] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"},
		{Status: 403, Type: "security_exception", Reason: "action [indices:data/write/bulk[s]] is unauthorized for API key id [k] on indices [logs-bad]"},
		{Status: 400, Type: "validation_exception", Reason: "Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;"},
	} {
		server := &fake.Elasticsearch{Each: func(_ int, d fake.Doc) *fake.Failure {
			if d.Index == "logs-bad" {
				return &f
			}
			return nil
		}}
		b := newBackend(t, "endpoint", serve(t, server), "index", "logs-{namespace|node}")
		e := b.NewEncoder()
		var scopes []string
		for i, namespace := range []string{"good", "bad", "good", "bad"} {
			r := filters.Record{Time: when, Source: source(b, filters.Source{Namespace: namespace}), Log: filters.PlainText([]byte("x")), Flags: filters.Timed, Position: filters.Position{Offset: int64(i), Index: i}}
			scopes = append(scopes, b.Scope(&r))
			e.Append(&r)
		}
		body, err := b.Pack([][]byte{e.Frame()})
		if err != nil {
			t.Fatal(err)
		}
		body.Items, body.Scopes = len(scopes), scopes
		if got := kind(b.Send(t.Context(), body)); got != "taken, again, taken, again" || len(server.Docs()) != 2 || scopes[1] != "logs-bad" {
			t.Errorf("%s: %s, %d documents, %q", f.Type, got, len(server.Docs()), scopes)
		}
	}
}

// However many documents are refused, the answer is read to its end.
func TestSendReadsLongAnswers(t *testing.T) {
	server := &fake.Elasticsearch{Each: func(int, fake.Doc) *fake.Failure {
		return &fake.Failure{Status: 400, Type: "document_parsing_exception", Reason: strings.Repeat("because ", 60)}
	}}
	b := newBackend(t, "endpoint", serve(t, server), "batch_bytes", "1MB")
	var all []*filters.Record
	for all = records(b, 100); len(frame(b, all...)) < 1_000_000; all = records(b, len(all)*11/10) {
	}
	err := send(t, b, len(all), frame(b, all...))
	if got := kind(err); got != strings.TrimSuffix(strings.Repeat("refused, ", len(all)), ", ") {
		t.Errorf("%d documents: %.200s, %.200v", len(all), got, err)
	}
}

func TestSendWithoutIDs(t *testing.T) {
	server := &fake.Elasticsearch{}
	b := newBackend(t, "endpoint", serve(t, server), "document_id", "off")
	for range 2 {
		if err := send(t, b, 3, frame(b, records(b, 3)...)); err != nil {
			t.Error(err)
		}
	}
	if n := len(server.Docs()); n != 6 {
		t.Errorf("%d documents", n)
	}
}

// The stand-in refuses what the servers refuse.
func TestServerIsStrict(t *testing.T) {
	const create = `{"create":{"_index":"logs-a","_id":"%s"}}` + "\n"
	const doc = `{"@timestamp":"2026-11-22T10:00:00Z"}` + "\n"
	good := fmt.Sprintf(create, "1") + doc
	for body, want := range map[string]string{
		good:                             "200 [201]",
		strings.TrimSuffix(good, "\n"):   "400 []",
		"":                               "400 []",
		good + good:                      "200 [201 409]",
		fmt.Sprintf(create, "1"):         "400 []",
		`{"create":{"_index":"logs-a"}}`: "400 []",
		`{"create":{"_index":"logs-a"},"index":{}}` + "\n" + doc:                                          "400 []",
		`{"create":{"_index":"logs-a","x":"y"}}` + "\n" + doc:                                             "400 []",
		`{"delete":{"_index":"logs-a"}}` + "\n":                                                           "400 []",
		`{"index":{"_index":"logs-a"}}` + "\n" + doc:                                                      "200 [400]",
		`{"index":{"_index":"plain"}}` + "\n" + doc:                                                       "200 [201]",
		`{"create":{"_index":"Logs"}}` + "\n" + doc:                                                       "200 [400]",
		`{"create":{"_index":"_logs"}}` + "\n" + doc:                                                      "200 [400]",
		fmt.Sprintf(create, "1") + "{}\n":                                                                 "200 [400]",
		fmt.Sprintf(create, "1") + "x\n":                                                                  "200 [400]",
		fmt.Sprintf(create, "1") + `{"@timestamp":"yesterday"}` + "\n":                                    "200 [400]",
		`{"create":{"_index":"p"}}` + "\n" + `{"a":1,"a":2}` + "\n":                                       "200 [400]",
		`{"create":{"_index":"p"}}` + "\n" + `{"a":[{"b":1,"b":2}]}` + "\n":                               "200 [400]",
		`{"create":{"_index":"p"}}` + "\n" + `{"":1}` + "\n":                                              "200 [400]",
		`{"create":{"_index":"p"}}` + "\n" + `{"_id":1}` + "\n":                                           "200 [400]",
		`{"create":{"_index":"p"}}` + "\n" + `{"a":1} {"a":1}` + "\n":                                     "200 [400]",
		`{"create":{"_index":"p"}}` + "\n" + `{"a":{"b":1}}` + "\n":                                       "200 [201]",
		strings.Repeat(`{"create":{"_index":"p"}}`+"\n"+`{"a":1}`+"\n", 2):                                "200 [201 201]",
		`{"create":{"_index":"p"}}` + "\n{\"a\":1}\n{\"create\":{\"_index\":\"p\"}}\n{\"a\":{\"b\":1}}\n": "200 [201 400]",
	} {
		server := &fake.Elasticsearch{}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/_bulk", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-ndjson")
		server.ServeHTTP(w, r)
		var statuses []int
		if a, err := readAnswer(w.Body.Bytes()); err == nil {
			for _, it := range a.items {
				statuses = append(statuses, it.status)
			}
		}
		if got := fmt.Sprint(w.Code, statuses); got != want {
			t.Errorf("%q: %s, want %s; %q", body, got, want, server.Refused())
		}
	}
	w := httptest.NewRecorder()
	(&fake.Elasticsearch{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/_bulk", strings.NewReader(good)))
	if w.Code != http.StatusNotAcceptable {
		t.Error("without a Content-Type:", w.Code)
	}
}
