package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// receiver takes any request, undoes its compression, and looks for the numbers of
// the lines in it, in whatever format.
type receiver struct {
	server  *http.Server
	address string
	delay   time.Duration

	requests, bytes, plain atomic.Int64

	mu       sync.Mutex
	seen     []bool
	distinct int
	repeated int
	ages     []time.Duration // of the lines of the ordinary node
	live     bool
	each     func(n int, age time.Duration) // is told of each line once; nil for nobody
}

func newReceiver(delay time.Duration, live bool) (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{address: listener.Addr().String(), delay: delay, live: live}
	r.server = &http.Server{Handler: r}
	go func() { _ = r.server.Serve(listener) }()
	return r, nil
}

func (r *receiver) close() { _ = r.server.Close() }

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	packed := new(bytes.Buffer)
	if _, err := packed.ReadFrom(request.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	now := time.Now()
	body, err := unpack(request.Header.Get("Content-Encoding"), packed.Bytes())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.requests.Add(1)
	r.bytes.Add(int64(packed.Len()))
	r.plain.Add(int64(len(body)))
	time.Sleep(r.delay)
	w.WriteHeader(http.StatusOK)
	r.count(now, body)
}

var decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0))

// unpack undoes a Content-Encoding.
func unpack(encoding string, body []byte) ([]byte, error) {
	switch encoding {
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case "zstd":
		return decoder.DecodeAll(body, nil)
	case "snappy":
		return snappy.Decode(nil, body)
	}
	return body, nil
}

// count notes the lines of a body: marker, eight digits, a dash, and when it was
// written, in microseconds.
func (r *receiver) count(now time.Time, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	const size = 8 + 1 + 16
	for {
		i := bytes.Index(body, []byte(marker))
		if i < 0 || len(body) < i+len(marker)+size {
			return
		}
		body = body[i+len(marker):]
		n, err := strconv.Atoi(string(body[:8]))
		if err != nil {
			continue
		}
		if grow := n + 1 - len(r.seen); grow > 0 {
			r.seen = append(r.seen, make([]bool, grow)...)
		}
		if r.seen[n] {
			r.repeated++
			continue
		}
		r.seen[n] = true
		r.distinct++
		micros, err := strconv.ParseInt(string(body[9:size]), 10, 64)
		if err != nil {
			continue
		}
		age := now.Sub(time.UnixMicro(micros))
		if r.live {
			r.ages = append(r.ages, age)
		}
		if r.each != nil {
			r.each(n, age)
		}
	}
}

// arrived returns how many lines have come, and how many of them again.
func (r *receiver) arrived() (distinct, repeated int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.distinct, r.repeated
}

// age returns the age that a part of the lines, of 100, had at most when they came.
func (r *receiver) age(part int) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ages) == 0 {
		return 0
	}
	slices.Sort(r.ages)
	return r.ages[min(len(r.ages)*part/100, len(r.ages)-1)]
}
