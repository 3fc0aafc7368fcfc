package chart

import (
	"strings"
	"testing"
)

// The notes of an installation say how to see the first record, with each backend.
func TestNotes(t *testing.T) {
	needsHelm(t)
	for backend, flags := range backends {
		out, err := Helm(append([]string{"install", "agent", Folder, "--namespace", Namespace, "--dry-run=client", "--set", "backend=" + backend}, flags...)...)
		if err != nil {
			t.Fatal(err)
		}
		_, notes, _ := strings.Cut(out, "NOTES:")
		_, first, _ := strings.Cut(notes, "See the first record:\n\n")
		first, _, _ = strings.Cut(first, "\n")
		if strings.TrimSpace(first) == "" || !strings.Contains(notes, "kubectl -n logging rollout status daemonset/agent\n") {
			t.Errorf("%s: %s", backend, notes)
		}
	}
}
