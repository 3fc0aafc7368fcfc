package header

import (
	"os"
	"strings"
	"testing"
)

// Texts without a logger's header have no severity, whatever words they contain. They stay
// so behind a byte order mark, and in another's message.
func TestOrdinaryTextsHaveNone(t *testing.T) {
	data, err := os.ReadFile("testdata/ordinary.txt")
	if err != nil {
		t.Fatal(err)
	}
	n, heading := 0, false
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		if heading = strings.HasPrefix(line, "# ") && !strings.Contains(line, ": "); heading {
			continue
		}
		n++
		for name, encode := range encodings {
			for _, text := range []string{line, "\xef\xbb\xbf" + line, line + "\r", line + "\nERROR: the second line"} {
				if got := severityOf(encode(text)); got != 0 {
					t.Errorf("%s: %q: %v", name, text, got)
				}
			}
		}
	}
	if n < 400 {
		t.Errorf("%d texts", n)
	}
}
