package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Splunk is an HTTP Event Collector: it takes and refuses what Splunk 10 does.
type Splunk struct {
	// Token is the only one that is valid.
	Token string
	// Indexes are those that the token may write to, beside the one that is its own.
	Indexes []string
	// MaxBytes is the most bytes of a request; zero for any.
	MaxBytes int64
	// Ack is whether the token has indexer acknowledgement. Then Indexed says
	// whether a request's events are safe, each time that it is asked; nil for
	// always.
	Ack     bool
	Indexed func(channel string, id int) bool
	// Bad says whether an event has fields that Splunk refuses, and Keep takes each
	// event that is stored, in the place of Events. Both may be nil.
	Bad  func(e Event) bool
	Keep func(e Event)
	// Answer may answer a request in its place: it returns true then.
	Answer func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	events   []Event
	refused  []string
	channels map[string][]*acknowledgement
}

type acknowledgement struct{ told bool }

// Event is what Splunk was sent.
type Event struct {
	Time                            json.Number
	Host, Source, Sourcetype, Index string
	Event                           json.RawMessage
	Fields                          map[string]string
}

// Text is an event that is a text.
func (e Event) Text() (text string) {
	_ = json.Unmarshal(e.Event, &text)
	return text
}

// Events returns those that were taken.
func (s *Splunk) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// Refused returns what was answered to requests that were not taken whole.
func (s *Splunk) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

// Allow adds an index that the token may write to.
func (s *Splunk) Allow(index string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Indexes = append(s.Indexes, index)
}

// Channels returns how many channels there are.
func (s *Splunk) Channels() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.channels)
}

// refusal is an answer that is no success.
type refusal struct {
	status, code int
	text         string
	event        int // -1 for the request
}

func (r *refusal) body() string {
	if r.event < 0 {
		return fmt.Sprintf(`{"text":%q,"code":%d}`, r.text, r.code)
	}
	n := r.event
	if r.code == 7 {
		n++ // so it does
	}
	return fmt.Sprintf(`{"text":%q,"code":%d,"invalid-event-number":%d}`, r.text, r.code, n)
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// ServeHTTP implements http.Handler.
func (s *Splunk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Answer != nil && s.Answer(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	success := `{"text":"Success","code":0}`
	no := s.authorize(r)
	channel := r.Header.Get("X-Splunk-Request-Channel")
	switch {
	case r.URL.Path != "/services/collector/event" && r.URL.Path != "/services/collector/ack":
		no = &refusal{404, 404, "The requested URL was not found on this server.", -1}
	case no != nil:
	case r.Method != http.MethodPost:
		no = &refusal{405, 405, "The requested method is not allowed", -1}
	case s.MaxBytes > 0 && r.ContentLength > s.MaxBytes:
		no = &refusal{413, 27, "Request entity too large", -1}
	case s.Ack && channel == "":
		no = &refusal{400, 10, "Data channel is missing", -1}
	case channel != "" && !guid.MatchString(channel):
		no = &refusal{400, 11, "Invalid data channel", -1}
	case r.URL.Path == "/services/collector/ack":
		success, no = s.acks(channel, r)
	default:
		if no = s.take(r); no == nil && s.Ack {
			if s.channels == nil {
				s.channels = map[string][]*acknowledgement{}
			}
			success = fmt.Sprintf(`{"text":"Success","code":0,"ackId":%d}`, len(s.channels[channel]))
			s.channels[channel] = append(s.channels[channel], &acknowledgement{})
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if no != nil {
		s.refused = append(s.refused, no.body())
		w.WriteHeader(no.status)
		_, _ = io.WriteString(w, no.body())
		return
	}
	_, _ = io.WriteString(w, success)
}

func (s *Splunk) authorize(r *http.Request) *refusal {
	scheme, token, both := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case scheme == "":
		return &refusal{401, 2, "Token is required", -1}
	case scheme != "Splunk" || !both:
		return &refusal{401, 3, "Invalid authorization", -1}
	case token != s.Token:
		return &refusal{403, 4, "Invalid token", -1}
	}
	return nil
}

// take reads events until one is refused. Those before it are taken.
func (s *Splunk) take(r *http.Request) *refusal {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "gzip" {
		return &refusal{415, 6, "Unsupported encoding", -1}
	}
	body, err := plainBody(r)
	if err != nil {
		return &refusal{400, 6, "Invalid data format", -1}
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	for n := 0; ; n++ {
		var raw map[string]json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			if n == 0 {
				return &refusal{400, 5, "No data", -1}
			}
			return nil
		} else if err != nil {
			return &refusal{400, 6, "Invalid data format", n}
		}
		e, no := s.event(raw)
		if no != nil {
			no.event = n
			return no
		}
		if s.Keep != nil {
			s.Keep(e)
			continue
		}
		s.events = append(s.events, e)
	}
}

func (s *Splunk) event(raw map[string]json.RawMessage) (e Event, no *refusal) {
	whole, _ := json.Marshal(raw)
	e.Event = raw["event"]
	var text string
	isText := json.Unmarshal(e.Event, &text) == nil
	blank := isText && strings.IndexFunc(text, func(c rune) bool { return c > ' ' && !unicode.IsSpace(c) }) < 0
	switch {
	case e.Event == nil:
		return e, &refusal{400, 12, "Event field is required", 0}
	case blank, string(e.Event) == "{}", string(e.Event) == "[]", string(e.Event) == "null":
		return e, &refusal{400, 13, "Event field cannot be blank", 0}
	case strings.ContainsAny(string(raw["time"]), "eE-"):
		return e, &refusal{400, 15, "Error in handling indexed fields", 0}
	}
	if json.Unmarshal(whole, &e) != nil { // a time or fields of another kind
		return e, &refusal{400, 15, "Error in handling indexed fields", 0}
	}
	if s.Bad != nil && s.Bad(e) {
		return e, &refusal{400, 15, "Error in handling indexed fields", 0}
	}
	if e.Index != "" && !slices.Contains(s.Indexes, e.Index) {
		return e, &refusal{400, 7, "Incorrect index", 0}
	}
	return e, nil
}

// acks answers a question. What was told once is forgotten.
func (s *Splunk) acks(channel string, r *http.Request) (string, *refusal) {
	if !s.Ack {
		return "", &refusal{400, 14, "ACK is disabled", -1}
	}
	var question struct{ Acks []int }
	if r.Header.Get("Content-Encoding") != "" || json.NewDecoder(r.Body).Decode(&question) != nil {
		return "", &refusal{400, 6, "Invalid data format", -1}
	}
	answer := map[string]bool{}
	for _, id := range question.Acks {
		open := s.channels[channel]
		told := id < len(open) && !open[id].told && (s.Indexed == nil || s.Indexed(channel, id))
		if told {
			open[id].told = true
		}
		answer[fmt.Sprint(id)] = told
	}
	text, _ := json.Marshal(map[string]any{"acks": answer})
	return string(text), nil
}
