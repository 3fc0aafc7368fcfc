package ledger

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// maxContainers is the number of containers that are counted. Above it, the one without a
// record for the longest time is forgotten: senders may choose the names.
const maxContainers = 2048

// ContainerName names a container of a pod. A component of the node has no Namespace and no
// Pod, and its name is that of the container. The zero ContainerName is that of records
// without a source.
type ContainerName struct{ Namespace, Pod, Container string }

// Container counts the records of one container. It is safe for concurrent use.
type Container struct {
	records    [outcomes]atomic.Int64
	parked     atomic.Int64
	bytes      atomic.Int64 // of the delivered records, in the encoding of Fluent Bit's chunks
	severities [severities]atomic.Int64
	newest     atomic.Int64 // the time of the last record, in Unix nanoseconds; 0 for none
	arrived    atomic.Int64 // when that came, likewise
}

// Park counts n records that were parked; a negative n, those that are parked no more. Those
// that an earlier process has parked do not count.
func (c *Container) Park(n int) {
	if c == nil || n < 0 && c.parked.Load() <= 0 {
		return
	}
	c.parked.Add(int64(n))
}

// severities is the number of ranges of SeverityNumber in OpenTelemetry, and one for unknown.
const severities = 7

// SeverityNames are the names of the ranges of ContainerFigures.Severities.
var SeverityNames = [severities]string{"none", "trace", "debug", "info", "warn", "error", "fatal"}

// ContainerFigures is the counters of a container at one moment.
type ContainerFigures struct {
	ContainerName
	Delivered, DeadLettered, Dropped int64 // records
	Parked                           int64 // records that this process has parked
	Bytes                            int64 // of the delivered records
	// Severities is the number of messages by the range of their severity.
	Severities [severities]int64
	// Newest is the time that the last record has; zero for none.
	Newest time.Time
}

// Containers holds the counters of containers. The zero Containers is empty. It is safe for
// concurrent use.
type Containers struct {
	mu     sync.Mutex
	byName map[ContainerName]*Container
}

// Of returns the counters of the container of a source.
func (cs *Containers) Of(s *filters.Source) *Container {
	name := ContainerName{s.Namespace, s.Pod, s.Container}
	if s.Component != "" {
		name = ContainerName{Container: s.Component}
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.byName == nil {
		cs.byName = map[ContainerName]*Container{}
	}
	found := cs.byName[name]
	if found == nil {
		if len(cs.byName) >= maxContainers {
			cs.forgetOldest()
		}
		found = &Container{}
		found.arrived.Store(time.Now().UnixNano())
		cs.byName[name] = found
	}
	return found
}

func (cs *Containers) forgetOldest() {
	var oldest ContainerName
	var at int64
	for name, c := range cs.byName {
		if arrived := c.arrived.Load(); at == 0 || arrived < at {
			oldest, at = name, arrived
		}
	}
	delete(cs.byName, oldest)
}

// Figures returns the counters of all containers, in no order.
func (cs *Containers) Figures() (all []ContainerFigures) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for name, c := range cs.byName {
		one := ContainerFigures{
			ContainerName: name, Delivered: c.records[Delivered].Load(), DeadLettered: c.records[DeadLettered].Load(),
			Dropped: c.records[Dropped].Load(), Parked: max(c.parked.Load(), 0), Bytes: c.bytes.Load(),
		}
		for i := range one.Severities {
			one.Severities[i] = c.severities[i].Load()
		}
		if at := c.newest.Load(); at != 0 {
			one.Newest = time.Unix(0, at)
		}
		all = append(all, one)
	}
	return all
}

// Arrivals counts messages that were read, before they are entered: consecutive messages
// mostly are of one container. The zero Arrivals is empty. It serves one goroutine.
type Arrivals struct {
	container  *Container // of the last messages
	severities [severities]int64
	newest     int64
}

// Add counts a message with a severity and a time in Unix nanoseconds.
func (a *Arrivals) Add(c *Container, s filters.Severity, at int64) {
	if c != a.container {
		a.Enter()
		a.container = c
	}
	a.severities[min((s+3)/4, severities-1)]++
	a.newest = at
}

// Enter enters the messages. It must be called after the last Add.
func (a *Arrivals) Enter() {
	if c := a.container; c != nil {
		for i, n := range a.severities {
			if n > 0 {
				c.severities[i].Add(n)
			}
		}
		c.newest.Store(a.newest)
		c.arrived.Store(time.Now().UnixNano())
	}
	*a = Arrivals{}
}
