package httpclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/test/fake"
)

const clientSecret = "s3cret s3cret/+"

// tokenServer is a token endpoint whose tokens are numbered.
type tokenServer struct {
	issued, down atomic.Int64
	lifetime     int
	form         atomic.Value // url.Values of the last request
}

func (a *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	a.form.Store(r.PostForm)
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = url.QueryEscape(r.PostForm.Get("client_id")), url.QueryEscape(r.PostForm.Get("client_secret"))
	}
	switch {
	case a.down.Load() > 0:
		w.WriteHeader(int(a.down.Load()))
		fmt.Fprintf(w, `{"error":"temporarily_unavailable","error_description":"not for %s"}`, r.PostForm.Encode()+r.Header.Get("Authorization"))
	case r.Method != http.MethodPost, r.Header.Get("Content-Type") != "application/x-www-form-urlencoded", r.PostForm.Get("grant_type") != "client_credentials":
		w.WriteHeader(400)
		fmt.Fprint(w, `{"error":"unsupported_grant_type"}`)
	case id != url.QueryEscape("the client") || secret != url.QueryEscape(clientSecret):
		w.WriteHeader(401)
		fmt.Fprint(w, `{"error":"invalid_client"}`)
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-number-%d","token_type":"bearer","expires_in":%d}`, a.issued.Add(1), a.lifetime)
	}
}

// tokens are those of an authority. In synthetic time its connections are dial.
func tokens(t *testing.T, a http.Handler, dial *fake.Memory, inForm bool) *Tokens {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(clientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var server *httptest.Server
	if dial != nil {
		server = dial.Serve(a)
	} else {
		server = httptest.NewServer(a)
	}
	t.Cleanup(server.Close)
	u, _ := url.Parse(server.URL + "/token?secret=in-the-query")
	source, err := ClientCredentials{
		TokenURL: u, ID: "the client", SecretFile: path, InForm: inForm, Params: url.Values{"scope": {"logs.write"}, "audience": {"a"}},
	}.Tokens()
	if err != nil {
		t.Fatal(err)
	}
	if dial != nil {
		source.transport.latest.DialContext = dial.Dial
	}
	t.Cleanup(source.close)
	return source
}

func TestClientCredentials(t *testing.T) {
	for _, inForm := range []bool{false, true} {
		a := &tokenServer{lifetime: 3600}
		got, err := tokens(t, a, nil, inForm).Token(t.Context())
		form, _ := a.form.Load().(url.Values)
		if err != nil || got != "token-number-1" || form.Get("scope") != "logs.write" || form.Get("audience") != "a" || form.Has("client_secret") != inForm {
			t.Errorf("%q, %v, %v", got, err, form)
		}
	}
}

// A token is fetched once for all who wait, ahead of its end without anybody waiting,
// and again when it has ended.
func TestTokensAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &tokenServer{lifetime: 3600}
		source := tokens(t, a, fake.NewMemory(), false)
		token := func() string {
			got, err := source.Token(t.Context())
			if err != nil {
				t.Error(err)
			}
			return got
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { token() })
		}
		all.Wait()
		time.Sleep(50 * time.Minute)
		if got := token(); got != "token-number-1" || a.issued.Load() != 1 {
			t.Errorf("%s, %d tokens", got, a.issued.Load())
		}
		time.Sleep(7 * time.Minute)
		if got := token(); got != "token-number-1" {
			t.Errorf("%s: it waited, though the token is valid", got)
		}
		synctest.Wait()
		if got := token(); got != "token-number-2" {
			t.Errorf("%s after the renewal", got)
		}
		time.Sleep(2 * time.Hour)
		if got := token(); got != "token-number-3" {
			t.Errorf("%s after the end", got)
		}
		source.transport.close()
	})
}

