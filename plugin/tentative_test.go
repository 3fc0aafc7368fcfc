package plugin

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

const (
	kafkaHead  = "org.apache.kafka.common.KafkaException: no brokers"
	kafkaTrace = kafkaHead + "\n\ntried a\ntried b\n\tat a.B.c(D.java:1)"
)

// Lines that may be of a message are joined when a trace follows, and else go
// out alone and in their order, whatever ends them.
func TestTentativeLines(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for name, c := range map[string]struct {
		lines   []string // as cri keeps them, without the time; a bar is where a chunk ends
		want    []string
		partial []string
		options map[string]string
	}{
		"confirmed": {
			lines: []string{"F " + kafkaHead, "F ", "F tried a", "F tried b", "F \tat a.B.c(D.java:1)", "F next"},
			want:  []string{kafkaTrace, "next"},
		},
		"not confirmed": {
			lines: []string{"F " + kafkaHead, "F tried a", "F tried b", "F 2026-11-22 10:00:00 INFO next", "F \tat a.B.c(D.java:1)", "F end"},
			want:  []string{kafkaHead, "tried a", "tried b", "2026-11-22 10:00:00 INFO next", "\tat a.B.c(D.java:1)", "end"},
		},
		"another text": {
			lines: []string{"F " + kafkaHead, "F tried a", "F " + kafkaHead, "F tried b", "F \tat a.B.c(D.java:1)", "F end"},
			want:  []string{kafkaHead, "tried a", kafkaHead + "\ntried b\n\tat a.B.c(D.java:1)", "end"},
		},
		"a chunk ends": {
			lines: []string{"F " + kafkaHead, "F tried a", "|", "F tried b", "F \tat a.B.c(D.java:1)", "F end"},
			want:  []string{kafkaHead + "\ntried a\ntried b\n\tat a.B.c(D.java:1)", "end"},
		},
		"in the next chunk, confirmed": {
			lines: []string{"F " + kafkaHead, "|", "F tried a", "F tried b", "F \tat a.B.c(D.java:1)", "F next"},
			want:  []string{kafkaHead + "\ntried a\ntried b\n\tat a.B.c(D.java:1)", "next"},
		},
		"in the next chunk, not confirmed": {
			lines: []string{"F " + kafkaHead, "|", "F tried a", "F tried b", "F 2026-11-22 10:00:00 INFO next", "F end"},
			want:  []string{kafkaHead, "tried a", "tried b", "2026-11-22 10:00:00 INFO next", "end"},
		},
		"in the next chunk, which ends": {
			lines: []string{"F " + kafkaHead, "|", "F tried a", "F tried b", "|", "F \tat a.B.c(D.java:1)", "F end"},
			want:  []string{kafkaHead + "\ntried a\ntried b\n\tat a.B.c(D.java:1)", "end"},
		},
		"in chunks, not confirmed": {
			lines: []string{"F " + kafkaHead, "F tried a", "|", "F tried b", "P tried ", "F c", "|", "F tried d", "F 2026-11-22 10:00:00 INFO next", "F end"},
			want:  []string{kafkaHead, "tried a", "tried b", "tried c", "tried d", "2026-11-22 10:00:00 INFO next", "end"},
		},
		"a piece at the end, not confirmed": {
			lines: []string{"F " + kafkaHead, "F tried a", "P half ", "|", "F whole", "F tried b", "|", "F 2026-11-22 10:00:00 INFO next", "F end"},
			want:  []string{kafkaHead, "tried a", "half whole", "tried b", "2026-11-22 10:00:00 INFO next", "end"},
		},
		"a piece": {
			lines: []string{"F " + kafkaHead, "F tried a", "P half ", "F whole", "F \tat a.B.c(D.java:1)", "F end"},
			want:  []string{kafkaHead + "\ntried a\nhalf whole\n\tat a.B.c(D.java:1)", "end"},
		},
		"pieces, not confirmed": {
			lines: []string{"F " + kafkaHead, "F tried a", "P half ", "P and ", "F whole", "F tried b", "F 2026-11-22 10:00:00 INFO next", "F end"},
			want:  []string{kafkaHead, "tried a", "half and whole", "tried b", "2026-11-22 10:00:00 INFO next", "end"},
		},
		"a piece at the end": {
			lines: []string{"F " + kafkaHead, "F tried a", "P half ", "|", "F whole", "F \tat a.B.c(D.java:1)", "F end"},
			want:  []string{kafkaHead + "\ntried a\nhalf whole\n\tat a.B.c(D.java:1)", "end"},
		},
		"pieces of a frame": {
			lines: []string{"F " + kafkaHead, "F tried a", "P \tat a.B.c(D", "|", "F .java:1)", "F next"},
			want:  []string{kafkaHead + "\ntried a\n\tat a.B.c(D.java:1)", "next"},
		},
		"too many lines": {
			lines:   []string{"F " + kafkaHead, "F tried a", "F tried b", "F tried c", "F \tat a.B.c(D.java:1)", "F end"},
			want:    []string{kafkaHead, "tried a", "tried b", "tried c", "\tat a.B.c(D.java:1)", "end"},
			options: map[string]string{"multiline_lines": "3"},
		},
		"too many lines at the trace": {
			lines:   []string{"F " + kafkaHead, "F tried a", "F tried b", "F \tat a.B.c(D.java:1)", "F next"},
			want:    []string{kafkaHead + "\ntried a\ntried b", "\tat a.B.c(D.java:1)", "next"},
			partial: []string{kafkaHead + "\ntried a\ntried b", "\tat a.B.c(D.java:1)"},
			options: map[string]string{"multiline_lines": "3"},
		},
		"too many bytes": {
			lines:   []string{"F " + kafkaHead, "F " + long, "F " + long, "F \tat a.B.c(D.java:1)", "F next"},
			want:    []string{kafkaHead, long, long, "\tat a.B.c(D.java:1)", "next"},
			options: map[string]string{"join_bytes": "16KiB"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := receive(t, nil)
			options := multilineOptions(r)
			for k, v := range c.options {
				options[k] = v
			}
			in, _ := start(t, options)
			file := chunktest.File{Path: podPath}
			chunks := [][]byte{nil}
			for _, line := range c.lines {
				if line == "|" {
					chunks = append(chunks, nil)
					continue
				}
				last := len(chunks) - 1
				chunks[last] = file.Append(chunks[last], cri("err", line[:1], line[2:]))
			}
			flushAll(t, in, chunks...)
			got, want := r.got(), c.want
			if len(chunks) > 1 { // they go out side by side
				slices.Sort(got)
				want = slices.Sorted(slices.Values(want))
			}
			if !slices.Equal(got, want) || !slices.Equal(r.gotPartial(), c.partial) {
				t.Errorf("got %q, flagged %q", got, r.gotPartial())
			}
		})
	}
}

