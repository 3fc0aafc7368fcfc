package elasticsearch

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// What the servers answer, with and without filter_path.
const (
	answerFiltered = `{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":201}}]}`
	answerFull     = `{"took":30,"errors":true,"items":[` +
		`{"create":{"_index":".ds-logs-k8slog-default-2026.11.22-000001","_id":"a","_version":1,"result":"created","_shards":{"total":2,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,"status":201}},` +
		`{"create":{"_index":"logs","_id":"b","status":400,"error":{"type":"document_parsing_exception","reason":"[1:82] failed to parse field [n] of type [long] in document with id 'b'. Preview of field's value: 'x'","caused_by":{"type":"illegal_argument_exception","reason":"For input string: \"x\""}}}},` +
		`{"create":{"_index":"logs","status":429,"error":{"type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"}}}]}`
)

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		body string
		want bulkAnswer
	}{
		{answerFiltered, bulkAnswer{saysErrors: true, hasItems: true, items: []item{{status: 201}, {status: 201}}}},
		{answerFull, bulkAnswer{saysErrors: true, errors: true, hasItems: true, items: []item{{status: 201},
			{400, "document_parsing_exception", "[1:82] failed to parse field [n] of type [long] in document with id 'b'. Preview of field's value: 'x'"},
			{429, "es_rejected_execution_exception", "rejected execution of coordinating operation"}}}},
		{`{"errors":false}`, bulkAnswer{saysErrors: true}},
		{`{"items":[{"index":{"status":200}}]}`, bulkAnswer{hasItems: true, items: []item{{status: 200}}}},
		{`{"errors":true,"items":[{"create":{"status":400,"error":"MapperParsingException[x]"}}]}`,
			bulkAnswer{saysErrors: true, errors: true, hasItems: true, items: []item{{400, "", "MapperParsingException[x]"}}}},
		{`{"errors":true,"items":[{"create":{"status":400,"error":{"type":null,"reason":null}}}]}`,
			bulkAnswer{saysErrors: true, errors: true, hasItems: true, items: []item{{status: 400}}}},
		{`{"items":[],"errors":false}`, bulkAnswer{saysErrors: true, hasItems: true}},
	} {
		got, err := readAnswer([]byte(c.body))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", c.body, got, err, c.want)
		}
	}
	for _, body := range []string{
		"", " ", "OK", "null", "1", "[]", "{}", `{"took":1}`, "<html>", `{"errors":"no"}`, `{"errors":false,"items":{}}`, `{"errors":false,"items":[1]}`,
		`{"errors":false,"items":[{}]}`, `{"errors":false,"items":[{"create":{}}]}`, `{"errors":false,"items":[{"create":{"status":"201"}}]}`,
		`{"errors":false,"items":[{"create":{"status":201},"index":{"status":201}}]}`, `{"errors":false,"items":[{"create":null}]}`,
		`{"errors":false,"items":[{"create":{"status":201}}`, `{"errors":false,"items":[{"create":{"status":201}}}`, `{"errors":false`,
	} {
		if got, err := readAnswer([]byte(body)); err == nil {
			t.Errorf("%s became %+v", body, got)
		}
	}
}

func TestCountCreated(t *testing.T) {
	for body, want := range map[string]int{
		answerFiltered: 2, answerFiltered + "\n": 2, `{"errors":false,"items":[{"create":{"status":201}}]}`: 1,
		`{"errors":false,"items":[]}`: 0, `{"errors":false}`: 0, answerFull: 0, "": 0, answerFiltered[:len(answerFiltered)-1]: 0,
		strings.Replace(answerFiltered, "201", "409", 1): 0, strings.Replace(answerFiltered, "},{", "}{", 1): 0, answerFiltered + "x": 0,
	} {
		if n, ok := countCreated([]byte(body)); n != want || ok != (want > 0) {
			t.Errorf("%s: %d, %v", body, n, ok)
		}
	}
}

// FuzzReadAnswer compares with encoding/json: what it reads is read the same
// way, and what it does not read says nothing of any document.
func FuzzReadAnswer(f *testing.F) {
	for _, body := range []string{answerFiltered, answerFull, `{"errors":false}`, `{"items":[{"create":{"status":201,"error":{"type":"a","reason":"\u0041"}}}],"errors":true}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := readAnswer(body)
		n, ok := countCreated(body)
		if !json.Valid(body) {
			if ok {
				t.Fatalf("%q: %d are created", body, n)
			}
			return
		}
		if ok && (err != nil || got.errors || len(got.items) != n) {
			t.Fatalf("%d are created, %+v, %v", n, got, err)
		}
		if err != nil {
			return
		}
		var want struct {
			Items []map[string]json.RawMessage
		}
		// Keys that come twice, or in another case, are read in another way.
		if strings.Count(strings.ToLower(string(body)), "items") != 1 || strings.Contains(string(body), `\`) || json.Unmarshal(body, &want) != nil {
			return
		}
		if len(want.Items) != len(got.items) {
			t.Fatalf("%d items, want %d", len(got.items), len(want.Items))
		}
	})
}

func BenchmarkReadAnswer(b *testing.B) {
	const items = 4000
	created := createdBegin + strings.Repeat(createdItem+",", items-1) + createdItem + createdEnd
	for name, body := range map[string]string{"created": created, "conflicts": strings.ReplaceAll(created, "201", "409")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := countCreated([]byte(body)); !ok {
					if a, err := readAnswer([]byte(body)); err != nil || len(a.items) != items {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/items, "ns/item")
		})
	}
}
