package multiline

import (
	"math/rand"
	"os"
	"strings"
	"testing"
)

// knownJoined is how many lines of dense streams join another one. It never goes up. They
// begin a trace behind the error of a logger, which no rule can tell from its trace.
const knownJoined = 72

// Records of one line each, of some hundred programs, stand alone in any order.
func TestDenseStreams(t *testing.T) {
	var lines []string
	for _, name := range []string{"programs.txt", "fresh.txt", "ordinary.txt"} {
		data, err := os.ReadFile("../header/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			if name != "ordinary.txt" {
				_, line, _ = strings.Cut(line, "\t")
			}
			if line != "" && !strings.Contains(line, `\n`) {
				lines = append(lines, strings.ReplaceAll(line, `\e`, "\x1b"))
			}
		}
	}
	if len(lines) < 2000 {
		t.Fatalf("%d lines", len(lines))
	}
	random, joined := rand.New(rand.NewSource(1)), 0
	for range 10 {
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		for _, text := range grouped(all, Container, lines, plain) {
			if joined += strings.Count(text, "\n"); strings.Contains(text, "\n") {
				t.Logf("joined:\n%s", text)
			}
		}
	}
	if joined > knownJoined {
		t.Errorf("%d lines are joined, and %d were", joined, knownJoined)
	}
}
