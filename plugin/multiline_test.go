package plugin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

const javaTrace = `Exception in thread "main" java.lang.IllegalStateException: no order
	at com.example.Shop.order(Shop.java:42)
	at com.example.Main.main(Main.java:7)
Caused by: java.io.IOException: refused
	at com.example.Net.open(Net.java:9)
	... 2 more`

func multilineOptions(r *receiver) map[string]string {
	options := joiningOptions(r, "10s")
	options["multiline"] = "all"
	return options
}

// Traces of two containers, in the middle of other lines, one of them in
// docker's lines and in pieces.
func TestTracesInsideAChunk(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, multilineOptions(r))
	a := chunktest.File{Path: podPath}
	b := chunktest.File{Path: strings.Replace(podPath, "web-1", "web-2", 1)}
	data := b.Append(a.Append(nil, cri("err", "F", "begin a")), dockerLineOf("begin b\n"))
	for line := range strings.SplitSeq(javaTrace, "\n") {
		if half := len(line) / 2; half > 15 { // no runtime cuts before it can be seen what it is
			data = a.Append(data, cri("err", "P", line[:half]), cri("out", "F", "meanwhile"), cri("err", "F", line[half:]))
		} else {
			data = a.Append(data, cri("err", "F", line))
		}
		data = b.Append(data, dockerLineOf(line+"\n"))
	}
	data = b.Append(a.Append(data, cri("err", "F", "end a")), dockerLineOf("end b\n"))
	if status := in.Flush(engineThread, "containers", data); status != OK {
		t.Fatalf("status %d", status)
	}
	got := slices.DeleteFunc(r.got(), func(text string) bool { return text == "meanwhile" })
	slices.Sort(got)
	if want := []string{javaTrace, javaTrace, "begin a", "begin b", "end a", "end b"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if len(r.gotPartial()) > 0 {
		t.Errorf("flagged: %q", r.gotPartial())
	}
}

func dockerLineOf(text string) string {
	return strings.TrimSuffix(string(mustJSON(map[string]string{"log": text})), "}") + `,"stream":"stderr","time":"2026-11-22T10:00:00Z"}`
}

// A trace that is cut between chunks at any of its lines.
func TestTracesAcrossChunks(t *testing.T) {
	lines := strings.Split(javaTrace, "\n")
	for cut := 1; cut < len(lines); cut++ {
		r := receive(t, nil)
		in, _ := start(t, multilineOptions(r))
		file := chunktest.File{Path: podPath}
		var chunks [][]byte
		for _, part := range [][]string{lines[:cut], append(slices.Clone(lines[cut:]), "next", "last")} {
			var c []byte
			for _, line := range part {
				c = file.Append(c, cri("err", "F", line))
			}
			chunks = append(chunks, c)
		}
		flushAll(t, in, chunks...)
		got := r.got()
		slices.Sort(got)
		if !slices.Equal(got, []string{javaTrace, "last", "next"}) || len(r.gotPartial()) > 0 {
			t.Errorf("cut before line %d: got %q", cut, got)
		}
	}
}

// What nothing continues is whole, and not flagged.
func TestTraceAtTheEnd(t *testing.T) {
	r := receive(t, nil)
	options := multilineOptions(r)
	options["join_wait"] = "50ms"
	in, _ := start(t, options)
	file := chunktest.File{Path: podPath}
	var c []byte
	for line := range strings.SplitSeq(javaTrace, "\n") {
		c = file.Append(c, cri("err", "F", line))
	}
	flushAll(t, in, c)
	flushAll(t, in, file.Append(nil, cri("err", "F", "next")))
	if got := r.got(); !slices.Equal(got, []string{javaTrace, "next"}) || len(r.gotPartial()) > 0 {
		t.Errorf("got %q, flagged %q", got, r.gotPartial())
	}
}

// The limits on lines and on time.
func TestTraceLimits(t *testing.T) {
	r := receive(t, nil)
	options := multilineOptions(r)
	options["multiline_lines"] = "4"
	in, _ := start(t, options)
	at := func(second int, text string) string {
		return fmt.Sprintf("2026-11-22T10:00:%02dZ stderr F %s", second, text)
	}
	flushAll(t, in, (&chunktest.File{Path: podPath}).Append(nil,
		at(0, "java.lang.Error: a"), at(0, "\tat a.B.c(D.java:1)"), at(0, "\tat a.B.c(D.java:2)"), at(0, "\tat a.B.c(D.java:3)"),
		at(0, "\tat a.B.c(D.java:4)"), at(0, "x"),
		at(1, "java.lang.Error: b"), at(30, "\tat a.B.c(D.java:1)"), at(30, "end"),
	))
	want := []string{
		"java.lang.Error: a\n\tat a.B.c(D.java:1)\n\tat a.B.c(D.java:2)\n\tat a.B.c(D.java:3)", "\tat a.B.c(D.java:4)", "x",
		"java.lang.Error: b", "\tat a.B.c(D.java:1)", "end",
	}
	if !slices.Equal(r.got(), want) || !slices.Equal(r.gotPartial(), want[:2]) {
		t.Errorf("got %q, flagged %q", r.got(), r.gotPartial())
	}
}
