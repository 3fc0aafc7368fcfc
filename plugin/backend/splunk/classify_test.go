package splunk

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/test/fake"
)

func TestAnswers(t *testing.T) {
	const before, behind = "[ok rejected again]", "[rejected again again]"
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{200, `{"text":"Success","code":0}`, "ok"},
		{200, `{"text":"Success","code":0,"ackId":3}`, "ok"},
		{200, `"OK"`, "ok"}, {200, "", "ok"}, {204, "", "ok"}, {200, "ok\n", "ok"},
		{200, `<html>sign in</html>`, "again"}, {200, "sign in", "again"}, {402, "", "again"}, {406, "", "again"}, {409, "", "again"}, {415, "", "again"},
		{400, "Client sent an HTTP request to an HTTPS server.", "again"}, {431, "", "again"}, {499, "", "again"}, {200, `{}`, "again"}, {200, `{"code":9}`, "again"},
		{403, `{"text":"Token disabled","code":1}`, "again"},
		{401, `{"text":"Token is required","code":2}`, "again"},
		{401, `{"text":"Invalid authorization","code":3}`, "again"},
		{403, `{"text":"Invalid token","code":4}`, "again"},
		{400, `{"text":"No data","code":5}`, "again"},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":1}`, before},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":0}`, behind},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":3}`, "rejected, some"},
		{400, `{"text":"Invalid data format","code":6,"invalid-event-number":-1}`, "rejected, some"},
		{400, `{"text":"Invalid data format","code":6}`, "rejected, some"},
		{400, `{"text":"Incorrect index","code":7,"invalid-event-number":1}`, "again"},
		{500, `{"text":"Internal server error","code":8}`, "again"},
		{503, `{"text":"Server is busy","code":9}`, "throttled"},
		{503, `{"text":"Server is busy","code":9,"invalid-event-number":2}`, "throttled"},
		{400, `{"text":"Data channel is missing","code":10}`, "again"},
		{400, `{"text":"Invalid data channel","code":11}`, "again"},
		{400, `{"text":"Event field is required","code":12,"invalid-event-number":1}`, before},
		{400, `{"text":"Event field cannot be blank","code":13,"invalid-event-number":1}`, before},
		{400, `{"text":"ACK is disabled","code":14}`, "again"},
		{400, `{"text":"Error in handling indexed fields","code":15,"invalid-event-number":1}`, before},
		{400, `{"text":"Query string authorization is not enabled","code":16}`, "again"},
		{503, `{"text":"HEC is unhealthy, queues are full","code":18}`, "again"},
		{400, `{"text":"Invalid token","code":21}`, "again"},
		{503, `{"text":"Server is shutting down","code":23}`, "again"},
		{429, `{"text":"Queue at capacity","code":26}`, "throttled"},
		{413, `{"text":"Request entity too large","code":27}`, "too large"},
		{413, `too large`, "too large"},
		{400, "", "again"}, {422, "", "again"}, {410, "", "again"}, {404, "", "again"}, {404, `{"text":"not found","code":404}`, "again"}, {408, "", "again"},
		{429, "", "throttled"}, {502, "", "again"}, {302, "", "again"},
	} {
		a := &httpclient.Answer{Status: c.status, Body: []byte(c.body), Text: c.body}
		if _, err := (rules{}).classify(a, 3); kind(err) != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.body, kind(err), c.want)
		}
	}
	// What was indexed before the refused event is not known to be safe.
	a := &httpclient.Answer{Status: 400, Body: []byte(`{"code":6,"invalid-event-number":1}`)}
	if _, err := (rules{ack: true}).classify(a, 3); kind(err) != "[again rejected again]" {
		t.Error(kind(err))
	}
}

// A bad event among good ones: those before it are taken, and only it is refused.
func TestBadEvent(t *testing.T) {
	server := fake.Splunk{Token: token}
	b := newBackend(t, &server)
	records := texts("a", "b", "c")
	source := pod()
	source.Rendered = b.Render(source)
	var frames [][]byte
	for i := range records {
		e := b.NewEncoder()
		records[i].Source = source
		e.Append(&records[i])
		frame := e.Frame()
		if i == 1 {
			frame = []byte(strings.Replace(string(frame), `"event":"b"`, `"event":" "`, 1))
		}
		frames = append(frames, frame)
	}
	body, err := b.Pack(frames)
	if err != nil {
		t.Fatal(err)
	}
	body.Items = 3
	if got := kind(b.Send(t.Context(), body)); got != "[ok rejected again]" || len(server.Events()) != 1 {
		t.Errorf("%s, %d events", got, len(server.Events()))
	}
}

func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{`{"text":"Success","code":0}`, `{"code":6,"invalid-event-number":1}`, `"OK"`, `{"acks":{"0":true}}`, `{"code":1e400}`} {
		f.Add(200, seed)
		f.Add(400, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		a := &httpclient.Answer{Status: status, Body: []byte(body), Text: body}
		for _, o := range []rules{{}, {ack: true, manyIndexes: true}} {
			_, err := o.classify(a, 3)
			got := kind(err)
			if got == "ok" && status/100 != 2 {
				t.Errorf("%d %q is a success", status, body)
			}
			if strings.HasPrefix(got, "[") && strings.Count(got, " ") != 2 {
				t.Errorf("%d %q: %s", status, body, got)
			}
		}
	})
}