// While the endpoint fails, a valid token is used. Afterwards nobody waits for the
// endpoint more often than the pause between two requests allows.
func TestTokenEndpointFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &tokenServer{lifetime: 3600}
		source := tokens(t, a, fake.NewMemory(), false)
		if _, err := source.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.down.Store(503)
		time.Sleep(58 * time.Minute)
		for range 3 {
			if got, err := source.Token(t.Context()); err != nil || got != "token-number-1" {
				t.Errorf("%s, %v", got, err)
			}
			synctest.Wait()
		}
		time.Sleep(3 * time.Minute)
		for range 3 {
			_, err := source.Token(t.Context())
			if err == nil || !strings.Contains(err.Error(), "cannot get a token of") || !strings.Contains(err.Error(), "503") {
				t.Error(err)
			}
			for _, secret := range []string{clientSecret, url.QueryEscape(clientSecret), "in-the-query"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q is in %v", secret, err)
				}
			}
		}
		a.down.Store(0)
		time.Sleep(longestPause)
		if got, err := source.Token(t.Context()); err != nil || got != "token-number-2" {
			t.Errorf("%s, %v", got, err)
		}
		source.transport.close()
	})
}

func TestTokenAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"access_token":"abc"}`: "",
		`{"access_token":"abc","token_type":"Bearer","expires_in":"60"}`: "",
		`{"access_token":"abc","expires_in":1e99}`:                       "",
		`{"access_token":"abc","token_type":"mac"}`:                      "not Bearer",
		`{"access_token":""}`:                                            "no access_token",
		`{"access_token":"a\nb"}`:                                        "no value of a header",
		`{"access_token":"abc","expires_in":0}`:                          "expired already",
		`<html>sign in abc</html>`:                                       "no access_token",
		`[]`:                                                             "no access_token",
		``:                                                               "no access_token",
	} {
		token, lifetime, err := readToken(&Answer{Status: 200, Body: []byte(body), Text: body})
		switch {
		case want == "" && (err != nil || token != "abc" || lifetime <= 0 || lifetime > longestLifetime):
			t.Errorf("%s: %q, %v, %v", body, token, lifetime, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "abc")):
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	for _, status := range []int{302, 400, 401, 403, 404, 500, 503} {
		if _, _, err := readToken(&Answer{Status: status, Body: []byte(`{"access_token":"abc"}`)}); err == nil {
			t.Errorf("%d gives a token", status)
		}
	}
}

// client sends to a server with tokens of an authority.
func client(t *testing.T, server http.Handler, source *Tokens) *Client {
	t.Helper()
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	u, _ := url.Parse(s.URL)
	c, err := New(Config{Endpoints: []*url.URL{u, u}, ContentType: "text/plain", Tokens: source})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A token that was revoked is replaced within the same request, once, and no answer
// quotes either of them.
func TestRefusedToken(t *testing.T) {
	a := &tokenServer{lifetime: 3600}
	source := tokens(t, a, nil, false)
	good, requests := "token-number-1", 0
	c := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if r.Header.Get("Authorization") != "Bearer "+good {
			http.Error(w, "not with "+r.Header.Get("Authorization"), http.StatusUnauthorized)
		}
	}), source)
	post := func() *Answer {
		t.Helper()
		answer, err := c.Post(t.Context(), backend.Body{Parts: [][]byte{[]byte("x")}})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(answer.String(), "token-number") {
			t.Errorf("a token is in %s", answer)
		}
		return answer
	}
	if post().Status != 200 {
		t.Error("the first token is refused")
	}
	later := time.Now().Add(time.Minute)
	source.mu.Lock()
	source.now = func() time.Time { return later }
	source.mu.Unlock()
	if good = "token-number-2"; post().Status != 200 || requests != 3 {
		t.Errorf("%d requests", requests)
	}
	// A server that takes none of the tokens is asked twice, and then as often as requests come.
	good, requests = "none", 0
	for range 3 {
		if answer := post(); answer.Status != 401 {
			t.Error(answer)
		}
	}
	if requests > 6 || a.issued.Load() > 3 {
		t.Errorf("%d requests, %d tokens", requests, a.issued.Load())
	}
}

// Without a token no request is sent, and the endpoint in use stays.
func TestNoToken(t *testing.T) {
	a := &tokenServer{}
	a.down.Store(500)
	c := client(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request without a token") }), tokens(t, a, nil, false))
	_, err := c.Post(t.Context(), backend.Body{Parts: [][]byte{[]byte("x")}})
	var rejected *backend.Rejected
	if err == nil || errors.As(err, &rejected) || !strings.Contains(err.Error(), "cannot get a token") || c.at.Load() != 0 {
		t.Error(err)
	}
}

// Who waits for a token stops with its request.
func TestWaitingForAToken(t *testing.T) {
	over := make(chan struct{})
	source := tokens(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }), nil, false)
	defer close(over)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
