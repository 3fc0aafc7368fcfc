package multiline

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// heldoutRight is how many of the held-out texts are right. It never goes down.
const heldoutRight = 76

// heldout is a text that was written before the rules that it tests, and the
// records that it is to become.
type heldout struct {
	name string
	want []string
}

// readHeldout reads the texts. A line "%%%% name" begins one, and "%%" divides
// two records.
func readHeldout(t *testing.T) (texts []heldout) {
	t.Helper()
	data, err := os.ReadFile("testdata/heldout.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n%%%% ") {
		name, text, _ := strings.Cut(strings.TrimPrefix(text, "%%%% "), "\n")
		texts = append(texts, heldout{name, strings.Split(text, "\n%%\n")})
	}
	return texts
}

func TestHeldout(t *testing.T) {
	right := 0
	texts := readHeldout(t)
	for _, text := range texts {
		want := append([]string{"plain before"}, append(text.want, "plain after")...)
		lines := strings.Split(strings.Join(want, "\n"), "\n")
		if got := grouped(all, Container, lines, plain); slices.Equal(got, want) {
			right++
		} else {
			t.Logf("%s:\n%s", text.name, strings.Join(got, "\n--------\n"))
		}
	}
	t.Logf("%d of %d are right", right, len(texts))
	if right < heldoutRight {
		t.Errorf("%d texts are right, and %d were", right, heldoutRight)
	}
}
