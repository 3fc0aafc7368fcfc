package e2e

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// pieceSize is where docker and containerd cut.
const pieceSize = 16 << 10

// writer writes the log file of a container: two streams, whose lines and
// pieces stand in any order.
type writer struct {
	file   strings.Builder
	docker bool
	open   [2]string // what is left of a stream's line
}

// step writes the next piece of a line; a new one with a text when there is none.
func (w *writer) step(stream int, text func() string) {
	if w.open[stream] == "" {
		w.open[stream] = text() + "\n"
	}
	rest := w.open[stream]
	piece := rest[:min(len(rest), pieceSize)]
	w.open[stream] = rest[len(piece):]
	name := []string{"stdout", "stderr"}[stream]
	if w.docker {
		fmt.Fprintf(&w.file, `{"log":%q,"stream":"%s","time":"2026-11-22T10:00:00Z"}`+"\n", piece, name)
		return
	}
	tag, whole := "P", strings.HasSuffix(piece, "\n")
	if whole {
		tag, piece = "F", piece[:len(piece)-1]
	}
	fmt.Fprintf(&w.file, "2026-11-22T10:00:00Z %s %s %s\n", name, tag, piece)
}

// Long lines in pieces, of two streams, in files that are many chunks each and
// there from the beginning: every line arrives once and whole.
func TestLinesInPieces(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		random := rand.New(rand.NewSource(1))
		want := map[string][]string{}
		total := 0
		for c := range 2 {
			w := writer{docker: c == 0}
			pod := fmt.Sprint("web-", c)
			text := func() string {
				n := len(want[pod])
				line := fmt.Sprintf("%s/%d %s", pod, n, strings.Repeat(fmt.Sprint(n%10), random.Intn(60<<10)))
				want[pod] = append(want[pod], line)
				return line
			}
			for range 400 {
				w.step(random.Intn(2), text)
			}
			for stream := range 2 {
				for w.open[stream] != "" {
					w.step(stream, nil)
				}
			}
			total += len(want[pod])
			write(t, filepath.Join(dir, "node/var/log/containers", pod+"_default_web-"+id64+".log"), w.file.String())
		}
		path := filepath.Join(dir, "records")
		s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path)
		s.eventually("all lines", func() bool { return countLines(path) >= total })
		s.stop()
		got := map[string][]string{}
		for _, r := range records(t, path) {
			if r.Partial || r.Undecoded {
				t.Errorf("%.40q is flagged", *r.Log)
			}
			pod := fmt.Sprint(r.Kubernetes["pod_name"])
			got[pod] = append(got[pod], *r.Log)
		}
		sameTexts(t, got, want)
	})
}

// openPieces are options with time enough for whatever a machine does between.
const openPieces = `    workers 4
    path_key path
    offset_key offset
    flush_deadline 60s
    join_wait 15s
`

// piecesConf tails a folder with one tag, and buffers on disk where the agent can.
func piecesConf(a agent.Agent, dir, path string) string {
	conf := containerConf(filepath.Join(dir, "containers"), openPieces+"    backend file\n    file_path "+path+"\n")
	input := "all\n    path_key path\n    offset_key offset\n    rotate_wait 30\n    db " + filepath.Join(dir, "db")
	conf = strings.Replace(conf, "grace          10", "grace          70", 1)
	if a.Real {
		input += "\n    storage.type filesystem"
		conf = strings.Replace(conf, "[SERVICE]\n", "[SERVICE]\n    storage.path "+filepath.Join(dir, "storage")+"\n    storage.checksum off\n", 1)
	}
	return strings.Replace(conf, "kube.*", input, 1)
}

func appendTo(t *testing.T, path string, lines ...string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if _, err := f.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// texts are the different texts that were delivered, sorted.
func texts(t *testing.T, path string) (all []string) {
	for _, r := range records(t, path) {
		all = append(all, *r.Log)
		if r.Partial {
			t.Errorf("%q is flagged", *r.Log)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Fluent Bit is killed while a line is open: nothing of it was acknowledged,
// and it is joined with the rest that is written afterwards.
func TestKilledWhilePiecesAreOpen(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		if !a.Real {
			t.Skip("the test host keeps nothing on disk")
		}
		needsMajor(t, a, 5, "the chunks on the disk come after what is read since the start before")
		dir := t.TempDir()
		path := filepath.Join(dir, "records")
		log := filepath.Join(dir, "containers", "web-1_default_web-"+id64+".log")
		write(t, log, "")
		appendTo(t, log, containerLines("F first", "P one ", "P two ")...)
		conf := piecesConf(a, dir, path)
		s := run(t, a, conf)
		s.eventually("the first line", func() bool { return countLines(path) >= 1 })
		s.Kill()
		appendTo(t, log, containerLines("P three ", "F four", "F last")...)
		s = run(t, a, conf)
		s.eventually("the joined line", func() bool { return slices.Contains(texts(t, path), "one two three four") })
		s.eventually("the last line", func() bool { return slices.Contains(texts(t, path), "last") })
		s.stop()
		if got := texts(t, path); !slices.Equal(got, []string{"first", "last", "one two three four"}) {
			t.Errorf("got %q", got)
		}
	})
}
