package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A start is refused with the names of the option and the file, and without what
// the file holds.
func TestTokenWithItsType(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("Bearer s3cret-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(&testHost{options: map[string]string{
		"backend": "loki", "endpoint": "http://127.0.0.1:1", "authorization_file": token, "dead_letter_path": filepath.Join(dir, "letters"),
	}}, 0)
	if err == nil || strings.Contains(err.Error(), "s3cret") ||
		err.Error() != `option authorization_file: "`+token+`" begins with the word Bearer, which belongs in authorization_type (now Bearer); allowed: the token alone, in one line` {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "letters")); err == nil {
		t.Error("a start that is refused has made a file")
	}
}
