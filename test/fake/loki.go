package fake

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/grafana/loki/pkg/push"
	"github.com/klauspost/compress/snappy"
)

// Loki is POST /loki/api/v1/push of Grafana Loki. It decides as Loki does: its
// distributor refuses entries and streams, and names all of them; its ingester
// refuses entries and streams, and names the last one, if that is the last stream
// of the request. All else is stored, and what is there already stored once. Its
// fields are set before the first request. The zero value takes everything.
type Loki struct {
	// Whole, where it returns a status, answers a request before it is read.
	Whole func(request int) (status int, header http.Header, body string)
	// Invalid is the distributor's verdict on an entry: its words, with %s for the
	// labels of the stream; empty where the entry is valid.
	Invalid func(labels string, e push.Entry) string
	// Limited is the ingester's verdict on a stream: whether it is over its rate.
	Limited func(labels string) bool
	// Burst is the number of bytes of lines above which the ingester takes no entry of a
	// stream of a request, as Loki does (per_stream_rate_limit_burst); zero for any.
	Burst int
	// Behind is the ingester's verdict on an entry: whether it is too old.
	Behind func(labels string, e push.Entry) bool
	// Window is by how much an entry may be older than the newest of its stream; zero for
	// any.
	Window time.Duration
	// Keep takes each entry that is stored, in the place of Lines. It hides what is
	// there already itself.
	Keep func(labels string, e push.Entry)
	// ServiceName is a label that Loki adds to every stream; empty for none.
	ServiceName string

	mu       sync.Mutex
	requests int
	entries  map[string][]push.Entry
	problems []string
}

// Lines returns the lines of a stream that are stored, by its labels as they were
// sent, in the order in which they came.
func (l *Loki) Lines(labels string) (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries[labels] {
		lines = append(lines, e.Line)
	}
	return lines
}

// Requests returns how many requests there were.
func (l *Loki) Requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests
}

// Problems returns what the sender did wrong.
func (l *Loki) Problems() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.problems...)
}

// ServeHTTP implements http.Handler.
func (l *Loki) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	all, err := io.ReadAll(r.Body)
	if l.Whole != nil {
		if status, header, body := l.Whole(l.requests); status != 0 {
			for name, values := range header {
				w.Header()[name] = values
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
	}
	if err == nil {
		all, err = snappy.Decode(nil, all)
	}
	var request push.PushRequest
	if err == nil {
		err = request.Unmarshal(all)
	}
	if err != nil || len(request.Streams) == 0 {
		l.problems = append(l.problems, fmt.Sprint("no request: ", err))
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	if status, text := l.push(request.Streams); status != 0 {
		http.Error(w, text, status)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// push stores what is valid, and returns the answer of Loki; 0 where all is well.
func (l *Loki) push(streams []push.Stream) (status int, text string) {
	if l.entries == nil {
		l.entries = map[string][]push.Entry{}
	}
	counts := map[string]int{}
	var order []string
	for i := range streams {
		valid := streams[i].Entries[:0:0]
		for _, e := range streams[i].Entries {
			if l.Invalid != nil {
				if words := l.Invalid(streams[i].Labels, e); words != "" {
					words = strings.ReplaceAll(words, "%s", l.print(streams[i].Labels))
					if counts[words]++; counts[words] == 1 {
						order = append(order, words)
					}
					continue
				}
			}
			valid = append(valid, e)
		}
		streams[i].Entries = valid
	}
	for _, s := range streams {
		if len(s.Entries) > 0 {
			status, text = l.append(s) // of which the last one counts
		}
	}
	if status == 0 && len(order) > 0 {
		var parts []string
		for _, words := range order {
			if len(order) > 1 || counts[words] > 1 {
				words = fmt.Sprintf("%d errors like: %s", counts[words], words)
			}
			parts = append(parts, words)
		}
		return http.StatusBadRequest, strings.Join(parts, "; ")
	}
	return status, text
}

// append is the push of the ingester.
func (l *Loki) append(s push.Stream) (status int, text string) {
	const listed = 10 // max_returned_stream_errors
	ignored := 0
	ignore := func(e push.Entry, because string) {
		if ignored++; ignored <= listed {
			text += fmt.Sprintf("entry with timestamp %s ignored, reason: '%s',\n", e.Timestamp, because)
		}
	}
	size := 0
	for _, e := range s.Entries {
		size += len(e.Line)
	}
	for _, e := range s.Entries {
		switch {
		case l.Burst > 0 && size > l.Burst, l.Limited != nil && l.Limited(s.Labels):
			status = http.StatusTooManyRequests
			ignore(e, fmt.Sprintf("per stream rate limit exceeded (limit: 1KB/sec) while attempting to ingest for stream '%s' totaling %dB, consider splitting a stream via additional labels or contact your Loki administrator to see if the limit can be increased", l.print(s.Labels), len(e.Line)))
		case l.Behind != nil && l.Behind(s.Labels, e), l.Window > 0 && e.Timestamp.Before(l.newest(s.Labels).Add(-l.Window)):
			status = http.StatusBadRequest
			ignore(e, fmt.Sprintf("entry too far behind, entry timestamp is: %s, oldest acceptable timestamp is: %s", e.Timestamp.Format(time.RFC3339), e.Timestamp.Add(time.Hour).Format(time.RFC3339)))
		default:
			l.store(s.Labels, e)
		}
	}
	if ignored == 0 {
		return 0, ""
	}
	return status, text + fmt.Sprintf("user 'fake', total ignored: %d out of %d for stream: %s", ignored, len(s.Entries), l.print(s.Labels))
}

// newest returns the time of the newest entry of a stream that is stored.
func (l *Loki) newest(labels string) (newest time.Time) {
	for _, e := range l.entries[labels] {
		if e.Timestamp.After(newest) {
			newest = e.Timestamp
		}
	}
	return newest
}

func (l *Loki) store(labels string, e push.Entry) {
	if l.Keep != nil {
		l.Keep(labels, e)
		return
	}
	for _, other := range l.entries[labels] {
		if other.Timestamp.Equal(e.Timestamp) && other.Line == e.Line {
			return
		}
	}
	l.entries[labels] = append(l.entries[labels], e)
}

// print returns the labels of a stream with the one that Loki adds, sorted.
func (l *Loki) print(labels string) string {
	if l.ServiceName == "" {
		return labels
	}
	added := fmt.Sprintf("service_name=%q", l.ServiceName)
	for i := 1; i < len(labels); i++ {
		if end := strings.IndexByte(labels[i:], '='); end > 0 && labels[i:i+end] > "service_name" && (labels[i-1] == '{' || labels[i-1] == ' ') {
			return labels[:i] + added + ", " + labels[i:]
		}
	}
	return strings.TrimSuffix(labels, "}") + ", " + added + "}"
}
