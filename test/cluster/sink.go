package cluster

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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

// Written is what arrived of one run of a container.
type Written struct {
	Lines    map[int]int  // how often each line arrived
	Torn     map[int]bool // lines of which a first piece came alone, flagged
	Identity Identity     // of the first record
	Metadata map[string]any
	Wrong    int // records of another identity
}

// Sink is a backend that takes JSON lines from the pods, and counts the numbered ones.
type Sink struct {
	*httptest.Server
	Down atomic.Bool // whether the sink answers 503

	mu      sync.Mutex
	writers map[string]*Written
	others  map[string][]other // by the namespace, pod and container
}

// other is a record that is no numbered line: a piece of one.
type other struct {
	text    string
	partial bool
}

func (o other) String() string {
	return fmt.Sprintf("%.60s… %d bytes, partial %t", o.text, len(o.text), o.partial)
}

// NewSink returns a sink that listens on the address of the node.
func NewSink() (*Sink, error) {
	listener, err := net.Listen("tcp", nodeIP+":0")
	if err != nil {
		return nil, err
	}
	s := &Sink{writers: map[string]*Written{}, others: map[string][]other{}}
	s.Server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(s.serve)}}
	s.Start()
	return s, nil
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
	for lines := json.NewDecoder(bufio.NewReader(body)); ; {
		var next record
		if err := lines.Decode(&next); err == io.EOF {
			break
		} else if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		records = append(records, next)
	}
	s.take(records)
}

type record struct {
	Partial    bool            `json:"partial"`
	Log        string          `json:"log"`
	Kubernetes json.RawMessage `json:"kubernetes"`
}

func (s *Sink) take(records []record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		var from Identity
		_ = json.Unmarshal(r.Kubernetes, &from)
		name, n, ok := numbered.Parse(r.Log)
		if !ok {
			container := strings.Join([]string{from.Namespace, from.Pod, from.Container}, "/")
			s.others[container] = append(s.others[container], other{r.Log, r.Partial})
			if n == 0 || !r.Partial {
				continue
			}
		}
		w := s.writers[name]
		if w == nil {
			w = &Written{Lines: map[int]int{}, Torn: map[int]bool{}, Identity: from}
			_ = json.Unmarshal(r.Kubernetes, &w.Metadata)
			s.writers[name] = w
		}
		if w.Identity != from {
			w.Wrong++
		}
		if !ok {
			w.Torn[n] = true
			continue
		}
		w.Lines[n]++
	}
}

// Arrived returns how many different lines of a writer arrived, whole or in pieces.
func (s *Sink) Arrived(writer string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.writers[writer]
	if w == nil {
		return 0
	}
	n := len(w.Lines)
	for line := range w.Torn {
		if w.Lines[line] == 0 {
			n++
		}
	}
	return n
}

// Total returns how many different lines arrived of all writers.
func (s *Sink) Total() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.writers {
		n += len(w.Lines)
	}
	return n
}

// Writers returns what arrived, by writer. Nothing may arrive any more.
func (s *Sink) Writers() map[string]*Written { return s.writers }
