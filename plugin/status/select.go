package status

import (
	"cmp"
	"slices"
	"strings"
)

// maxContainers is the number of containers that are shown.
const maxContainers = 300

// Select sorts the containers, and leaves out those whose name does not contain a text, and
// those above maxContainers.
func (s *Snapshot) Select(filter string) {
	s.Containers = slices.DeleteFunc(s.Containers, func(c Container) bool { return c.isEmpty() })
	filter = strings.ToLower(strings.TrimSpace(filter))
	if filter != "" {
		s.Containers = slices.DeleteFunc(s.Containers, func(c Container) bool { return !strings.Contains(strings.ToLower(c.Name()), filter) })
	}
	slices.SortFunc(s.Containers, func(a, b Container) int {
		x, y := a.log(), b.log()
		return cmp.Or(
			cmp.Compare(y.BehindSeconds, x.BehindSeconds), cmp.Compare(y.Missing, x.Missing),
			cmp.Compare(b.DeadLettered, a.DeadLettered), b.Newest.Compare(a.Newest), cmp.Compare(a.Name(), b.Name()),
		)
	})
	if n := len(s.Containers); n > maxContainers {
		s.Containers, s.MoreContainers = s.Containers[:maxContainers], n-maxContainers
	}
}

// isEmpty reports whether nothing is known of a container but its name.
func (c *Container) isEmpty() bool {
	return c.Log == nil && c.Newest.IsZero() && c.Delivered+c.DeadLettered+c.Dropped+c.Parked == 0
}

// log returns the log files, which are empty where none are known.
func (c *Container) log() Log {
	if c.Log == nil {
		return Log{}
	}
	return *c.Log
}
