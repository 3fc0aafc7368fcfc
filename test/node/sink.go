// Package node runs real container runtimes on this machine, rotates their log files as the
// kubelet does, and compares what a backend gets with what is in the files.
package node

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/k8slog/k8slog/test/node/numbered"
)

// Identity is the writer of a record, as the agent says it.
type Identity struct {
	Namespace string `json:"namespace_name"`
	Pod       string `json:"pod_name"`
	Container string `json:"container_name"`
	ID        string `json:"docker_id"`
	UID       string `json:"pod_id"`
}

// Sink is a backend that takes JSON lines and counts the numbered lines among them.
type Sink struct {
	*httptest.Server
	// Down lets the sink answer 503.
	Down atomic.Bool

	mu     sync.Mutex
	lines  map[string]map[int]int // by writer and number
	owners map[string]Identity    // by writer
	torn   map[string]map[int]int // lines of which the beginning came alone
	others []string               // texts that are no whole line
	wrong  int                    // records whose identity is not that of the writer's first
}

// NewSink returns a sink that listens on loopback.
func NewSink() *Sink {
	s := &Sink{lines: map[string]map[int]int{}, torn: map[string]map[int]int{}, owners: map[string]Identity{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

func (s *Sink) serve(w http.ResponseWriter, r *http.Request) {
	if s.Down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	var records []record
	for lines := bufio.NewReader(body); ; {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			var next record
			if json.Unmarshal(line, &next) != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			records = append(records, next)
		}
		if err == io.EOF {
			break
		} else if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	if len(records) > 0 && s.Down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.take(records)
}

type record struct {
	Log  string   `json:"log"`
	From Identity `json:"kubernetes"`
}

func (s *Sink) take(records []record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		writer, n, ok := numbered.Parse(r.Log)
		if !ok {
			if r.From.Namespace != "" {
				s.others = append(s.others, r.Log)
				if n > 0 {
					if s.torn[writer] == nil {
						s.torn[writer] = map[int]int{}
					}
					s.torn[writer][n]++
				}
			}
			continue
		}
		if s.lines[writer] == nil {
			s.lines[writer], s.owners[writer] = map[int]int{}, r.From
		}
		if s.owners[writer] != r.From {
			s.wrong++
		}
		s.lines[writer][n]++
	}
}

// Count returns how many different lines of a writer arrived, whole or in pieces.
func (s *Sink) Count(writer string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.lines[writer])
	for torn := range s.torn[writer] {
		if s.lines[writer][torn] == 0 {
			n++
		}
	}
	return n
}

// Total returns how many different lines arrived.
func (s *Sink) Total() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, lines := range s.lines {
		n += len(lines)
	}
	return n
}

// Missing returns the parts of the lines in the log files of a container that have not
// arrived, neither with their line nor alone. alone is the bytes of those that arrived alone.
func (s *Sink) Missing(files []string) (parts []Part, alone int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = Walk(files, func(l Line) {
		if l.Number > 0 && s.lines[l.Writer][l.Number] > 0 {
			return
		}
		for _, p := range l.Parts {
			if slices.ContainsFunc(s.others, func(other string) bool { return strings.Contains(other, p.Text) }) {
				alone += p.Bytes
			} else {
				parts = append(parts, p)
			}
		}
	})
	return parts, alone, err
}
