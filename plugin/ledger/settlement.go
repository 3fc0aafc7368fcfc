package ledger

// Settlement counts settled records before they are entered into the ledger,
// because consecutive records mostly are of one container. The zero Settlement
// of a Ledger is empty.
type Settlement struct {
	Ledger  *Ledger
	Outcome Outcome // of all of the records

	total     int
	namespace *Namespace // of the last records
	container *Container // likewise
	records   int        // of that container
	bytes     int        // of these records
}

// Add counts records of a container in a namespace; nil for records without such counters.
func (s *Settlement) Add(n *Namespace, c *Container, records, bytes int) {
	if n != s.namespace || c != s.container {
		s.enterContainer()
		s.namespace, s.container = n, c
	}
	s.total += records
	s.records += records
	s.bytes += bytes
}

// Enter enters the records into the ledger, and returns their number. It must be
// called once, after the last Add.
func (s *Settlement) Enter() int {
	s.enterContainer()
	if s.total > 0 {
		s.Ledger.settle(s.total, s.Outcome)
	}
	return s.total
}

func (s *Settlement) enterContainer() {
	if s.container != nil {
		s.container.records[s.Outcome].Add(int64(s.records))
		if s.Outcome == Delivered {
			s.container.bytes.Add(int64(s.bytes))
		}
	}
	if s.namespace != nil {
		s.namespace.records[s.Outcome].Add(int64(s.records))
		if s.Outcome == Delivered {
			s.namespace.bytes.Add(int64(s.bytes))
		}
	}
	s.records, s.bytes = 0, 0
}
