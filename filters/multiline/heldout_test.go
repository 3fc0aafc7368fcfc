package multiline

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// heldout is a text that was written before the rules that it tests, and the
// records that it is to become.
type heldout struct {
	name string
	want []string
}

// readHeldout reads the texts. A line "%%%% name" begins one, and "%%" divides
// two records. The name of a text that does not come out right begins with "?".
func readHeldout(t *testing.T) (texts []heldout) {
	t.Helper()
	for _, file := range []string{"testdata/heldout.txt", "testdata/programs.txt", "testdata/fresh.txt", "testdata/tools.txt", "testdata/forecast.txt", "testdata/pods.txt", "testdata/clusters.txt", "testdata/namespaces.txt", "testdata/fleet.txt", "testdata/daily.txt", "testdata/weekly.txt", "testdata/monthly.txt"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n%%%% ") {
			name, text, _ := strings.Cut(strings.TrimPrefix(text, "%%%% "), "\n")
			texts = append(texts, heldout{name, strings.Split(text, "\n%%\n")})
		}
	}
	return texts
}

func TestHeldout(t *testing.T) {
	for _, text := range readHeldout(t) {
		want := append([]string{"plain before"}, append(text.want, "plain after")...)
		lines := strings.Split(strings.Join(want, "\n"), "\n")
		got := grouped(all, Container, lines, plain)
		if right := slices.Equal(got, want); right != !strings.HasPrefix(text.name, "?") {
			t.Errorf("%s: right %v:\n%s", text.name, right, strings.Join(got, "\n--------\n"))
		}
	}
}