// Lines in the runtime's pieces: what the first one shows counts for all.
func TestPiecesOfTraces(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, multilineOptions(r))
	long := strings.Repeat("x", 16<<10)
	head, cause := "java.lang.IllegalStateException: "+long, "Caused by: java.io.IOException: "+long
	file := chunktest.File{Path: podPath}
	c := file.Append(nil,
		cri("err", "P", head[:16<<10]), cri("err", "F", head[16<<10:]), cri("err", "F", "tried a"), cri("err", "F", "\tat a.B.c(D.java:1)"),
		cri("err", "P", cause[:16<<10]), cri("err", "P", cause[16<<10:]), cri("err", "F", ""), cri("err", "F", "tried b"), cri("err", "F", "\t... 2 more"),
		cri("err", "F", "next"), cri("err", "F", head[:40]), cri("err", "F", "alone"), cri("err", "P", long), cri("err", "F", "y"), cri("err", "F", logEnd),
	)
	flushAll(t, in, c)
	want := []string{head + "\ntried a\n\tat a.B.c(D.java:1)\n" + cause + "\ntried b\n\t... 2 more", "next", head[:40], "alone", long + "y", logEnd}
	if got := r.got(); !slices.Equal(got, want) || len(r.gotPartial()) > 0 {
		t.Errorf("got %d texts, flagged %d", len(got), len(r.gotPartial()))
		for _, text := range got {
			t.Errorf("%.60q … %d", text, len(text))
		}
	}
}

// Lines of all kinds in any order, in chunks that end anywhere: each goes out
// once, and in one chunk in their order.
func TestTentativeProperties(t *testing.T) {
	kinds := []string{
		"F " + kafkaHead, "F Error: x", "F com.example.Rejected: x", "F ERROR failed", "F panic: x", "F app.rb:3:in 'f': x (Oops)",
		"F tried a", "F tried b", "F ", "F the end:", "F {", "F 2026-11-22 10:00:00 INFO next", "F \tat a.B.c(D.java:1)", "F    at f (/app/x.js:1:2)",
		"F Caused by: a.b.CException: x", "F goroutine 1 [running]:", "F Traceback (most recent call last):", "F ValueError: x", "P half ", "P \tat a.B.c(D.java",
	}
	for seed := range int64(60) {
		random := rand.New(rand.NewSource(seed))
		r := receive(t, nil)
		options := multilineOptions(r)
		options["join_wait"], options["request_timeout"] = "20ms", "30s"
		in, _ := start(t, options)
		file := chunktest.File{Path: podPath}
		var want []string
		whole := ""
		var chunks [][]byte
		for range 1 + random.Intn(3)*random.Intn(2) {
			var c []byte
			for range 1 + random.Intn(40) {
				kind := kinds[random.Intn(len(kinds))]
				c = file.Append(c, cri("err", kind[:1], kind[2:]))
				if whole += kind[2:]; kind[0] == 'F' {
					want, whole = append(want, whole), ""
				}
			}
			chunks = append(chunks, c)
		}
		if whole != "" { // no line is left open
			last := len(chunks) - 1
			chunks[last] = file.Append(chunks[last], cri("err", "F", "end"))
			want = append(want, whole+"end")
		}
		flushAll(t, in, chunks...)
		got, lines := strings.Join(r.got(), "\n"), strings.Join(want, "\n")
		if len(chunks) > 1 { // they go out side by side, and what was cut at their ends in pieces
			got, lines = sortedBytes(got), sortedBytes(lines)
		}
		if got != lines {
			t.Errorf("seed %d: got\n%q, want\n%q", seed, got, lines)
		}
		if b := in.Balance(); !b.Balanced() || b.Pending != 0 {
			t.Errorf("seed %d: %v", seed, b)
		}
	}
}

// sortedBytes sorts the bytes of a text but for its line feeds, which it leaves
// out.
func sortedBytes(text string) string {
	b := []byte(strings.ReplaceAll(text, "\n", ""))
	slices.Sort(b)
	return string(b)
}
