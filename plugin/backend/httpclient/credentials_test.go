package httpclient

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// quoting answers with all that it knows of who asks, in all the ways in which
// servers quote, unless the header is want.
type quoting struct {
	header, want string

	mu       sync.Mutex
	requests int
	got      string
}

func (q *quoting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.requests++
	q.got = r.Header.Get(q.header)
	if q.got == q.want {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, word, _ := strings.Cut(q.got, " ")
	user, password, _ := r.BasicAuth()
	fmt.Fprintf(w, "no: %s %q %s %s %s, user %s, password %s %s",
		q.got, q.got, html.EscapeString(word), url.QueryEscape(word), base64.StdEncoding.EncodeToString([]byte(word)), user, password, strconv.Quote(password))
}

func (q *quoting) accept(value string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.want = value
}

// refused fails unless the server said no without a secret in the answer.
func refused(t *testing.T, client *Client, secrets ...string) {
	t.Helper()
	got := post(t, client)
	if !strings.Contains(got, "401") || !strings.Contains(got, "no: ") {
		t.Errorf("got %q", got)
	}
	for _, secret := range secrets {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in %q", secret, got)
		}
	}
}

func TestTokensAreRotated(t *testing.T) {
	const one, two, three = "first-token/+&<>", "second-token", "third-token-that-is-longer"
	q := &quoting{header: "Authorization", want: "ApiKey " + one}
	_, u := serve(t, q.ServeHTTP)
	path := file(t, []byte(one+"\n"))
	client := open(t, Config{Endpoints: []*url.URL{u}, Credentials: Credentials{Scheme: "ApiKey", File: path}})
	says(t, post(t, client), "")

	// Changed at the server first: the 401 makes the next request look again.
	q.accept("ApiKey " + two)
	refused(t, client, one, "first-token")
	put(t, path, []byte(two))
	says(t, post(t, client), "")

	// Changed in the file first: within a second it is noticed.
	put(t, path, []byte("  "+three+"\r\n"))
	q.accept("ApiKey " + three)
	aSecondLater(client)
	says(t, post(t, client), "")

	// While the file is gone, empty, or no header, the last token counts.
	for _, broken := range []func(){
		func() { _ = os.Remove(path) },
		func() { put(t, path, nil) },
		func() { put(t, path, []byte(" \n")) },
		func() { put(t, path, []byte("two\nlines")) },
		func() { put(t, path, []byte("a\x00b")) },
	} {
		broken()
		for range 2 {
			aSecondLater(client)
			says(t, post(t, client), "")
		}
	}
	// Half a token is one; the rest of it is seen, too.
	put(t, path, []byte(one[:9]))
	q.accept("ApiKey " + one)
	aSecondLater(client)
	refused(t, client, one[:9], three)
	put(t, path, []byte(one))
	says(t, post(t, client), "")
	// What was secret a moment ago still is.
	if got := client.Clean("it was " + one[:9] + ", it is " + one); got != "it was …, it is …" {
		t.Errorf("%q", got)
	}
}

// A file that is written in place, with the same length.
func TestAFileWrittenInPlaceIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	now := time.Now()
	w := &watched{paths: []string{path}}
	for i, c := range []struct {
		content string
		age     time.Duration // of what was written, when it is looked at
		want    bool
	}{
		{"a", time.Hour, true}, {"a", time.Hour + lookAgain, false}, {"b", time.Minute, true}, {"b", time.Minute + lookAgain, false},
		{"cc", time.Minute, true}, {"d", 0, true},
		{"e", lookAgain, true}, // in the same tick: its stamp is that of before
		{"e", 2 * lookAgain, false},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		look := now.Add(time.Duration(i) * lookAgain)
		stamp := look.Add(-c.age)
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
		if got := w.changed(look); got != c.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

func TestPasswordsAndHeadersFromFiles(t *testing.T) {
	q := &quoting{header: "Authorization"}
	_, u := serve(t, q.ServeHTTP)
	password, key := file(t, []byte("pass:word \"1\"\n")), file(t, []byte("the-api-key"))
	client := open(t, Config{
		Endpoints: []*url.URL{u}, Header: http.Header{"X-Other": {"plain"}},
		Credentials: Credentials{
			BasicUser: "me", BasicPasswordFile: password,
			HeaderFiles: []HeaderFile{{Name: "X-Api-Key", Path: key}, {Name: "X-Two", Path: key}},
		},
	})
	basic := base64.StdEncoding.EncodeToString([]byte(`me:pass:word "1"`))
	refused(t, client, "pass:word", basic)
	if q.got != "Basic "+basic {
		t.Errorf("sent %q", q.got)
	}
	put(t, password, []byte("another-one"))
	refused(t, client, "another-one")
	if q.got != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:another-one")) {
		t.Errorf("sent %q", q.got)
	}
	q.header = "X-Api-Key"
	put(t, key, []byte("the-next-key"))
	refused(t, client, "the-next-key")
	if q.got != "the-next-key" || client.header.Get("X-Api-Key") != "" {
		t.Errorf("sent %q", q.got)
	}
	q.header = "X-Other"
	if post(t, client); q.got != "plain" {
		t.Errorf("sent %q", q.got)
	}
}

// A change while many requests are under way.
func TestCredentialsUnderWay(t *testing.T) {
	_, u := serve(t, ok)
	path := file(t, []byte("token-0"))
	client := open(t, Config{Endpoints: []*url.URL{u}, MaxAge: time.Nanosecond, Credentials: Credentials{Scheme: "Bearer", File: path}})
	var posts sync.WaitGroup
	for range 4 {
		posts.Go(func() {
			for range 25 {
				says(t, post(t, client), "")
				client.credentials.suspect()
				_ = client.Clean("token-1")
			}
		})
	}
	for i := range 20 {
		put(t, path, fmt.Appendf(nil, "token-%d", i))
	}
	posts.Wait()
}

func TestSecretsOfProxies(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://me:proxy-password@proxy:port")
	t.Setenv("http_proxy", "us:other-password@proxy")
	got := newSecrets(nil, proxySecrets()).clean(`invalid proxy address "http://me:proxy-password@proxy:port"; proxy-password other-password`)
	if strings.Contains(got, "password") {
		t.Error(got)
	}
}
