package parking

import (
	"errors"
	"math"
)

// Portion is the oldest entries of a queue. It is created by Store.Next.
type Portion struct {
	// Entries have the same tag, the same destination, and are copies or not. They are empty
	// when the queue is empty.
	Entries []Entry
	key     Key
	at      []place // of Entries
}

// place is where an entry stands: the index of its line among those of the file that are
// not removed, and its index in the line.
type place struct{ line, entry int }

// Next returns the oldest entries of a queue: at least one, at most that number of
// entries, and at most about that number of bytes. They stay in the queue until Settle.
// Only one portion of a queue may be in use.
func (s *Store) Next(key Key, entries, bytes int) (*Portion, error) {
	s.disk.Lock()
	defer s.disk.Unlock()
	q := s.queues[key]
	if q == nil {
		return &Portion{}, nil
	}
	p, err := q.files[0].next(entries, bytes)
	p.key = key
	return p, err
}

// Settle removes the entries of a portion from their queue. settled has a value for each
// entry. Those that are not settled go to the end of the queue. They take room above the
// limit for a time: without it, a full store would never become empty. When they cannot
// be written, they stay where they are, and only the others are removed.
func (s *Store) Settle(p *Portion, settled []bool) error {
	s.disk.Lock()
	defer s.disk.Unlock()
	q := s.queues[p.key]
	if q == nil {
		return nil
	}
	f := q.files[0]
	left := Batch{Key: p.key}
	var keys []*Key
	for i, e := range p.Entries {
		if !settled[i] {
			left.Entries = append(left.Entries, e)
			keys = append(keys, f.lines[p.at[i].line].key)
		}
	}
	var err error
	if len(left.Entries) > 0 {
		l := encode(left, false)
		if p.key.Shared {
			l = lines{}
			for i := range left.Entries {
				one := Batch{Entries: left.Entries[i : i+1]}
				if keys[i] != nil {
					one.Key = *keys[i]
				}
				l.add(encode(one, keys[i] != nil))
			}
		}
		err = s.append(p.key, l, math.MaxInt64)
	}
	for i, e := range p.Entries {
		if err == nil || settled[i] {
			s.markSettled(p.key, f, p.at[i], e.Records)
		}
	}
	return errors.Join(err, s.remove(q, f.settledFirst()))
}

// markSettled notes in memory that an entry is settled. Until all lines before it are, a
// restart sends it again.
func (s *Store) markSettled(queue Key, f *file, at place, records int) {
	s.index.Lock()
	defer s.index.Unlock()
	l := &f.lines[at.line]
	for len(l.settled) <= at.entry {
		l.settled = append(l.settled, false)
	}
	l.settled[at.entry] = true
	l.records -= records
	f.records.Add(-int64(records))
	s.countRecords(queue, l.key, -records)
	if l.records == 0 {
		s.countKey(l.key, -1)
		l.key = nil
	}
}

// remove removes the first n lines of a queue. The caller holds the disk.
func (s *Store) remove(q *queue, n int) error {
	f := q.files[0]
	s.index.Lock()
	s.count(q.key, f.lines[:n], -1)
	f.skip(n)
	empty := len(f.lines) == 0
	if empty {
		s.bytes -= f.size
		if q.files = q.files[1:]; len(q.files) == 0 {
			delete(s.queues, q.key)
		}
	}
	s.index.Unlock()
	if empty {
		return f.remove()
	}
	return f.writeProgress()
}
