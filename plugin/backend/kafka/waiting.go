package kafka

import (
	"fmt"
	"sync"
	"time"
)

// waiting knows the topics with records that the brokers have not answered. One whose brokers
// are away with something of it unanswered would otherwise take in one request after the
// other, and give none back. The zero value is ready.
type waiting struct {
	mu       sync.Mutex
	topics   map[string]*unanswered
	answered time.Time // the last answer on any topic
}

// unanswered is the records of a topic.
type unanswered struct {
	records int
	since   time.Time // the last answer on the topic, or when its first record was sent
}

// begin counts records of a topic that are to be sent. It refuses them when the topic has had no
// answer for longer than late, and others have. late zero is never.
func (w *waiting) begin(topic string, records int, late time.Duration, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.topics[topic]
	if u == nil {
		u = &unanswered{since: now}
		if w.topics == nil {
			w.topics = map[string]*unanswered{}
		}
		w.topics[topic] = u
	}
	if waited := now.Sub(u.since); late > 0 && waited > late && w.answered.After(u.since) {
		return &silentError{topic, u.records, waited}
	}
	u.records += records
	return nil
}

// end counts the answer to one record.
func (w *waiting) end(topic string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = now
	u := w.topics[topic]
	u.since = now
	if u.records--; u.records == 0 {
		delete(w.topics, topic)
	}
}

// silentError is the error of a record that is not sent because its topic does not answer.
type silentError struct {
	topic   string
	records int
	waited  time.Duration
}

func (e *silentError) Error() string {
	return fmt.Sprintf("the brokers of topic %s have not answered for %v, and may have stored %d records", e.topic, e.waited.Round(time.Second), e.records)
}
