package plugin

import (
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

// The other stream is first to write into the new file, and the line or text
// that is split goes on one or more chunks later.
func TestRestsBehindTheOtherStream(t *testing.T) {
	for _, c := range []struct {
		name             string
		old, anew, wants string // lines; a bar is where a chunk ends
	}{
		{"a piece", "oF first,oP a", "eF e|oF b,oF last", "first,ab,e,last"},
		{"a text", "oF first,oF java.lang.Error: a", "eF e|oF \tat a.B.c(D.java:1),oF last", "first,java.lang.Error: a\n\tat a.B.c(D.java:1),e,last"},
		{"a line behind a text", "oF first,oF java.lang.Error: a,oP \tat", "eF e|oF  a.B.c(D.java:1),oF last", "first,java.lang.Error: a\n\tat a.B.c(D.java:1),e,last"},
		{"several chunks", "oF first,oP a", "eF e|eF f,eF g|eP h|oP b,eF i,oF c", "first,abc,e,f,g,hi"},
		{"two lines in pieces", "oF first,oF java.lang.Error: a,oP java.lang", "oF .Error: b,oP \tat,oF  a.B.c(D.java:1),oF last",
			"first,java.lang.Error: a,java.lang.Error: b\n\tat a.B.c(D.java:1),last"},
		{"both streams", "oF first,oP a,eP 1", "eP 2|oF b,eF 3", "first,ab,123"},
	} {
		for _, together := range []bool{false, true} {
			r := receive(t, nil)
			in, _ := start(t, multilineOptions(r))
			old, anew := chunktest.File{Path: podPath}, chunktest.File{Path: podPath}
			chunks := [][]byte{appendLines(&old, nil, c.old)}
			for i, lines := range strings.Split(c.anew, "|") {
				if i == 0 && together {
					chunks[0] = appendLines(&anew, chunks[0], lines)
				} else {
					chunks = append(chunks, appendLines(&anew, nil, lines))
				}
			}
			t.Run(c.name, func(t *testing.T) {
				end := beginWith(t, in, r, chunks[0])
				flushAll(t, in, chunks[1:]...)
				end()
				sameRecords(t, in, r, strings.Split(c.wants, ",")...)
			})
		}
	}
}

func appendLines(f *chunktest.File, c []byte, lines string) []byte {
	for line := range strings.SplitSeq(lines, ",") {
		c = f.Append(c, cri(map[byte]string{'o': "out", 'e': "err"}[line[0]], line[1:2], line[3:]))
	}
	return c
}

// The old file goes on behind the new one's first lines: what is open belongs
// to it.
func TestOldFileGoesOnBehindTheOtherStream(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, multilineOptions(r))
	old, anew := chunktest.File{Path: podPath}, chunktest.File{Path: podPath}
	end := beginWith(t, in, r, appendLines(&old, nil, "oF first,oP a"))
	for _, c := range [][]byte{appendLines(&anew, nil, "eF e"), appendLines(&old, nil, "oF b"), appendLines(&anew, nil, "oF c")} {
		flushAll(t, in, c)
	}
	end()
	sameRecords(t, in, r, "first", "ab", "c", "e")
}

// What comes too late is known to be the rest. What was written long after the
// beginning is another line.
func TestLateRestsBehindTheOtherStream(t *testing.T) {
	for time, flagged := range map[string][]string{"10:00:00": {"a", "b"}, "10:00:01": {"a"}} {
		r := receive(t, nil)
		in, _ := start(t, joiningOptions(r, "50ms"))
		old, anew := chunktest.File{Path: podPath}, chunktest.File{Path: podPath}
		end := beginWith(t, in, r, appendLines(&old, nil, "oF first,oP a"))
		flushAll(t, in, appendLines(&anew, nil, "eF e"))
		end()
		rest := strings.Replace(cri("out", "F", "b"), "10:00:00", time, 1)
		if status := in.Flush(workerThread, "containers", anew.Append(nil, rest)); status != OK {
			t.Error(status)
		}
		got := r.got()
		if slices.Sort(got); !slices.Equal(got, []string{"a", "b", "e", "first"}) || !slices.Equal(r.gotPartial(), flagged) {
			t.Errorf("%s: got %q, flagged %q", time, got, r.gotPartial())
		}
	}
}
