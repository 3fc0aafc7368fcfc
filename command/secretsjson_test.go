package command

import (
	"encoding/json"
	"strings"
	"testing"
)

// A text in JSON loses what looks like a credential, and nothing else.
func TestCredentialsInJSON(t *testing.T) {
	const given = `{"dead_letters":[{"text":"password=hunter2 <b>","records":12345678901234567890}],"secret":true,"none":null}`
	got := string(withoutCredentialsJSON([]byte(given)))
	var one, other any
	if err := json.Unmarshal([]byte(strings.Replace(given, "hunter2", "(not shown)", 1)), &one); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(got), &other); err != nil || !strings.Contains(got, "12345678901234567890") || !strings.Contains(got, "password=(not shown) <b>") {
		t.Error(got, err)
	}
	if a, b := mustJSON(t, one), mustJSON(t, other); a != b {
		t.Errorf("%s, not %s", b, a)
	}
	if got := string(withoutCredentialsJSON([]byte("token=abcdef no JSON"))); strings.Contains(got, "abcdef") {
		t.Error(got)
	}
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
