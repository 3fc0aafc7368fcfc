package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// sink is the receiver: it reads and counts records, and may remember how old
// they were.
type sink struct {
	protocol *protocol
	server   *http.Server
	address  string
	records  atomic.Int64
	bytes    atomic.Int64
	requests atomic.Int64
	// inspect makes it read the time of each record, which costs the receiver.
	inspect bool
	// answersAfter is how long it takes to answer.
	answersAfter time.Duration

	mu    sync.Mutex
	delay []time.Duration
}

func newSink(p *protocol, inspect bool) (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{protocol: p, address: listener.Addr().String(), inspect: inspect}
	s.server = &http.Server{Handler: s}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	now := time.Now()
	buf := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(buf)
	buf.Reset()
	if _, err := buf.ReadFrom(body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n, err := s.protocol.count(r, buf.Bytes())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.bytes.Add(int64(buf.Len()))
	s.requests.Add(1)
	if s.inspect {
		s.note(now, buf.Bytes())
	}
	time.Sleep(s.answersAfter)
	s.protocol.answer(w, r, n)
	s.records.Add(int64(n))
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// note enters the age of each record: its docker time is when it was written.
func (s *sink) note(now time.Time, body []byte) {
	const key = `"time":"`
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range bytes.SplitSeq(body, []byte{'\n'}) {
		i := bytes.Index(line, []byte(key))
		if i < 0 {
			continue
		}
		rest := line[i+len(key):]
		end := max(bytes.IndexByte(rest, '"'), 0)
		if written, err := time.Parse(time.RFC3339Nano, string(rest[:end])); err == nil {
			s.delay = append(s.delay, now.Sub(written))
		}
	}
}

// percentile returns how old records were when they arrived.
func (s *sink) percentile(p int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.delay) == 0 {
		return 0
	}
	slices.Sort(s.delay)
	return s.delay[min(len(s.delay)*p/100, len(s.delay)-1)].Round(time.Millisecond)
}

func (s *sink) close() { _ = s.server.Close() }
