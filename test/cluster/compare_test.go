package cluster

import (
	"slices"
	"strings"
)

// compare compares what arrived with what was written, and with what of it the runtime has
// put into the files.
func (r *rig) compare(counts map[string]int) {
	logs, err := r.files.End()
	r.must(err)
	written, repeated, torn, unwritten, unknown := 0, 0, 0, 0, 0
	arrived := r.sink.Writers()
	said := func(pod string) (all []string) { // by the agents
		for _, l := range logs {
			for _, line := range l.Lines {
				if text := line.Text(); strings.HasPrefix(l.Container(), "logging/") && strings.Contains(text, pod) {
					all = append(all, text)
				}
			}
		}
		return all
	}
	for _, l := range logs {
		failed := len(r.faults)
		t := r.judge(l, counts)
		if len(r.faults) > failed {
			pod := strings.Split(l.Container(), "/")[1]
			r.Errorf("the first and the last line of each file of %s:\n%s\nwhat the agents say of its pod:\n%s", l.Container(), strings.Join(l.Ends, "\n"), strings.Join(said(pod), "\n"))
		}
		torn += t.torn
		unwritten += t.unwritten
	}
	for name, n := range counts {
		written += n
		w := arrived[name]
		if w == nil {
			r.Errorf("%s: nothing of %d lines", name, n)
			continue
		}
		again := 0
		for _, times := range w.Lines {
			again += times - 1
		}
		if again > 0 {
			r.Errorf("%s: %d lines came twice", name, again)
		}
		repeated += again
		if len(w.Lines) > n {
			r.Errorf("%s: %d lines, of %d written", name, len(w.Lines), n)
		}
		if w.Wrong > 0 {
			r.Errorf("%s: %d records are said to be of another container than the first", name, w.Wrong)
		}
		wrong, known := r.pods.Compare(w)
		if wrong != "" {
			r.Errorf("%s: %+v: %s", name, w.Identity, wrong)
		}
		if !known {
			unknown++
		}
		if !strings.HasPrefix(name, w.Identity.Pod+"."+w.Identity.Container+".") {
			r.Errorf("%s: the identity is %+v", name, w.Identity)
		}
	}
	for name := range arrived {
		if _, ok := counts[name]; !ok {
			r.Errorf("%s: lines of a writer that has not ended", name)
		}
	}
	r.Logf("%d runs of containers, %d of which the API server did not name; %d lines written, %d of them in no file, %d in flagged pieces, %d repeated",
		len(counts), unknown, written, unwritten, torn, repeated)
}

// verdict is about the lines of one container that did not arrive whole.
type verdict struct{ torn, unwritten int }

// judge compares what arrived of a container with its files. A line that the runtime has cut
// may come in pieces: each says that it is one, but for the last one, which may.
func (r *rig) judge(l Log, counts map[string]int) (v verdict) {
	inFiles := map[string]map[int]string{} // by writer and number
	for _, line := range l.Lines {
		if line.Number > 0 {
			if inFiles[line.Writer] == nil {
				inFiles[line.Writer] = map[int]string{}
			}
			inFiles[line.Writer][line.Number] = line.Text()
		}
	}
	container := l.Container()
	others := r.sink.others[container]
	for writer, texts := range inFiles {
		w := r.sink.Writers()[writer]
		if w == nil {
			continue // compare says so
		}
		var missing []int
		for n := 1; n <= counts[writer]; n++ {
			if text, is := texts[n]; w.Lines[n] > 0 {
				// The agent was stopped before the piece that it had sent counted as delivered.
				others = slices.DeleteFunc(others, func(o other) bool {
					return o.partial && strings.HasPrefix(text, o.text) || len(o.text) > 0 && strings.HasSuffix(text, o.text)
				})
			} else if !is {
				v.unwritten++
			} else if rest, ok := takePieces(others, text); ok {
				others = rest
				v.torn++
			} else {
				missing = append(missing, n)
			}
		}
		if len(missing) > 0 {
			r.Errorf("%s: %d of %d lines are missing, although they are in the files, among them %v", writer, len(missing), counts[writer], missing[:min(len(missing), 10)])
		}
	}
	if len(inFiles) > 0 && len(others) > 0 {
		r.Errorf("%s: records that are no line, nor a piece of one: %v", container, others[:min(len(others), 10)])
	}
	return v
}

// takePieces returns the others without the pieces of a line; false when they are not there.
func takePieces(others []other, line string) (rest []other, ok bool) {
	for i, o := range others {
		if o.text == "" || !strings.HasPrefix(line, o.text) || !o.partial && len(o.text) < len(line) {
			continue
		}
		rest = slices.Delete(slices.Clone(others), i, i+1)
		if len(o.text) == len(line) {
			return rest, true
		}
		if rest, ok = takePieces(rest, line[len(o.text):]); ok {
			return rest, true
		}
	}
	return others, false
}
