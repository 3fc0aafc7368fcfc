package plugin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/chunktest"
)

// split is a text of several lines, as it stands in a file of some kind.
type split struct {
	path  string
	lines []string // with the envelope of the runtime
	want  string
	other string // a line that belongs to nothing
}

const kubeletPath = "/var/log/kubelet.log"

// splits are texts that may be split by a rotation.
func splits() map[string]split {
	block := []string{
		`E1122 10:00:00.000000       1 a.go:1] "Failed" err=<`, "\tfirst", "\tsecond", "\tthird", ` > pod="default/a"`,
	}
	trace := split{path: podPath, want: javaTrace, other: "other"}
	for line := range strings.SplitSeq(javaTrace, "\n") {
		trace.lines = append(trace.lines, cri("err", "F", line))
	}
	trace.other = cri("err", "F", trace.other)
	return map[string]split{
		"a container's trace": trace,
		"a component's block": {
			path: kubeletPath, lines: block, want: strings.Join(block, "\n"),
			other: `{"ts":1763805600000,"v":0,"msg":"Other"}`,
		},
	}
}

// text is what becomes of a line that stands alone.
func (s split) text(line string) string {
	if s.path == podPath {
		return strings.SplitN(line, " ", 4)[3]
	}
	return line
}

// eachSplit runs a test for each text and each place where it may be split.
func eachSplit(t *testing.T, test func(t *testing.T, s split, cut int)) {
	for name, s := range splits() {
		for cut := 1; cut < len(s.lines); cut++ {
			t.Run(fmt.Sprint(name, " before line ", cut), func(t *testing.T) { test(t, s, cut) })
		}
	}
}

func sameRecords(t *testing.T, in *Instance, r *receiver, want ...string) {
	t.Helper()
	got := r.got()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(r.gotPartial()) > 0 {
		t.Errorf("got %q, want %q, flagged %q", got, want, r.gotPartial())
	}
	if b := in.Balance(); b.Received != b.Delivered || b.Pending != 0 {
		t.Error(b)
	}
}

// A text that is split by a rotation inside a chunk, between other lines.
func TestTextsRotatedInsideAChunk(t *testing.T) {
	eachSplit(t, func(t *testing.T, s split, cut int) {
		r := receive(t, nil)
		in, _ := start(t, multilineOptions(r))
		old, anew := chunktest.File{Path: s.path, Offset: 4711}, chunktest.File{Path: s.path}
		c := old.Append(nil, append([]string{s.other}, s.lines[:cut]...)...)
		c = anew.Append(c, append(slices.Clone(s.lines[cut:]), s.other)...)
		if in.Flush(engineThread, "containers", c) != OK {
			t.Error("not delivered")
		}
		sameRecords(t, in, r, s.text(s.other), s.want, s.text(s.other))
	})
}

// Between chunks, the new file's first line alone in one: the chunk with the
// beginning is acknowledged last.
func TestTextsRotatedBetweenChunks(t *testing.T) {
	eachSplit(t, func(t *testing.T, s split, cut int) {
		r := receive(t, nil)
		in, _ := start(t, multilineOptions(r))
		old, anew := chunktest.File{Path: s.path}, chunktest.File{Path: s.path, Read: time.Second}
		one := old.Append(nil, append([]string{s.other}, s.lines[:cut]...)...)
		two := anew.Append(nil, s.lines[cut])
		three := anew.Append(nil, append(slices.Clone(s.lines[cut+1:]), s.other)...)
		for w := range 4 { // the instance learns of its workers
			in.Flush(workerThread+w, "nothing", nil)
		}
		done := make(chan Status, 3)
		for i, c := range [][]byte{one, two, three} {
			go func() { done <- in.Flush(workerThread+i, "containers", c) }()
			for i == 0 && in.Balance().Delivered == 0 {
				time.Sleep(time.Millisecond)
			}
			if len(done) > 0 {
				t.Error("acknowledged while its text is open")
			}
		}
		for range 3 {
			if <-done != OK {
				t.Error("not delivered")
			}
		}
		sameRecords(t, in, r, s.text(s.other), s.want, s.text(s.other))
	})
}

// alone are the lines of a text that nothing joins.
func (s split) alone(lines []string) (all []string) {
	for _, line := range lines {
		all = append(all, s.text(line))
	}
	return all
}

