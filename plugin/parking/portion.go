package parking

import (
	"errors"
	"math"
)

// Portion is the oldest entries of a queue. It is created by Store.Next.
type Portion struct {
	// Entries have the same tag. They are empty when the queue is empty.
	Entries []Entry
	key     Key
	n       int   // entries of the file that the portion covers
	at      []int // the indexes of Entries among them
}

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
			keys = append(keys, f.entries[p.at[i]].key)
		}
	}
	if len(left.Entries) == 0 {
		return s.remove(q, p.n)
	}
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
	if err := s.append(p.key, l, math.MaxInt64); err != nil {
		s.markSettled(f, p, settled)
		return errors.Join(err, s.remove(q, f.settledFirst()))
	}
	return s.remove(q, p.n)
}

// markSettled notes in memory that entries are settled, though others before them are
// not. A restart sends them again.
func (s *Store) markSettled(f *file, p *Portion, settled []bool) {
	s.index.Lock()
	defer s.index.Unlock()
	for i := range p.Entries {
		if e := &f.entries[p.at[i]]; settled[i] {
			s.count([]stored{*e}, -1)
			f.records.Add(-int64(e.records))
			e.records, e.key = 0, nil
		}
	}
}

// remove removes the first n entries of a queue. The caller holds the disk.
func (s *Store) remove(q *queue, n int) error {
	f := q.files[0]
	s.index.Lock()
	s.count(f.entries[:n], -1)
	f.skip(n)
	empty := len(f.entries) == 0
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
