package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Ledger keeps of every line how often it was stored. The zero Ledger is empty.
type Ledger struct {
	mu      sync.Mutex
	sources map[string]*source
	stored  int
	strange []string // what nobody wrote
}

// source is one stream of one container.
type source struct {
	times      []int // by the line's number
	last       int
	outOfOrder int
}

// entry is a record as the backend http gets it, as far as it is checked.
type entry struct {
	Log        *string `json:"log"`
	Stream     string  `json:"stream"`
	Partial    bool    `json:"partial"`
	Undecoded  bool    `json:"undecoded"`
	Kubernetes struct {
		Namespace string `json:"namespace_name"`
		Pod       string `json:"pod_name"`
		Container string `json:"container_name"`
	} `json:"kubernetes"`
}

// read returns whose line a record is, and its number.
func read(line []byte) (key string, n int, err error) {
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return "", 0, err
	}
	if e.Log == nil || e.Partial || e.Undecoded {
		return "", 0, fmt.Errorf("no whole line: %.200s", line)
	}
	number, _, _ := strings.Cut(*e.Log, " ")
	n, err = strconv.Atoi(number)
	if err != nil || n < 0 || n > 1e9 {
		return "", 0, fmt.Errorf("no numbered line: %.200s", line)
	}
	k := e.Kubernetes
	return k.Namespace + "/" + k.Pod + "/" + k.Container + " " + e.Stream, n, nil
}

// Store enters the records of a body, one JSON object a line.
func (l *Ledger) Store(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(string(body)) {
		l.stored++
		key, n, err := read([]byte(line))
		if err != nil {
			l.strange = append(l.strange, err.Error())
			continue
		}
		l.enter(key, n)
	}
}

func (l *Ledger) enter(key string, n int) {
	if l.sources == nil {
		l.sources = map[string]*source{}
	}
	s := l.sources[key]
	if s == nil {
		s = &source{last: -1}
		l.sources[key] = s
	}
	for len(s.times) <= n {
		s.times = append(s.times, make([]int, n+1)...)
	}
	if s.times[n]++; s.times[n] > 1 {
		return
	}
	if n < s.last {
		s.outOfOrder++
	}
	s.last = n
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
		f.OutOfOrder = s.outOfOrder
		for n := range max(f.Written, len(s.times)) {
			times := 0
			if n < len(s.times) {
				times = s.times[n]
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
	if f.New > 0 {
		text += fmt.Sprintf(", %d that nobody wrote", f.New)
	}
	if f.FirstLost >= 0 {
		text += fmt.Sprintf(", the first missing is %d", f.FirstLost)
	}
	return strings.TrimSpace(f.Who + " " + text)
}
