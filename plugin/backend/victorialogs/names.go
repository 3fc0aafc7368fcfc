package victorialogs

import "sync"

// maxNames is how many names the fields of a source may have. VictoriaLogs
// drops records when a block of a stream has more than 2000 names, counting
// those of the record that comes in twice.
const maxNames = maxFields

// names are the names of fields that a source has used so far, by their hashes.
// An application whose keys are data soon has used them up; what comes later
// under a name of its own is folded.
type names struct {
	mu   sync.Mutex
	seen map[uint64]struct{}
}

// admit adds names, all of them or none, and says whether there was room.
func (n *names) admit(hashes []uint64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	fresh := 0
	for _, h := range hashes {
		if _, ok := n.seen[h]; !ok {
			fresh++
		}
	}
	switch {
	case fresh == 0:
		return true
	case len(n.seen)+fresh > maxNames:
		return false
	case n.seen == nil:
		n.seen = make(map[uint64]struct{}, fresh)
	}
	for _, h := range hashes {
		n.seen[h] = struct{}{}
	}
	return true
}
