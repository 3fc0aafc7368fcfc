package status

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Watching is somebody who watches records; see tap.Subscriber.
type Watching interface {
	Lines() <-chan []byte
	TakeSkipped() int64
	Close()
}

// TapFunc begins to watch the records of a namespace, a pod and a container, empty for any, at
// so many a second; zero for the default.
type TapFunc func(namespace, pod, container string, perSecond int) (Watching, error)

const (
	// tapBeat is how often a stream says that it is there, and what was left out.
	tapBeat = 2 * time.Second
	// tapWrite is how long a reader may take for what is sent.
	tapWrite = 10 * time.Second
)

// serveTap streams records as lines of JSON. A line with the only member k8slog_tap is none:
// it has the number of records that were left out since the last such line.
func (s *Server) serveTap(w http.ResponseWriter, r *http.Request) {
	if s.config.Tap == nil {
		http.Error(w, "Nobody may watch records: set the option status_tap on.", http.StatusForbidden)
		return
	}
	q := r.URL.Query()
	perSecond := 0
	if text := q.Get("rate"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			http.Error(w, "rate is no number of records a second", http.StatusBadRequest)
			return
		}
		perSecond = n
	}
	watching, err := s.config.Tap(q.Get("namespace"), q.Get("pod"), q.Get("container"), perSecond)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer watching.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := http.NewResponseController(w)
	beat := time.NewTicker(tapBeat)
	defer beat.Stop()
	send := func(line []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(tapWrite))
		if _, err := w.Write(line); err != nil {
			return false
		}
		for len(watching.Lines()) > 0 { // several at a time
			if _, err := w.Write(<-watching.Lines()); err != nil {
				return false
			}
		}
		return out.Flush() == nil
	}
	ok := send(tapNote(0))
	for ok {
		select {
		case <-r.Context().Done():
			return
		case line := <-watching.Lines():
			ok = send(line)
		case <-beat.C:
			ok = send(tapNote(watching.TakeSkipped()))
		}
	}
}

func tapNote(skipped int64) []byte {
	return fmt.Appendf(nil, `{"k8slog_tap":{"skipped":%d}}`+"\n", skipped)
}
