package reassemble

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/multiline"
	"github.com/k8slog/k8slog/plugin/chunk"
)

var container = &filters.Source{Kind: filters.Container}

// everything is all languages.
var everything = multiline.Set(1<<len(multiline.Languages) - 1)

// written is the lines of a chunk as a test puts them into a plan.
type written struct {
	*Plan
	texts   []string
	streams []filters.Stream
}

func (ra *Reassembler) chunk() *written {
	w := &written{Plan: ra.NewPlan()}
	w.Begin("tag", time.Now().Add(time.Minute), true, false)
	return w
}

// add adds a line that is read at a time. All are written at the same time.
func (w *written) add(offset int64, read time.Time, text string) int64 {
	return w.addTo("", offset, read, text)
}

// addTo is add for a stream.
func (w *written) addTo(stream string, offset int64, read time.Time, text string) int64 {
	at := chunk.Mark{Index: len(w.texts)}
	k, _ := filters.ParseStream([]byte(stream))
	w.texts, w.streams = append(w.texts, text), append(w.streams, k)
	end := offset + int64(len(text))
	w.Add(at, w.record(at), Line{File: []byte("file"), Begin: offset, End: end, Read: read.UnixNano()}, false)
	return end + 1
}

// record is the record behind a mark.
func (w *written) record(at chunk.Mark) *filters.Record {
	return &filters.Record{Source: container, Time: 1e18, Stream: w.streams[at.Index], Log: filters.PlainText([]byte(w.texts[at.Index]))}
}

// end ends the chunk, and returns its texts.
func (w *written) end() (all []string) {
	w.End(w.record, func(g *Group) *filters.Record {
		r := w.record(g.Members[0])
		r.Log = filters.PlainText([]byte(w.text(g)))
		return r
	})
	for i, text := range w.texts {
		switch g := w.Group(i); {
		case g == nil:
			all = append(all, text)
		case g.Members[0].Index == i:
			all = append(all, w.text(g))
		}
	}
	return all
}

func (w *written) text(g *Group) string {
	var lines []string
	for _, before := range g.Origins {
		text, _ := before.Record.Log.Plain()
		lines = append(lines, string(text))
	}
	for _, m := range g.Members {
		lines = append(lines, w.texts[m.Index])
	}
	return strings.Join(lines, "\n")
}

func newReassembler() *Reassembler {
	ra := New(Config{Wait: 10 * time.Second, Multiline: everything})
	ra.SetWorkers(8, false)
	return ra
}

// oneChunk puts a container's lines through a plan that waits for nobody, and
// returns the texts. A line is P for a piece or F for a last piece, and the
// text; behind a bar it has a field. What is not all of a text ends in "…".
func oneChunk(config Config, lines ...string) (texts []string) {
	p := New(config).NewPlan()
	p.Begin("tag", time.Now().Add(time.Minute), false, false)
	record := func(at chunk.Mark) *filters.Record {
		text, field, has := strings.Cut(lines[at.Index][2:], "|")
		r := &filters.Record{Source: container, Time: 1e18, Stream: filters.Stdout, Log: filters.PlainText([]byte(text))}
		if has {
			r.Fields = []filters.Field{{Key: []byte(field)}}
		}
		if lines[at.Index][0] == 'P' {
			r.Flags = filters.Partial
		}
		return r
	}
	offset := int64(0)
	for i := range lines {
		at := chunk.Mark{Index: i}
		end := offset + int64(len(lines[i]))
		p.Add(at, record(at), Line{File: []byte("file"), Begin: offset, End: end}, false)
		offset = end + 1
	}
	p.End(record, func(*Group) *filters.Record { return nil })
	p.Leave()
	for i := range lines {
		g := p.Group(i)
		if g == nil {
			g = &Group{Members: []chunk.Mark{{Index: i}}}
		}
		if g.Members[0].Index != i {
			continue
		}
		text, partial := "", true
		for _, at := range g.Members {
			if !partial {
				text += "\n"
			}
			r := record(at)
			partial = r.Flags&filters.Partial != 0
			text = string(r.Log.AppendPlain([]byte(text)))
		}
		if partial || g.Part {
			text += "…"
		}
		texts = append(texts, text)
	}
	return texts
}

type chunkTest struct {
	name        string
	config      Config
	lines, want []string
}

func runChunks(t *testing.T, tests []chunkTest) {
	for _, c := range tests {
		if got := oneChunk(c.config, c.lines...); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
