package plugin

import (
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

const (
	goCrash  = "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1"
	pyTrace  = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x()\nValueError: x"
	logTrace = "2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed\n" + javaTrace
	logEnd   = "I1122 10:00:00.000000       1 a.go:1] end" // nothing goes on behind it, and it ends what is above
)

// texts are what a program writes, each a record.
var texts = []string{"begin", javaTrace, "2026-11-22 10:00:00 INFO a", goCrash, "Trace of nothing", "2026-11-22 10:00:00 INFO b", pyTrace, "Value", "", logEnd}

// pieces cuts the lines of texts anywhere, as a runtime does that writes what
// it has read so far.
func pieces(random *rand.Rand, docker bool, texts []string) (all []string) {
	for line := range strings.SplitSeq(strings.Join(texts, "\n"), "\n") {
		for random.Intn(3) > 0 {
			n := random.Intn(len(line) + 1)
			if docker && n == 0 { // it writes no empty pieces
				break
			}
			if docker {
				all = append(all, dockerLineOf(line[:n]))
			} else {
				all = append(all, cri("err", "P", line[:n]))
			}
			line = line[n:]
		}
		if docker {
			all = append(all, dockerLineOf(line+"\n"))
		} else {
			all = append(all, cri("err", "F", line))
		}
	}
	return all
}

// What a line is, and whether it goes on with the text above it, the whole line
// tells, wherever it and the chunk are cut.
func TestLinesInSmallPieces(t *testing.T) {
	for seed := range int64(60) {
		random := rand.New(rand.NewSource(seed))
		r := receive(t, nil)
		in, _ := start(t, multilineOptions(r))
		file := chunktest.File{Path: podPath}
		texts, cuts := append(slices.Clone(texts), logTrace, logEnd), random.Intn(4)
		lines := pieces(random, seed%2 == 0, texts)
		var chunks [][]byte
		for range cuts {
			at := random.Intn(len(lines))
			chunks = append(chunks, file.Append(nil, lines[:at]...))
			lines = lines[at:]
		}
		chunks = append(chunks, file.Append(nil, lines...))
		chunks = slices.DeleteFunc(chunks, func(c []byte) bool { return len(c) == 0 })
		flushAll(t, in, chunks...)
		got, want := r.got(), texts
		if len(chunks) > 1 { // they go out side by side
			slices.Sort(got)
			want = slices.Sorted(slices.Values(texts))
		}
		if !slices.Equal(got, want) || len(r.gotPartial()) > 0 {
			t.Errorf("seed %d, %d chunks: got %q, flagged %q", seed, len(chunks), got, r.gotPartial())
		}
	}
}

// A line that is cut by a rotation, behind a text that it does not go on with,
// or does.
func TestACutLineBehindATextAcrossARotation(t *testing.T) {
	for _, c := range []struct{ piece, rest, want string }{
		{"2026-11-22 10:00:00 IN", "FO a", "java.lang.Error: a|2026-11-22 10:00:00 INFO a|" + logEnd},
		{"tried", " a", "java.lang.Error: a|tried a|" + logEnd},
		{"Trace", "back (most recent call last):", "java.lang.Error: a|Traceback (most recent call last):|" + logEnd},
		{"\ta", "t a.B.c(D.java:1)", "java.lang.Error: a\n\tat a.B.c(D.java:1)|" + logEnd},
		{"Caus", "ed by: java.lang.Error: b", "java.lang.Error: a\nCaused by: java.lang.Error: b|" + logEnd},
	} {
		for _, together := range []bool{true, false} {
			r := receive(t, nil)
			in, _ := start(t, multilineOptions(r))
			old, anew := chunktest.File{Path: podPath}, chunktest.File{Path: podPath}
			one := old.Append(nil, cri("out", "F", "first"), cri("err", "F", "java.lang.Error: a"), cri("err", "P", c.piece))
			if together {
				in.Flush(engineThread, "containers", anew.Append(one, cri("err", "F", c.rest), cri("err", "F", logEnd)))
			} else {
				end := beginWith(t, in, r, one)
				flushAll(t, in, anew.Append(nil, cri("err", "F", c.rest), cri("err", "F", logEnd)))
				end()
			}
			sameRecords(t, in, r, append(strings.Split(c.want, "|"), "first")...)
		}
	}
}

// Chunks that end anywhere in traces with a logger's header give the records of one chunk.
func TestCutsOfTracesWithHeaders(t *testing.T) {
	kinds := []string{
		"2026-11-22 10:00:00 ERROR c.e.Foo : failed %d\njava.lang.IllegalStateException: first %d\nsecond %d\n\tat a.B.c(D.java:1)\n\t... 2 more",
		"2026-11-22 10:00:00 ERROR shop failed %d\n" + pyTrace + "\n\nDuring handling of the above exception, another exception occurred:\n\n" + pyTrace + " %d",
		"java.lang.IllegalStateException: alone %d\nnot a part %d",
		kafkaTrace + " %d", javaTrace + " %d", goCrash + " %d",
		"2026-11-22 10:00:00 INFO ordinary %d", "plain %d", "2026-11-22 10:00:00 WARN nothing follows %d", "",
	}
	for seed := range int64(40) {
		random := rand.New(rand.NewSource(seed))
		var lines []string
		for i := range 4 + random.Intn(12) {
			text := strings.ReplaceAll(kinds[random.Intn(len(kinds))], "%d", strconv.Itoa(i))
			for line := range strings.SplitSeq(text, "\n") {
				lines = append(lines, cri("err", "F", line))
			}
		}
		lines = append(lines, cri("err", "F", logEnd))
		var got [2][]string
		for i, cuts := range []int{0, 1 + random.Intn(5)} {
			r := receive(t, nil)
			in, _ := start(t, multilineOptions(r))
			file, rest := chunktest.File{Path: podPath}, lines
			var chunks [][]byte
			for range cuts {
				at := random.Intn(len(rest))
				if at > 0 {
					chunks = append(chunks, file.Append(nil, rest[:at]...))
				}
				rest = rest[at:]
			}
			flushAll(t, in, append(chunks, file.Append(nil, rest...))...)
			if b := in.Balance(); !b.Balanced() || b.Pending != 0 || len(r.gotPartial()) > 0 {
				t.Errorf("seed %d: %v, flagged %q", seed, b, r.gotPartial())
			}
			got[i] = slices.Sorted(slices.Values(r.got()))
		}
		if !slices.Equal(got[0], got[1]) {
			t.Errorf("seed %d: got\n%q, want\n%q", seed, got[1], got[0])
		}
	}
}