// tail reads the new file, whose lines might be the rest, and then the old one
// on, which has the rest.
func TestTextsRotatedWhileTheAgentLags(t *testing.T) {
	eachSplit(t, func(t *testing.T, s split, cut int) {
		r := receive(t, nil)
		in, _ := start(t, multilineOptions(r))
		old, anew := chunktest.File{Path: s.path, Offset: 4711}, chunktest.File{Path: s.path}
		last := len(s.lines) - 1
		c := old.Append(nil, s.lines[:cut]...)
		c = anew.Append(c, s.lines[last], s.other)
		c = old.Append(c, s.lines[cut:]...)
		in.Flush(engineThread, "containers", c)
		sameRecords(t, in, r, s.want, s.text(s.lines[last]), s.text(s.other))
	})
}

// What the new file begins with is no rest: other lines, or it is much later.
func TestTextsThatEndWithTheFile(t *testing.T) {
	s := splits()["a container's trace"]
	late := strings.Replace(cri("err", "F", "\tat a.B.c(D.java:1)"), "10:00:00", "10:00:30", 1)
	early := strings.Replace(late, "10:00:30", "09:59:59", 1)
	otherStream := cri("out", "F", "\tat a.B.c(D.java:1)")
	for _, lines := range [][]string{{s.other}, {s.other, s.lines[1]}, {late}, {early}, {otherStream}} {
		r := receive(t, nil)
		in, _ := start(t, multilineOptions(r))
		old, anew := chunktest.File{Path: s.path, Offset: 4711}, chunktest.File{Path: s.path}
		in.Flush(engineThread, "containers", anew.Append(old.Append(nil, s.lines...), lines...))
		sameRecords(t, in, r, append(s.alone(lines), s.want)...)
	}
}

// What the rest is by itself does not matter where it is one: neither what
// begins inside of it, nor what would go on behind it.
func TestRestsThatLookLikeTextsThemselves(t *testing.T) {
	s := splits()["a container's trace"]
	block := splits()["a component's block"]
	crash := "\tpanic: in the block"
	for _, c := range []struct {
		path            string
		old, anew, want []string
	}{
		{podPath, s.lines[:3], s.lines[3:], []string{javaTrace}},
		// The block ends behind its line, and a trace with that line would not.
		{podPath, []string{cri("err", "F", block.lines[0])}, []string{s.lines[1], s.lines[3], s.lines[4]},
			[]string{block.lines[0] + "\n" + s.text(s.lines[1]), strings.Join(s.alone(s.lines[3:5]), "\n")}},
		{kubeletPath, block.lines[:1], []string{crash, "\tmain.main()", " >", "goroutine 1 [running]:"},
			[]string{block.lines[0] + "\n" + crash + "\n\tmain.main()\n >", "goroutine 1 [running]:"}},
	} {
		r := receive(t, nil)
		in, _ := start(t, multilineOptions(r))
		old, anew := chunktest.File{Path: c.path, Offset: 4711}, chunktest.File{Path: c.path}
		in.Flush(engineThread, "containers", anew.Append(old.Append(nil, c.old...), c.anew...))
		sameRecords(t, in, r, c.want...)
	}
}

// Two lines of a trace in pieces, of which one is split as well.
func TestPiecesOfATraceAcrossARotation(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, multilineOptions(r))
	old, anew := chunktest.File{Path: podPath, Offset: 4711}, chunktest.File{Path: podPath}
	c := old.Append(nil, cri("err", "F", "java.lang.Error: a"), cri("err", "P", "\tat a.B.c"))
	c = anew.Append(c, cri("err", "F", "(D.java:1)"), cri("err", "P", "\tat a.B."), cri("out", "F", "x"), cri("err", "F", "d(D.java:2)"), cri("err", "F", "y"))
	in.Flush(engineThread, "containers", c)
	sameRecords(t, in, r, "java.lang.Error: a\n\tat a.B.c(D.java:1)\n\tat a.B.d(D.java:2)", "x", "y")
}

// A text that goes on in the new file is cut where it is as long as may be, as
// it is inside of one file.
func TestTextsAcrossARotationAreBounded(t *testing.T) {
	r := receive(t, nil)
	options := multilineOptions(r)
	options["multiline_lines"] = "4"
	in, _ := start(t, options)
	s := splits()["a container's trace"]
	old, anew := chunktest.File{Path: s.path, Offset: 4711}, chunktest.File{Path: s.path}
	in.Flush(engineThread, "containers", anew.Append(old.Append(nil, s.lines[:3]...), append(s.lines[3:], s.other)...))
	want := []string{strings.Join(s.alone(s.lines[:4]), "\n"), strings.Join(s.alone(s.lines[4:]), "\n")}
	if got := r.got(); !slices.Equal(got, append(want, s.text(s.other))) || !slices.Equal(r.gotPartial(), want) {
		t.Errorf("got %q, flagged %q", got, r.gotPartial())
	}
}
