package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Ledger keeps of every line how often it was stored. The zero Ledger is empty.
type Ledger struct {
	mu      sync.Mutex
	sources map[string]*source
	stored  int
	phase   string
	strange []string // what nobody wrote
}

// source is one stream of one container.
type source struct {
	times      []int32  // by the line's number
	ids        []uint64 // of what was stored first, by the line's number
	hidden     int
	last       int
	outOfOrder int
	delays     map[string]*Delays // by the phase
}

// Store enters a row. It says whether the row is a repeat that the server hides.
func (l *Ledger) Store(r Row) (hidden bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored++
	n, err := r.number()
	if err != nil {
		l.strange = append(l.strange, err.Error())
		return false
	}
	return l.enter(&r, n)
}

// Refuse notes what is no row at all.
func (l *Ledger) Refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored++
	l.strange = append(l.strange, err.Error())
}

func (l *Ledger) enter(r *Row, n int) (hidden bool) {
	if l.sources == nil {
		l.sources = map[string]*source{}
	}
	s := l.sources[r.key()]
	if s == nil {
		s = &source{last: -1, delays: map[string]*Delays{}}
		l.sources[r.key()] = s
	}
	for len(s.times) <= n {
		s.times = append(s.times, make([]int32, n+1)...)
		s.ids = append(s.ids, make([]uint64, n+1)...)
	}
	if s.times[n]++; s.times[n] > 1 {
		hidden = r.ID != 0 && r.ID == s.ids[n]
		if hidden {
			s.hidden++
		}
		return hidden
	}
	s.ids[n] = r.ID
	if !r.Time.IsZero() {
		if s.delays[l.phase] == nil {
			s.delays[l.phase] = &Delays{}
		}
		s.delays[l.phase].add(time.Since(r.Time))
	}
	if n < s.last {
		s.outOfOrder++
	}
	s.last = n
	return false
}

// Phase begins a phase, of which the delays are counted apart.
func (l *Ledger) Phase(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase = name
}

// Delays returns those of a phase, of all streams whose name does not begin with
// the prefix.
func (l *Ledger) Delays(phase, except string) *Delays {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := &Delays{}
	for key, s := range l.sources {
		if d := s.delays[phase]; d != nil && !strings.HasPrefix(key, except) {
			sum.Add(d)
		}
	}
	return sum
}

// Missing returns how many lines of these are not stored.
func (l *Ledger) Missing(written map[string]int) int {
	_, sum := l.Report(written)
	return sum.Lost
}

// Stored returns how many records were stored, repeats as well.
func (l *Ledger) Stored() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stored
}

// Finding is what became of the lines of one stream of a container.
type Finding struct {
	Who                                      string
	Written, Lost, Repeated, OutOfOrder, New int
	// Hidden is how many of Repeated the server hides from its readers.
	Hidden int
	// FirstLost is the number of the first line that is missing, -1 for none.
	FirstLost int
}

// Report compares what was stored with what was written, in the order of the
// names. Under a name that nobody has every line is New: it should not be.
func (l *Ledger) Report(written map[string]int) (all []Finding, sum Finding) {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := map[string]bool{}
	for who := range written {
		names[who] = true
	}
	for who := range l.sources {
		names[who] = true
	}
	sum.New, sum.FirstLost = len(l.strange), -1
	for _, who := range slices.Sorted(maps.Keys(names)) {
		f := Finding{Who: who, Written: written[who], FirstLost: -1}
		s := l.sources[who]
		if s == nil {
			s = &source{}
		}
		f.OutOfOrder, f.Hidden = s.outOfOrder, s.hidden
		for n := range max(f.Written, len(s.times)) {
			times := 0
			if n < len(s.times) {
				times = int(s.times[n])
			}
			switch {
			case n >= f.Written:
				f.New += times
			case times == 0:
				if f.Lost++; f.FirstLost < 0 {
					f.FirstLost = n
				}
			default:
				f.Repeated += times - 1
			}
		}
		all = append(all, f)
		sum.Written += f.Written
		sum.Lost += f.Lost
		sum.Repeated += f.Repeated
		sum.Hidden += f.Hidden
		sum.OutOfOrder += f.OutOfOrder
		sum.New += f.New
	}
	return all, sum
}

// Strange returns an example of what nobody wrote.
func (l *Ledger) Strange() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.strange) == 0 {
		return ""
	}
	return l.strange[0]
}

// String is the finding on one line.
func (f Finding) String() string {
	text := fmt.Sprintf("%d lines, %d lost, %d repeated, %d out of order", f.Written, f.Lost, f.Repeated, f.OutOfOrder)
	if f.Hidden > 0 {
		text += fmt.Sprintf(" (%d of the repeats hidden by the server)", f.Hidden)
	}
	if f.New > 0 {
		text += fmt.Sprintf(", %d that nobody wrote", f.New)
	}
	if f.FirstLost >= 0 {
		text += fmt.Sprintf(", the first missing is %d", f.FirstLost)
	}
	return strings.TrimSpace(f.Who + " " + text)
}
