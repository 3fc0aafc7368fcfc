package disk

// This file tells whether the lines of a chunk come in the order in which tail has read them.
// Most do. Then a run of lines that begins where the last one of its file ended is of this
// file, and nothing is read: see goesOn.

// SetInOrder sets a function that reports whether the chunks came in the order in which tail
// has read them, up to the one that is read now, which is the only one. Without it, and while
// CatchUp.Ready says that chunks are outstanding, all lines are compared with the files.
func (l *Ledger) SetInOrder(inOrder func() bool) { l.inOrder.Store(&inOrder) }

// begun notes that the first line is added, and whether it is in order.
func (r *Reading) begun() {
	l := r.ledger
	inOrder, ready := l.inOrder.Load(), l.ready.Load()
	order := inOrder != nil && (*inOrder)() && ready != nil && (*ready)()
	l.mu.Lock()
	defer l.mu.Unlock()
	// After an outage, or a start, chunks come in any order for a while.
	r.open, r.order = true, order && l.open == 0 && l.now().Sub(l.busy) >= l.config.Settle
	l.open++
}

// End ends the reading, also one that was not complete. It may be called more than once.
func (r *Reading) End() {
	if r == nil || !r.open {
		return
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.ended()
}

func (r *Reading) ended() {
	if r.open {
		r.open = false
		r.ledger.open--
	}
}
