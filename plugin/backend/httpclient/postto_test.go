package httpclient

import (
	"io"
	"net/http"
	"testing"
)

// A second request goes where the first was answered, with the load balancer's
// mark, the credentials, and a body as it is.
func TestPostTo(t *testing.T) {
	requests := 0
	client, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		got, _ := io.ReadAll(r.Body)
		cookies, encoding := r.Header.Get("Cookie"), r.Header.Get("Content-Encoding")
		if requests == 2 && (string(got) != "question" || cookies != "node=7; b=c" || encoding != "" || r.URL.Path != "/ack" ||
			r.Header.Get("Authorization") != "Bearer "+secret || r.Header.Get("A") != "b") {
			t.Errorf("%s %q, headers %v", r.URL, got, r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "node", Value: "7", Path: "/elsewhere"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "c"})
	})
	client.header.Set("Content-Encoding", "gzip")
	answer, err := client.Post(t.Context(), body("x"))
	if err != nil || answer.Endpoint.String() != u.String() || client.Endpoint() != answer.Endpoint {
		t.Fatalf("%v, %v", answer, err)
	}
	if _, err := client.PostTo(t.Context(), answer.Endpoint.JoinPath("../ack"), []byte("question"),
		answer.AppendCookies([]Header{{Name: "A", Value: "b"}})...); err != nil || requests != 2 {
		t.Error(err)
	}
	if headers := new(Answer).AppendCookies(nil); headers != nil {
		t.Error(headers)
	}
}
