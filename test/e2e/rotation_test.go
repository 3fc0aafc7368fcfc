package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// first is longer than what is written behind a rotation: tail knows a
// truncated file by its size.
var first = "first " + strings.Repeat(".", 200)

// rotated are files that are rotated in the middle of a text.
var rotated = map[string]struct {
	name      string
	old, anew []string // lines; the first one stands alone, and the last
	want      []string // texts, sorted
}{
	"a line in pieces": {
		name: "containers/web-1_default_web-" + id64 + ".log",
		old:  containerLines("F "+first, "P one ", "P two "),
		anew: containerLines("F three", "F last"),
		want: []string{first, "last", "one two three"},
	},
	"a trace": {
		name: "containers/web-1_default_web-" + id64 + ".log",
		old:  containerLines("F "+first, "F java.lang.IllegalStateException: boom", "F \tat a.B.c(D.java:1)"),
		anew: containerLines("F \tat a.B.c(D.java:2)", "F Caused by: java.io.IOException: refused", "F \tat a.B.c(D.java:3)", "F last"),
		want: []string{first, "java.lang.IllegalStateException: boom\n\tat a.B.c(D.java:1)\n\tat a.B.c(D.java:2)\n" +
			"Caused by: java.io.IOException: refused\n\tat a.B.c(D.java:3)", "last"},
	},
	"a component's block": {
		name: "log/kubelet.log",
		old:  []string{`I1122 10:00:00.000000       1 a.go:1] "First"`, `E1122 10:00:00.000000       1 a.go:1] "Failed" err=<`, "\tone"},
		anew: []string{"\ttwo", ` > pod="default/a"`, `I1122 10:00:00.000000       1 a.go:1] "Last"`},
		want: []string{
			`E1122 10:00:00.000000       1 a.go:1] "Failed" err=<` + "\n\tone\n\ttwo\n > pod=\"default/a\"",
			`I1122 10:00:00.000000       1 a.go:1] "First"`, `I1122 10:00:00.000000       1 a.go:1] "Last"`,
		},
	},
}

// containerLines are lines of a CRI runtime: P or F, and the text.
func containerLines(lines ...string) (all []string) {
	for _, line := range lines {
		all = append(all, "2026-11-22T10:00:00Z stdout "+line)
	}
	return all
}

// The file is renamed, or copied and truncated, in the middle of a text; its
// beginning is in a chunk that waits, and the rest comes in a chunk of its own.
func TestRotatedWhileATextIsOpen(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for name, c := range rotated {
			for _, how := range []string{"renamed", "truncated"} {
				t.Run(name+" "+how, func(t *testing.T) {
					dir := t.TempDir()
					path := filepath.Join(dir, "records")
					log := filepath.Join(dir, c.name)
					write(t, log, "")
					appendTo(t, log, c.old...)
					conf := strings.Replace(piecesConf(a, dir, path), openPieces, openPieces+"    multiline all\n", 1)
					conf = strings.Replace(conf, filepath.Join(dir, "containers"), filepath.Dir(log), 1)
					s := run(t, a, conf)
					s.eventually("the first line", func() bool { return countLines(path) >= 1 })
					if how == "renamed" {
						if err := os.Rename(log, filepath.Join(dir, "rotated")); err != nil {
							t.Fatal(err)
						}
					} else if err := os.Truncate(log, 0); err != nil {
						t.Fatal(err)
					}
					appendTo(t, log, c.anew...)
					s.eventually("all lines", func() bool { return countLines(path) >= 3 })
					s.stop()
					if got := texts(t, path); !slices.Equal(got, c.want) {
						t.Errorf("got %q", got)
					}
				})
			}
		}
	})
}
