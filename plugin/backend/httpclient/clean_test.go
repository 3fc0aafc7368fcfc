package httpclient

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/plugin/backend"
)

// hostile are characters that change what a terminal or a page shows: controls of
// 7 and of 8 bits, marks of direction, separators, and what has no width.
const hostile = "\x00\x07\x08\r\n\x1b[31m\x7f\x9b31m\x9d0;t\x9c\u0080\u0085\u009b2J\u009d" +
	"\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\ufff9" +
	"\u00ad\u034f\u115f\u3164\ufe0f\U000e0001\U000e0041"

// checkVisible fails unless text is one short line of visible characters.
func checkVisible(t testing.TB, text string) {
	t.Helper()
	for _, r := range text {
		if r < ' ' || r >= 0x7f && r <= 0xa0 || strings.ContainsRune(hostile, r) && r > 0x7f && r != utf8.RuneError {
			t.Fatalf("%q has %U", text, r)
		}
	}
	if !utf8.ValidString(text) || len(text) > oneline.MaxText+len("…") || strings.Contains(text, "  ") {
		t.Fatalf("%q", text)
	}
}

func TestCleanLeavesVisibleCharacters(t *testing.T) {
	s := newSecrets(nil, nil)
	checkVisible(t, s.clean(hostile+"text"+hostile))
	for text, want := range map[string]string{
		"a\u202eb\u2066c":    "abc",
		"a\u200bb\ufeff":     "ab",
		"a\u2028b\u0085c":    "a b c",
		"\x1b[31mred":        "[31mred",
		"\x9b31mred":         "\ufffd31mred",
		"\u009b31mred":       "31mred",
		"größer, 日本, \u05d0": "größer, 日本, \u05d0",
	} {
		if got := s.clean(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Whoever answers may quote a secret in another form than it was sent in.
func TestCleanMasksSecretsInAllForms(t *testing.T) {
	const word = `hunter2/+"é&<pass word>`
	s := newSecrets(nil, []string{word, base64.StdEncoding.EncodeToString([]byte("me:" + word))})
	escaped, _ := json.Marshal(word)
	for name, quoted := range map[string]string{
		"plain": word, "query": url.QueryEscape(word), "path": url.PathEscape(word), "JSON": string(escaped),
		"lower query": strings.ToLower(url.QueryEscape(word)), "twice": url.QueryEscape(url.QueryEscape(word)),
		"lower": strings.ToLower(word), "upper": strings.ToUpper(word),
		"hex": hex.EncodeToString([]byte(word)), "upper hex": strings.ToUpper(hex.EncodeToString([]byte(word))),
		"base64": base64.StdEncoding.EncodeToString([]byte(word)), "raw base64": base64.RawStdEncoding.EncodeToString([]byte(word)),
		"base64 for URLs": base64.URLEncoding.EncodeToString([]byte(word)), "basic": base64.StdEncoding.EncodeToString([]byte("me:" + word)),
		"basic of somebody else": base64.StdEncoding.EncodeToString([]byte("x:" + word + ":y")),
		"escaped base64":         url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(word))),
		"escaped slashes":        strings.ReplaceAll(string(escaped), "/", `\/`),
		"invisible inside":       "hunter2/+\u200b\"é&<pass\u202e word>",
		"in two lines":           "hunter2/+\"é&<pass\nword>",
	} {
		got := s.clean("before " + quoted + " after")
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || strings.Contains(strings.ToLower(got), "hunter2") || len(got) > 60 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What an answer says is cleaned before anybody sees it.
func TestHostileAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		_, _ = w.Write([]byte(hostile + r.Header.Get("Authorization") + hostile))
	}))
	defer server.Close()
	u, _ := url.Parse(server.URL)
	c, err := New(Config{Endpoints: []*url.URL{u}, Header: http.Header{"Authorization": {"Bearer hunter2hunter2"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, err := c.Post(t.Context(), backend.Body{})
	if err != nil {
		t.Fatal(err)
	}
	checkVisible(t, a.Text)
	checkVisible(t, a.Failure().Error())
	if strings.Contains(a.Text, "hunter2") {
		t.Error(a.Text)
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte(hostile), "hunter2hunter2")
	f.Add([]byte("hunter2\u200bhunter2"), "hunter2hunter2")
	f.Add([]byte(strings.Repeat("ä", 1000)), "a b c d e")
	f.Fuzz(func(t *testing.T, text []byte, secret string) {
		s := newSecrets(nil, []string{secret})
		got := s.clean(string(text))
		checkVisible(t, got)
		if secret = strings.Join(strings.Fields(secret), " "); len(secret) >= 12 && oneline.Visible(secret) == secret && !strings.Contains(secret, "…") &&
			s.mask(secret) == "…" && strings.Contains(got, secret) {
			t.Fatalf("%q shows %q", got, secret)
		}
	})
}
