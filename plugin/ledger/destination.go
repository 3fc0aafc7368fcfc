package ledger

import "sync/atomic"

// Destination counts what became of the copies of records that one of several destinations
// must have. The zero Destination is empty. It is safe for concurrent use.
type Destination struct {
	copies [outcomes]atomic.Int64
	parked atomic.Int64
}

// Settle counts n copies with an outcome. A nil Destination counts nothing.
func (d *Destination) Settle(o Outcome, n int) {
	if d != nil {
		d.copies[o].Add(int64(n))
	}
}

// Park counts n copies as parked; a negative n, those that are parked no more.
func (d *Destination) Park(n int) {
	if d != nil {
		d.parked.Add(int64(n))
	}
}

// Figures returns the numbers of copies at this moment.
func (d *Destination) Figures() (delivered, deadLettered, parked int64) {
	return d.copies[Delivered].Load(), d.copies[DeadLettered].Load(), max(d.parked.Load(), 0)
}

// DestinationGauges is a destination for the metrics.
type DestinationGauges struct {
	Name    string
	Figures *Destination
	Down    func() bool
}

// Copies is the progress of a record that several destinations must have: sets of their
// numbers, bit by bit. The zero Copies is that of a record with one destination.
type Copies struct {
	Needs uint16 // the destinations that must have the record
	Done  uint16 // those with an outcome
	Dead  uint16 // of Done, those that have refused the record for good
	// Parked is those of Done whose copy is on the disk.
	Parked uint16
}

// Complete reports whether every destination has an outcome.
func (c *Copies) Complete() bool { return c.Needs&^c.Done == 0 }

// Outcome is the outcome of a record that is complete and not parked.
func (c *Copies) Outcome() Outcome {
	if c.Needs&c.Dead != 0 {
		return DeadLettered
	}
	return Delivered
}

// TakeCopies enters the copies of a message that a destination has accepted. The records of
// which all copies have an outcome are added to the settlement of their outcome.
func (s *ChunkState) TakeCopies(m *MessageUnderWay, delivered, dead *Settlement) {
	for _, i := range m.Records {
		if i >= len(s.Copies) {
			continue
		}
		c := &s.Copies[i]
		if c.Done |= m.Copy; !c.Complete() || s.Settled.Has(i) {
			continue
		}
		s.Settled.Add(i)
		to := delivered
		if c.Outcome() == DeadLettered {
			to = dead
		}
		to.Add(m.Namespace, m.Container, 1, m.Bytes/len(m.Records))
	}
}
