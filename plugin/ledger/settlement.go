package ledger

// Settlement counts settled records before they are entered into the ledger,
// because consecutive records mostly have the same namespace. The zero Settlement
// of a Ledger is empty.
type Settlement struct {
	Ledger  *Ledger
	Outcome Outcome // of all of the records

	total     int
	namespace *Namespace // of the last records
	records   int        // of that namespace
	bytes     int        // of these records
}

// Add counts records of a namespace; nil for records without a namespace counter.
func (s *Settlement) Add(n *Namespace, records, bytes int) {
	if n != s.namespace {
		s.enterNamespace()
		s.namespace = n
	}
	s.total += records
	s.records += records
	s.bytes += bytes
}

// Enter enters the records into the ledger, and returns their number. It must be
// called once, after the last Add.
func (s *Settlement) Enter() int {
	s.enterNamespace()
	if s.total > 0 {
		s.Ledger.settle(s.total, s.Outcome)
	}
	return s.total
}

func (s *Settlement) enterNamespace() {
	if s.namespace != nil {
		s.namespace.records[s.Outcome].Add(int64(s.records))
		if s.Outcome == Delivered {
			s.namespace.bytes.Add(int64(s.bytes))
		}
	}
	s.records, s.bytes = 0, 0
}
