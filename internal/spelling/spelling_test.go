package spelling

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"multiline", "match", "redact", "set", "drop"}
	for misspelt, want := range map[string]string{
		"mutliline": "multiline", "mach": "match", "redacts": "redact", "filter": "", "s": "set", "x": "",
	} {
		if got := Nearest(misspelt, words); got != want {
			t.Errorf("%s: got %q, want %q", misspelt, got, want)
		}
	}
}
