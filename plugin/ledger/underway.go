package ledger

import "sync"

// UnderWay is the records of a chunk whose requests go on after the chunk was
// returned to Fluent Bit. A slow backend may have stored these records. They are
// not sent again while the answer can still come. The zero UnderWay is empty. It
// is safe for concurrent use.
type UnderWay struct {
	mu       sync.Mutex
	messages []MessageUnderWay
	blame    bool
}

// MessageUnderWay is the records of one message.
type MessageUnderWay struct {
	Records   []int // their indexes in the chunk
	Namespace *Namespace
	Container *Container
	Bytes     int
	// Copy is the destination of a record that several must have, as one bit; 0 for a
	// record with one destination. Destination is its counters; nil for none.
	Copy        uint16
	Destination *Destination
	Number      int // of the destination

	answered, accepted bool
	refused            error // why the backend does not take the message for now
}

// Add adds a message, and returns its number for Answered.
func (u *UnderWay) Add(m MessageUnderWay) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.messages = append(u.messages, m)
	return len(u.messages) - 1
}

// Answered notes that the request of a message has ended, and whether the backend
// accepted the message. A message that it did not accept is sent again, or waits alone
// when refused says why the backend does not take it for now.
func (u *UnderWay) Answered(message int, accepted bool, refused error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	m := &u.messages[message]
	m.answered, m.accepted, m.refused = true, accepted, refused
}

// Blame notes that the backend does not take a request because of some of its records.
func (u *UnderWay) Blame() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.blame = true
}

// TakeBlame reports whether Blame was called since the last call.
func (u *UnderWay) TakeBlame() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	blame := u.blame
	u.blame = false
	return blame
}

// Take calls accepted for each message that the backend has accepted since the last
// call, refused for each that it does not take for now, and waiting for each message
// without an answer.
func (u *UnderWay) Take(accepted, waiting func(*MessageUnderWay), refused func(*MessageUnderWay, error)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.messages {
		m := &u.messages[i]
		switch {
		case !m.answered:
			waiting(m)
		case m.accepted:
			accepted(m)
			m.accepted = false
		case m.refused != nil:
			refused(m, m.refused)
			m.refused = nil
		}
	}
}
